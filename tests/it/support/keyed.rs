//! Clients that authenticate with keys: what they hold, and what they send.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauthlab::clock::Clock;
use oauthlab::config::{ClientConfig, Config};
use oauthlab::protocol::jose::{Jwk, JwkSet, SigningKey, sign_hs256};
use oauthlab::protocol::{
    Algorithm, AuthMethod, CLIENT_ASSERTION_TYPE, ClientId, ClientMetadata, GrantType, Secret,
};
use oauthlab::tls::{Authority, ClientIdentity};
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::lab::TestLab;

/// Signs with its own key.
pub(crate) const SIGNER: &str = "signer";
/// Signs with its secret.
pub(crate) const MAC: &str = "mac";
pub(crate) const MAC_SECRET: &str = "mac-secret-of-at-least-thirty-two-bytes";
/// Has a certificate of the lab's CA.
pub(crate) const CHAINED: &str = "chained";
/// Has a self-signed certificate.
pub(crate) const PINNED: &str = "pinned";

/// Adds the four to a lab.
pub(crate) fn add(config: &mut Config) {
    let mut signer = client(config, SIGNER, AuthMethod::PrivateKeyJwt);
    signer.metadata.keys.jwks = Some(JwkSet { keys: vec![key().jwk().clone()] });
    let mut mac = client(config, MAC, AuthMethod::ClientSecretJwt);
    mac.secret = Some(Secret::new(MAC_SECRET));
    let mut chained = client(config, CHAINED, AuthMethod::TlsClientAuth);
    chained.metadata.keys.tls_client_auth_subject_dn = Some(format!("CN={CHAINED}"));
    let mut pinned = client(config, PINNED, AuthMethod::SelfSignedTlsClientAuth);
    let x5c = vec![STANDARD.encode(pinned_identity().certificate())];
    pinned.metadata.keys.jwks =
        Some(JwkSet { keys: vec![Jwk { kty: "EC".into(), x5c, ..Jwk::default() }] });
    config.clients.extend([signer, mac, chained, pinned]);
}

/// Everything that does not matter here is as any client of the lab has it.
fn client(config: &Config, id: &str, method: AuthMethod) -> ClientConfig {
    ClientConfig {
        id: ClientId::parse(id).unwrap(),
        secret: None,
        generated_secret: false,
        generated_key: false,
        metadata: ClientMetadata {
            token_endpoint_auth_method: method,
            grant_types: vec![GrantType::ClientCredentials],
            ..ClientMetadata::default()
        },
        ..config.clients[0].clone()
    }
}

/// The signer's key.
pub(crate) fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::Es256).unwrap())
}

/// What the pinned client shows.
pub(crate) fn pinned_identity() -> &'static ClientIdentity {
    static IDENTITY: OnceLock<ClientIdentity> = OnceLock::new();
    IDENTITY.get_or_init(|| ClientIdentity::self_signed(PINNED, Clock::system().now()).unwrap())
}

/// A certificate of the lab's CA with this common name.
pub(crate) fn vouched(lab: &TestLab, name: &str) -> ClientIdentity {
    let authority = Authority::existing(lab.data()).unwrap().unwrap();
    ClientIdentity::issue(&authority, name, Clock::system().now()).unwrap()
}

/// The claims of a good assertion, with a `jti` of its own.
pub(crate) fn claims(lab: &TestLab, client_id: &str) -> Value {
    static COUNT: Mutex<u64> = Mutex::new(0);
    let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
    *count += 1;
    let now = lab.clock().now().secs();
    json!({
        "iss": client_id,
        "sub": client_id,
        "aud": lab.issuer(),
        "iat": now,
        "exp": now + 60,
        "jti": format!("jti-{count}"),
    })
}

/// The claims of the signer, changed; `null` removes.
pub(crate) fn changed(lab: &TestLab, changes: &Value) -> Value {
    let mut members = claims(lab, SIGNER);
    for (name, value) in changes.as_object().unwrap() {
        members[name] = value.clone();
    }
    let kept = members.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Signed by the signer.
pub(crate) fn signed(claims: &Value) -> String {
    key().sign("JWT", claims).unwrap().expose().to_owned()
}

/// Signed with a key that nobody registered.
pub(crate) fn forged(claims: &Value) -> String {
    let other = SigningKey::generate(Algorithm::Es256).unwrap();
    other.sign("JWT", claims).unwrap().expose().to_owned()
}

/// Signed by the client with a secret.
pub(crate) fn maced(claims: &Value) -> String {
    sign_hs256(&Secret::new(MAC_SECRET), "JWT", claims).expose().to_owned()
}

/// A form with an assertion beside other fields.
pub(crate) fn form<'f>(
    assertion: &'f str,
    fields: &[(&'f str, &'f str)],
) -> Vec<(&'f str, &'f str)> {
    let own = [("client_assertion_type", CLIENT_ASSERTION_TYPE), ("client_assertion", assertion)];
    let all: BTreeMap<_, _> = own.into_iter().chain(fields.iter().copied()).collect();
    all.into_iter().collect()
}

/// A machine token by assertion.
#[track_caller]
pub(crate) fn token_by(lab: &TestLab, assertion: &str, extra: &[(&str, &str)]) -> Answer {
    let grant = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    lab.post("/token", &form(assertion, &[&grant[..], extra].concat()))
}

/// A request over a connection with this certificate, or without any.
#[track_caller]
pub(crate) fn send_as(
    lab: &TestLab,
    identity: Option<&ClientIdentity>,
    path: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let request = Request::form(lab.at(path), fields);
    match identity {
        None => lab.send(&request),
        Some(identity) => lab.net_as(identity).send(&request),
    }
}
