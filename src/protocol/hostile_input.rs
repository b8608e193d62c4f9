//! Every parser of what strangers send, fed with arbitrary bytes, with valid input that was changed
//! here and there, and with input that is too long, too deep or too wide. Nothing may panic, nothing
//! may pass its bounds, and no signature may outlive a change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::dpop::Proof;
use super::jose::{Jwk, JwkSet, Jws, SigningKey};
use super::*;

/// One change of a text's bytes: where, as a share of its length, and what.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Other bytes in place of some.
    Replace(prop::sample::Index, Vec<u8>),
    /// More bytes.
    Insert(prop::sample::Index, Vec<u8>),
    /// Fewer bytes.
    Remove(prop::sample::Index, u8),
    /// A part of it twice.
    Repeat(prop::sample::Index, u8),
    /// The end is missing.
    Cut(prop::sample::Index),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &prop::sample::Index| index.index(bytes.len() + 1);
        match self {
            Self::Replace(index, with) => {
                let start = at(index);
                let end = bytes.len().min(start + with.len());
                bytes.splice(start..end, with.iter().copied());
            }
            Self::Insert(index, with) => {
                let start = at(index);
                bytes.splice(start..start, with.iter().copied());
            }
            Self::Remove(index, count) => {
                let start = at(index);
                let end = bytes.len().min(start + usize::from(*count));
                bytes.drain(start..end);
            }
            Self::Repeat(index, count) => {
                let start = at(index);
                let end = bytes.len().min(start + usize::from(*count));
                let part = bytes[start..end].to_vec();
                bytes.splice(start..start, part);
            }
            Self::Cut(index) => bytes.truncate(at(index)),
        }
    }
}

/// One to four changes.
pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let index = any::<prop::sample::Index>;
    let noise = || prop::collection::vec(any::<u8>(), 1..6);
    // What the grammars are made of changes more than any byte does.
    let sign = || prop::collection::vec(prop::sample::select(b".{}[]\",:=A0-_\\".to_vec()), 1..4);
    let one = prop_oneof![
        (index(), prop_oneof![noise(), sign()]).prop_map(|(at, with)| Edit::Replace(at, with)),
        (index(), prop_oneof![noise(), sign()]).prop_map(|(at, with)| Edit::Insert(at, with)),
        (index(), 1..20u8).prop_map(|(at, count)| Edit::Remove(at, count)),
        (index(), 1..60u8).prop_map(|(at, count)| Edit::Repeat(at, count)),
        index().prop_map(Edit::Cut),
    ];
    prop::collection::vec(one, 1..5)
}

/// A text with these changes. What is no UTF-8 any more is what a server would see of it.
pub(crate) fn changed(text: &str, edits: &[Edit]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        edit.apply(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn key() -> &'static SigningKey {
    static KEY: std::sync::OnceLock<SigningKey> = std::sync::OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::Es256).unwrap())
}

/// A signed text of each kind that a client sends.
fn signed() -> &'static [(&'static str, String); 4] {
    static TEXTS: std::sync::OnceLock<[(&str, String); 4]> = std::sync::OnceLock::new();
    TEXTS.get_or_init(|| {
        let text = |typ, claims: Value| key().sign(typ, &claims).unwrap().expose().to_owned();
        let proof = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key().jwk() });
        let claims = json!({ "jti": "one", "htm": "POST", "htu": "https://as.example/token", "iat": 5 });
        let proof = key().sign_with_header(&proof, &claims).unwrap().expose().to_owned();
        let asserted = json!({ "iss": "web", "sub": "web", "aud": "https://as.example", "exp": 9, "jti": "a" });
        let request = json!({
            "iss": "web", "client_id": "web", "aud": ["https://as.example"], "exp": 9, "max_age": 60,
            "claims": { "id_token": { "acr": { "values": ["a"] } } }, "resource": ["https://api.example/"],
            "authorization_details": [{ "type": "notes_access", "actions": ["read"] }],
        });
        [
            ("token", text("at+jwt", json!({ "sub": "alice", "exp": 9, "scope": "a b" }))),
            ("proof", proof),
            ("assertion", text("JWT", asserted)),
            ("request", text("oauth-authz-req+jwt", request)),
        ]
    })
}

/// Every parser, once.
fn parse_all(text: &str) {
    if let Ok(jws) = Jws::decode(text) {
        let _ = (jws.claims::<Value>(), jws.claims::<AccessTokenClaims>());
        let _ = (jws.claims::<IdTokenClaims>(), jws.claims::<LogoutTokenClaims>());
        let _ = jws.verify(&JwkSet { keys: vec![key().jwk().clone()] }, Algorithm::ALL);
    }
    if let Ok(proof) = Proof::parse(text) {
        let _ = (proof.verifies(), proof.thumbprint());
    }
    let _ = RequestObject::read(text);
    let _ = ClientAssertion::read(&Secret::new(text));
    let _ = ClaimsRequest::parse(text);
    let _ = parse_details(text);
    if let Ok(jwk) = serde_json::from_str::<Jwk>(text) {
        use_key(&jwk);
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let _ = JwkSet::of_client(&value);
    }
}

