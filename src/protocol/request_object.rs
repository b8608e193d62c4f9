//! Request objects: an authorization request as the claims of a signed JWT (RFC 9101 §2.1, §4).

use serde_json::{Map, Value};

use super::jose::Jws;
use super::{Audience, AuthorizationRequest, Secret};

/// A request object, read; its signature is not verified yet. At most 16 KiB.
#[derive(Debug)]
pub struct RequestObject<'t> {
    /// The JWS.
    pub jws: Jws<'t>,
    /// `iss`.
    pub iss: Option<String>,
    /// `aud`.
    pub aud: Audience,
    /// `exp`, seconds since the Unix epoch.
    pub exp: Option<u64>,
    /// `nbf`, seconds since the Unix epoch.
    pub nbf: Option<u64>,
    /// Whether it holds another request object or a reference, which it must not (RFC 9101 §4).
    pub nests: bool,
    /// The request that it holds.
    pub request: AuthorizationRequest,
}

/// Why a text is no request object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestObjectError {
    /// Not a compact JWS of at most 16 KiB with a JSON object inside.
    #[error("not a signed JWT with a JSON object inside")]
    Malformed,
    /// A parameter has another JSON type than it can have.
    #[error("a parameter has a type that it cannot have")]
    Type,
    /// More than 100 members.
    #[error("more than 100 members")]
    TooMany,
}

/// As many as a form may have parameters.
const MAX_MEMBERS: usize = 100;

impl<'t> RequestObject<'t> {
    /// Reads without verifying. JSON is read to a bounded depth.
    pub fn read(text: &'t str) -> Result<Self, RequestObjectError> {
        use RequestObjectError as E;
        let jws = Jws::decode(text).map_err(|_| E::Malformed)?;
        let claims: Map<String, Value> = jws.claims().map_err(|_| E::Malformed)?;
        if claims.len() > MAX_MEMBERS {
            return Err(E::TooMany);
        }
        let number = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(E::Type),
        };
        let aud = match claims.get("aud") {
            None => Audience::None,
            Some(value) => serde_json::from_value(value.clone()).map_err(|_| E::Type)?,
        };
        Ok(Self {
            iss: text_of(&claims, "iss")?,
            aud,
            exp: number("exp")?,
            nbf: number("nbf")?,
            nests: claims.contains_key("request") || claims.contains_key("request_uri"),
            request: request_of(&claims)?,
            jws,
        })
    }
}

fn request_of(claims: &Map<String, Value>) -> Result<AuthorizationRequest, RequestObjectError> {
    let text = |name| text_of(claims, name);
    Ok(AuthorizationRequest {
        client_id: text("client_id")?,
        redirect_uri: text("redirect_uri")?,
        response_type: text("response_type")?,
        response_mode: text("response_mode")?,
        scope: text("scope")?,
        state: text("state")?,
        code_challenge: text("code_challenge")?,
        code_challenge_method: text("code_challenge_method")?,
        nonce: text("nonce")?,
        prompt: text("prompt")?,
        max_age: number_or_text(claims, "max_age")?,
        login_hint: text("login_hint")?,
        resources: texts(claims, "resource")?,
        claims: json_or_text(claims, "claims", Value::is_object)?,
        acr_values: text("acr_values")?,
        id_token_hint: text("id_token_hint")?.map(Secret::new),
        authorization_details: json_or_text(claims, "authorization_details", Value::is_array)?,
        dpop_jkt: text("dpop_jkt")?,
        request: None,
        request_uri: None,
        has_registration: claims.contains_key("registration"),
    })
}

fn text_of(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, RequestObjectError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(RequestObjectError::Type),
    }
}

/// Numbers are JSON numbers in a request object (RFC 9101 §4).
fn number_or_text(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<String>, RequestObjectError> {
    match claims.get(name).map(|value| (value, value.as_u64())) {
        Some((_, Some(number))) => Ok(Some(number.to_string())),
        None | Some((_, None)) => text_of(claims, name),
    }
}

/// What is JSON in a parameter is that JSON itself in a request object (OpenID Connect Core §6.1,
/// RFC 9396 §3).
fn json_or_text(
    claims: &Map<String, Value>,
    name: &str,
    fits: fn(&Value) -> bool,
) -> Result<Option<String>, RequestObjectError> {
    match claims.get(name).filter(|value| fits(value)) {
        Some(value) => Ok(Some(value.to_string())),
        None => text_of(claims, name),
    }
}

/// A parameter that may stand more than once is an array (RFC 8707 §2).
fn texts(claims: &Map<String, Value>, name: &str) -> Result<Vec<String>, RequestObjectError> {
    match claims.get(name) {
        Some(Value::Array(all)) => {
            let each = all.iter().map(|one| one.as_str().map(str::to_owned));
            each.collect::<Option<_>>().ok_or(RequestObjectError::Type)
        }
        None | Some(_) => Ok(text_of(claims, name)?.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::protocol::Algorithm;
    use crate::protocol::jose::SigningKey;

    fn signed(claims: &Value) -> Secret {
        SigningKey::generate(Algorithm::Es256).unwrap().sign("JWT", claims).unwrap()
    }

    #[test]
    fn json_stays_json_and_numbers_are_numbers() {
        let text = signed(&json!({
            "iss": "web", "aud": ["a", "b"], "exp": 5, "max_age": 60, "state": "s",
            "claims": { "id_token": { "acr": null } }, "resource": ["x", "y"],
            "authorization_details": [{ "type": "t" }],
        }));
        let object = RequestObject::read(text.expose()).unwrap();
        let request = object.request;
        assert_eq!((object.exp, object.nests), (Some(5), false));
        assert_eq!(request.max_age.as_deref(), Some("60"));
        assert_eq!(request.claims.as_deref(), Some(r#"{"id_token":{"acr":null}}"#));
        assert_eq!(request.authorization_details.as_deref(), Some(r#"[{"type":"t"}]"#));
        assert_eq!(request.resources, ["x", "y"]);
    }

    #[test]
    fn other_types_and_nested_requests_are_seen() {
        for claims in [json!({ "state": 1 }), json!({ "exp": "x" }), json!({ "resource": [1] })] {
            let text = signed(&claims);
            let error = RequestObject::read(text.expose()).err();
            assert_eq!(error, Some(RequestObjectError::Type), "{claims}");
        }
        let text = signed(&json!({ "request_uri": "urn:x" }));
        assert!(RequestObject::read(text.expose()).unwrap().nests);
        let many: Map<_, _> = (0..101).map(|i| (format!("m{i}"), Value::Null)).collect();
        let text = signed(&many.into());
        assert_eq!(RequestObject::read(text.expose()).err(), Some(RequestObjectError::TooMany));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = RequestObject::read(&text);
        }

        #[test]
        fn any_payload_is_read_or_refused(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            use base64::Engine as _;
            let part = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload);
            let _ = RequestObject::read(&format!("eyJhbGciOiJFUzI1NiJ9.{part}.c2ln"));
        }
    }
}
