//! Request objects (RFC 9101 §4): the parameters of an authorization request as the claims of a JWT
//! that the client signs, good for a minute.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::code::CodeFlow;
use super::error::ClientError;
use crate::clock::Clock;
use crate::protocol::Secret;
use crate::protocol::jose::SigningKey;

/// RFC 9101 §10.8.
const TYPE: &str = "oauth-authz-req+jwt";
const LIFE: Duration = Duration::from_secs(60);

/// Signs requests for one server.
#[derive(Clone)]
pub struct RequestSigner {
    issuer: String,
    clock: Clock,
    key: SigningKey,
}

impl RequestSigner {
    /// For the server with this issuer identifier, with the client's own key.
    pub fn new(issuer: impl Into<String>, clock: Clock, key: SigningKey) -> Self {
        Self { issuer: issuer.into(), clock, key }
    }

    fn sign(&self, client_id: &str, claims: &mut Map<String, Value>) -> Option<Secret> {
        let now = self.clock.now();
        for (name, value) in [
            ("iss", json!(client_id)),
            ("aud", json!(self.issuer)),
            ("nbf", json!(now.secs())),
            ("exp", json!(now.plus(LIFE).secs())),
        ] {
            // A drill may have chosen another value.
            claims.entry(name).or_insert(value);
        }
        self.key.sign(TYPE, claims).ok()
    }
}

impl fmt::Debug for RequestSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestSigner(for {})", self.issuer)
    }
}

impl CodeFlow {
    /// Signs the request. What is sent from then on is the request object.
    pub fn sign(&mut self, signer: &RequestSigner) -> Result<(), ClientError> {
        let mut claims = claims(self.parameters());
        let client_id = &self.settings.credentials.client_id;
        let object = signer.sign(client_id, &mut claims).ok_or_else(|| ClientError::Input {
            what: "the client's key",
            detail: "it cannot sign".to_owned(),
        })?;
        self.request_object = Some(object);
        Ok(())
    }
}

/// What stands more than once becomes an array (RFC 8707 §2), numbers become numbers (RFC 9101 §4),
/// and JSON becomes itself (OpenID Connect Core §6.1, RFC 9396 §3).
fn claims(parameters: Vec<(&str, String)>) -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, text) in parameters {
        let parsed = || serde_json::from_str::<Value>(&text).ok();
        let typed = match name {
            "max_age" | "exp" | "nbf" => parsed().filter(Value::is_u64),
            "claims" => parsed().filter(Value::is_object),
            "authorization_details" => parsed().filter(Value::is_array),
            _ => None,
        };
        let value = typed.unwrap_or(Value::String(text));
        match claims.get_mut(name) {
            None => {
                claims.insert(name.to_owned(), value);
            }
            Some(Value::Array(all)) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::protocol::jose::JwkSet;
    use crate::protocol::{Algorithm, RequestObject};

    fn signed(parameters: &[(&str, &str)]) -> (Secret, JwkSet) {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let keys = JwkSet { keys: vec![key.jwk().clone()] };
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let signer = RequestSigner::new("https://as.test", clock, key);
        let owned = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        (signer.sign("c", &mut claims(owned)).unwrap(), keys)
    }

    #[test]
    fn the_parameters_become_claims_of_their_own_types() {
        let (object, keys) = signed(&[
            ("client_id", "c"),
            ("resource", "x"),
            ("resource", "y"),
            ("max_age", "60"),
            ("claims", r#"{"id_token":{}}"#),
            ("authorization_details", r#"[{"type":"t"}]"#),
            ("state", "7"),
        ]);
        let read = RequestObject::read(object.expose()).unwrap();
        assert_eq!(read.jws.verify(&keys, &[Algorithm::Es256]), Ok(()));
        assert_eq!(read.jws.header.typ.as_deref(), Some(TYPE));
        assert_eq!(
            (read.iss.as_deref(), read.aud.as_slice()),
            (Some("c"), &["https://as.test".to_owned()][..])
        );
        assert_eq!((read.nbf, read.exp), (Some(1_800_000_000), Some(1_800_000_060)));
        let claims: Value = read.jws.claims().unwrap();
        assert_eq!(claims["resource"], json!(["x", "y"]));
        assert_eq!(claims["max_age"], json!(60));
        assert_eq!(claims["claims"], json!({ "id_token": {} }));
        assert_eq!(claims["authorization_details"], json!([{ "type": "t" }]));
        assert_eq!(claims["state"], json!("7"));
    }

    #[test]
    fn a_drill_chooses_its_own_audience_and_time() {
        let (object, _) = signed(&[("aud", "https://other.test"), ("exp", "1")]);
        let read = RequestObject::read(object.expose()).unwrap();
        assert_eq!(
            (read.aud.as_slice(), read.exp),
            (&["https://other.test".to_owned()][..], Some(1))
        );
    }
}
