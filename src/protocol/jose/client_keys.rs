//! The JWK Set that a client hands in by value (RFC 7591 §2, RFC 7517 §5): public keys only,
//! bounded. A private or symmetric key is refused aloud: whoever sends it has shown it to us.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Jwk, JwkSet};

/// Members that hold the private half of a key, or a shared one (RFC 7518 §6.2.2, §6.3.2, §6.4.1;
/// `priv` of algorithm key pairs).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
/// RFC 7518 §3.3: RSA keys have 2048 bits or more.
const RSA_BYTES: usize = 256;

/// Why a client's JWK Set is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysError {
    /// It is no JWK Set.
    #[error("a JWK Set is an object whose `keys` is a list of objects")]
    Shape,
    /// It has no key, or too many.
    #[error("a client has 1 to {most} keys, and not {0}", most = JwkSet::MOST_OF_CLIENT)]
    Count(usize),
    /// It is too large.
    #[error("a client's JWK Set has at most {} bytes", JwkSet::LARGEST_OF_CLIENT)]
    Size,
    /// A key shows its private half.
    #[error("a key has the private member `{0}`: hand in the public half, and make a new key")]
    Private(&'static str),
    /// A key is of a type that verifies nothing.
    #[error("a client's key is an EC, RSA, OKP or AKP key")]
    Kind,
    /// A key lacks a member, or has one that is malformed.
    #[error("a key lacks `{0}`, or has a malformed one")]
    Member(&'static str),
    /// An RSA key is too short.
    #[error("an RSA key has 2048 bits or more")]
    Short,
    /// Two keys have one name.
    #[error("two keys have the same `kid`")]
    Twice,
}

impl JwkSet {
    /// At most so many keys.
    pub const MOST_OF_CLIENT: usize = 16;
    /// At most so many bytes of JSON.
    pub const LARGEST_OF_CLIENT: usize = 16 * 1024;

    /// Reads the keys of a client. Members that say nothing to us are dropped.
    pub fn of_client(value: &Value) -> Result<Self, ClientKeysError> {
        if value.to_string().len() > Self::LARGEST_OF_CLIENT {
            return Err(ClientKeysError::Size);
        }
        let keys = value.get("keys").and_then(Value::as_array).ok_or(ClientKeysError::Shape)?;
        if !(1..=Self::MOST_OF_CLIENT).contains(&keys.len()) {
            return Err(ClientKeysError::Count(keys.len()));
        }
        let keys: Vec<Jwk> = keys.iter().map(public_key).collect::<Result<_, _>>()?;
        let mut names: Vec<&str> = keys.iter().filter_map(|key| key.kid.as_deref()).collect();
        let named = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < named {
            return Err(ClientKeysError::Twice);
        }
        Ok(Self { keys })
    }
}

fn public_key(value: &Value) -> Result<Jwk, ClientKeysError> {
    let members = value.as_object().ok_or(ClientKeysError::Shape)?;
    if let Some(name) = PRIVATE.iter().find(|name| members.contains_key(**name)) {
        return Err(ClientKeysError::Private(name));
    }
    match members.get("kty").and_then(Value::as_str) {
        Some("EC") => {
            let length = match text(members, "crv")? {
                "P-256" => 32,
                "P-384" => 48,
                "P-521" => 66,
                _ => return Err(ClientKeysError::Member("crv")),
            };
            for name in ["x", "y"] {
                if bytes(members, name)?.len() != length {
                    return Err(ClientKeysError::Member(name));
                }
            }
        }
        Some("OKP") => {
            let length = match text(members, "crv")? {
                "Ed25519" | "X25519" => 32,
                "Ed448" => 57,
                "X448" => 56,
                _ => return Err(ClientKeysError::Member("crv")),
            };
            if bytes(members, "x")?.len() != length {
                return Err(ClientKeysError::Member("x"));
            }
        }
        Some("RSA") => {
            let modulus = bytes(members, "n")?;
            if modulus.iter().skip_while(|byte| **byte == 0).count() < RSA_BYTES {
                return Err(ClientKeysError::Short);
            }
            bytes(members, "e")?;
        }
        Some("AKP") => {
            text(members, "alg")?;
            bytes(members, "pub")?;
        }
        _ => return Err(ClientKeysError::Kind),
    }
    certificates(members)?;
    serde_json::from_value(value.clone()).map_err(|_| ClientKeysError::Shape)
}

/// `x5c`: DER in ordinary base64 (RFC 7517 §4.7).
fn certificates(members: &Map<String, Value>) -> Result<(), ClientKeysError> {
    let Some(chain) = members.get("x5c") else { return Ok(()) };
    let chain = chain.as_array().filter(|chain| !chain.is_empty());
    let certificate = |value: &Value| {
        value.as_str().is_some_and(|text| STANDARD.decode(text).is_ok_and(|der| !der.is_empty()))
    };
    match chain {
        Some(chain) if chain.iter().all(certificate) => Ok(()),
        _ => Err(ClientKeysError::Member("x5c")),
    }
}

fn text<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<&'m str, ClientKeysError> {
    members.get(name).and_then(Value::as_str).ok_or(ClientKeysError::Member(name))
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, ClientKeysError> {
    let decoded = URL_SAFE_NO_PAD.decode(text(members, name)?);
    decoded.ok().filter(|bytes| !bytes.is_empty()).ok_or(ClientKeysError::Member(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::ClientKeysError as E;
    use super::*;

    fn ec() -> Value {
        let coordinate = URL_SAFE_NO_PAD.encode([7; 32]);
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate, "kid": "a" })
    }

    fn with(members: &Value) -> Value {
        let mut key = ec();
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "keys": [key] })
    }

    #[test]
    fn public_keys_are_kept_with_their_certificates() {
        let set = JwkSet::of_client(&with(&json!({ "x5c": ["AAAA"], "more": 1 }))).unwrap();
        assert_eq!(set.keys[0].x5c, ["AAAA"]);
        assert_eq!(set.keys[0].kid.as_deref(), Some("a"));
    }

    #[test]
    fn private_and_symmetric_keys_are_refused_by_name() {
        for name in PRIVATE {
            let error = JwkSet::of_client(&with(&json!({ *name: "AA" }))).unwrap_err();
            assert_eq!(error, E::Private(name));
        }
        let secret = json!({ "keys": [{ "kty": "oct", "k": "AA" }] });
        assert_eq!(JwkSet::of_client(&secret), Err(E::Private("k")));
        let empty = json!({ "keys": [{ "kty": "oct" }] });
        assert_eq!(JwkSet::of_client(&empty), Err(E::Kind));
    }

    #[test]
    fn what_cannot_verify_is_refused() {
        let short = URL_SAFE_NO_PAD.encode([1; 128]);
        for (value, error) in [
            (json!([]), E::Shape),
            (json!({ "keys": 1 }), E::Shape),
            (json!({ "keys": [1] }), E::Shape),
            (json!({ "keys": [] }), E::Count(0)),
            (json!({ "keys": vec![ec(); 17] }), E::Count(17)),
            (json!({ "keys": [ec(), ec()] }), E::Twice),
            (with(&json!({ "crv": "P-257" })), E::Member("crv")),
            (with(&json!({ "x": "AA" })), E::Member("x")),
            (with(&json!({ "y": "****" })), E::Member("y")),
            (with(&json!({ "x5c": [] })), E::Member("x5c")),
            (with(&json!({ "x5c": ["-"] })), E::Member("x5c")),
            (with(&json!({ "alg": 1 })), E::Shape),
            (with(&json!({ "note": "x".repeat(JwkSet::LARGEST_OF_CLIENT) })), E::Size),
            (json!({ "keys": [{ "kty": "RSA", "n": short, "e": "AQAB" }] }), E::Short),
        ] {
            assert_eq!(JwkSet::of_client(&value), Err(error), "{value}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[A-Za-z0-9_-]{0,48}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let names = prop_oneof![
                Just("keys".to_owned()),
                Just("kty".to_owned()),
                Just("x5c".to_owned()),
                Just("d".to_owned()),
                "[a-z]{1,3}"
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(names, inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_panics(value in any_json()) {
            let _ = JwkSet::of_client(&value);
            let _ = JwkSet::of_client(&json!({ "keys": [value] }));
        }

        #[test]
        fn no_private_member_survives(value in any_json(), at in 0..PRIVATE.len()) {
            let set = with(&json!({ PRIVATE[at]: value }));
            prop_assert_eq!(JwkSet::of_client(&set), Err(E::Private(PRIVATE[at])));
        }

        #[test]
        fn what_is_accepted_is_read_again(kid in "[a-z]{0,8}", alg in "[A-Z0-9]{0,5}") {
            let set = JwkSet::of_client(&with(&json!({ "kid": kid, "alg": alg }))).unwrap();
            let again = JwkSet::of_client(&serde_json::to_value(&set).unwrap());
            prop_assert_eq!(again, Ok(set));
        }
    }
}