/// Everything that is done with a stranger's key.
fn use_key(jwk: &Jwk) {
    let _ = jwk.thumbprint();
    let set = JwkSet { keys: vec![Jwk { kid: None, ..jwk.clone() }] };
    for (_, text) in signed() {
        let _ = Jws::decode(text).unwrap().verify(&set, Algorithm::ALL);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&String::from_utf8_lossy(&bytes));
        // As the parts of a JWS, too: most bytes are no base64url.
        let part = URL_SAFE_NO_PAD.encode(&bytes);
        parse_all(&format!("{part}.{part}.{part}"));
        parse_all(&format!("eyJhbGciOiJFUzI1NiJ9.{part}.{part}"));
    }

    #[test]
    fn no_signature_outlives_a_change(which in 0..4usize, edits in edits()) {
        let (_, text) = &signed()[which];
        let other = changed(text, &edits);
        parse_all(&other);
        if other != *text {
            let set = JwkSet { keys: vec![key().jwk().clone()] };
            let verified = Jws::decode(&other).and_then(|jws| jws.verify(&set, Algorithm::ALL));
            prop_assert!(verified.is_err(), "{}", other);
            prop_assert!(!Proof::parse(&other).is_ok_and(|proof| proof.verifies()), "{}", other);
        }
    }

    #[test]
    fn what_is_inside_of_a_jws_may_be_anything(which in 0..4usize, part in 0..2usize, edits in edits()) {
        let mut parts: Vec<_> = signed()[which].1.split('.').map(str::to_owned).collect();
        let inner = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
        let inner = changed(&String::from_utf8(inner).unwrap(), &edits);
        parts[part] = URL_SAFE_NO_PAD.encode(inner);
        parse_all(&parts.join("."));
    }

    #[test]
    fn changed_keys_are_read_or_refused(edits in edits()) {
        let rsa = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xC1; 256]), "e": "AQAB" });
        let ml_dsa = json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": URL_SAFE_NO_PAD.encode([1; 1312]) });
        let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([9; 32]) });
        for jwk in [serde_json::to_value(key().jwk()).unwrap(), rsa, ml_dsa, ed] {
            parse_all(&changed(&jwk.to_string(), &edits));
            parse_all(&changed(&json!({ "keys": [jwk] }).to_string(), &edits));
        }
    }

    #[test]
    fn changed_parameters_stay_within_their_bounds(edits in edits()) {
        let detail = json!({
            "type": "notes_access", "actions": ["read", "write"],
            "note_ids": ["a", "b"], "locations": ["https://api.example/notes"],
        });
        let details = json!([detail, detail]).to_string();
        if let Ok(read) = parse_details(&changed(&details, &edits)) {
            prop_assert!((1..=16).contains(&read.len()));
            prop_assert!(read.iter().all(|one| (1..=3).contains(&one.actions.len())));
        }
        let claims = json!({
            "userinfo": { "name": null, "email": { "essential": true } },
            "id_token": { "acr": { "values": ["a", "b"] }, "sub": { "value": "alice" } },
        });
        if let Ok(read) = ClaimsRequest::parse(&changed(&claims.to_string(), &edits)) {
            prop_assert!(read.names().count() <= 64);
        }
    }

    #[test]
    fn depth_is_bounded_wherever_json_comes_in(depth in 1..4000usize) {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        for text in [arrays, objects] {
            parse_all(&text);
            let part = URL_SAFE_NO_PAD.encode(&text);
            parse_all(&format!("{part}.{part}.AA"));
            parse_all(&format!("eyJhbGciOiJFUzI1NiJ9.{part}.AA"));
            if depth > 6 {
                prop_assert!(ClaimsRequest::parse(&text).is_err() && parse_details(&text).is_err());
            }
        }
    }
}

#[test]
fn size_and_count_are_bounded_to_the_last_one() {
    let many: Map<_, _> = (0..101).map(|i| (format!("m{i}"), Value::Null)).collect();
    let text = key().sign("JWT", &many).unwrap();
    assert_eq!(RequestObject::read(text.expose()).err(), Some(RequestObjectError::TooMany));
    let keys = |count: usize| {
        let key = |i| {
            let mut jwk = serde_json::to_value(key().jwk()).unwrap();
            jwk["kid"] = format!("k{i}").into();
            jwk
        };
        JwkSet::of_client(&json!({ "keys": (0..count).map(key).collect::<Vec<_>>() }))
    };
    assert!(keys(JwkSet::MOST_OF_CLIENT).is_ok() && keys(JwkSet::MOST_OF_CLIENT + 1).is_err());
    let long = json!({ "keys": [key().jwk()], "x": "x".repeat(JwkSet::LARGEST_OF_CLIENT) });
    assert!(JwkSet::of_client(&long).is_err());
    let part = |length: usize| URL_SAFE_NO_PAD.encode("x".repeat(length));
    assert!(Jws::decode(&format!("eyJhbGciOiJFUzI1NiJ9.{}.AA", part(12_000))).is_ok());
    assert!(Jws::decode(&format!("eyJhbGciOiJFUzI1NiJ9.{}.AA", part(12_300))).is_err());
}
