//! Client assertions (RFC 7521 §4.2, RFC 7523 §2.2 and §3, OpenID Connect Core §9): read, and not yet
//! believed.

use super::jose::{HS256, Jws};
use super::{Audience, AuthMethod, Secret};
use serde::{Deserialize, Deserializer, Serialize};

/// The one `client_assertion_type` (RFC 7523 §2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The explicit type of our own assertions, so that no other JWT can stand for one (RFC 8725 §3.11).
pub const CLIENT_ASSERTION_JWT: &str = "client-authentication+jwt";

/// At most this many bytes of an assertion are read.
pub const MAX_CLIENT_ASSERTION: usize = 8 * 1024;

/// A client assertion whose signature was not looked at.
#[derive(Clone, Debug)]
pub struct ClientAssertion<'t> {
    /// Header and signature.
    pub jws: Jws<'t>,
    /// What it claims.
    pub claims: AssertionClaims,
}

/// The claims of an assertion (RFC 7523 §3). Times are seconds since the Unix epoch, rounded down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssertionClaims {
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Whom it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// For whom it is.
    #[serde(skip_serializing_if = "Audience::is_none")]
    pub aud: Audience,
    /// Until when.
    #[serde(deserialize_with = "numeric_date", skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// Since when.
    #[serde(deserialize_with = "numeric_date", skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// When it was made.
    #[serde(deserialize_with = "numeric_date", skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// What makes it the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// Why something is no client assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Too many bytes.
    #[error("more than {MAX_CLIENT_ASSERTION} bytes")]
    TooLarge,
    /// Not three base64url parts, the first two JSON.
    #[error("not a signed JWT")]
    Malformed,
    /// A JWT that says it is something else.
    #[error("a JWT of another type")]
    Type,
}

impl<'t> ClientAssertion<'t> {
    /// Reads an assertion. A `typ` may be missing or `JWT`, as most clients have it, but not that of
    /// another kind of token.
    pub fn read(text: &'t Secret) -> Result<Self, AssertionError> {
        let read = Self::read_any(text)?;
        let typ = read.jws.header.typ.as_deref().unwrap_or("JWT");
        let bare = typ.strip_prefix("application/").unwrap_or(typ);
        let fits = ["JWT", CLIENT_ASSERTION_JWT].iter().any(|ok| bare.eq_ignore_ascii_case(ok));
        if fits { Ok(read) } else { Err(AssertionError::Type) }
    }

    /// As [`ClientAssertion::read`], whatever its `typ` says.
    pub fn read_any(text: &'t Secret) -> Result<Self, AssertionError> {
        let text = text.expose();
        if text.len() > MAX_CLIENT_ASSERTION {
            return Err(AssertionError::TooLarge);
        }
        let jws = Jws::decode(text).map_err(|_| AssertionError::Malformed)?;
        let claims = jws.claims().map_err(|_| AssertionError::Malformed)?;
        Ok(Self { jws, claims })
    }

    /// The client that it speaks of.
    pub fn client_id(&self) -> Option<&str> {
        self.claims.sub.as_deref().or(self.claims.iss.as_deref())
    }

    /// The method that it amounts to: the algorithm tells a MAC from a signature.
    pub fn method(&self) -> AuthMethod {
        if self.jws.header.alg == HS256 {
            AuthMethod::ClientSecretJwt
        } else {
            AuthMethod::PrivateKeyJwt
        }
    }
}

/// RFC 7519 §2 admits fractions; what is no time at all is an error.
fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    let Some(number) = number else { return Ok(None) };
    if let Some(secs) = number.as_u64() {
        return Ok(Some(secs));
    }
    let secs = number.as_f64().filter(|secs| (0.0..1e12).contains(secs));
    let secs = secs.ok_or_else(|| serde::de::Error::custom("not a NumericDate"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked, and rounding down is meant"
    )]
    Ok(Some(secs as u64))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::jose::sign_hs256;
    use super::*;

    fn token(header: &Value, claims: &str) -> Secret {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Secret::new(format!("{}.{}.c2ln", encode(&header.to_string()), encode(claims)))
    }

    fn read(header: &Value, claims: &str) -> Result<AssertionClaims, AssertionError> {
        let token = token(header, claims);
        ClientAssertion::read(&token).map(|assertion| assertion.claims)
    }

    /// The claims of RFC 7523 §4, here with an array as audience and fractions of seconds.
    #[test]
    fn the_claims_are_read() {
        let text = r#"{"iss":"https://jwt-idp.example.com","sub":"c","aud":["a"],"nbf":1300815780.9,"exp":1300819380,"x":1}"#;
        let claims = read(&json!({ "alg": "ES256", "kid": "16" }), text).unwrap();
        assert_eq!(
            (claims.nbf, claims.exp, claims.iat),
            (Some(1_300_815_780), Some(1_300_819_380), None)
        );
        assert_eq!(claims.aud.as_slice(), ["a"]);
    }

    #[test]
    fn a_claim_that_stands_twice_or_is_no_time_is_malformed() {
        let header = json!({ "alg": "ES256" });
        for text in [
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"exp":"1300819380"}"#,
            r#"{"exp":-1}"#,
            r#"{"exp":1e300}"#,
            r#"{"aud":[1]}"#,
            r#"{"jti":1}"#,
            "[]",
            "x",
        ] {
            assert_eq!(read(&header, text), Err(AssertionError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_jwt_of_another_kind_is_no_assertion() {
        for (typ, wanted) in [
            ("JWT", true),
            ("jwt", true),
            ("client-authentication+jwt", true),
            ("application/client-authentication+jwt", true),
            ("at+jwt", false),
            ("dpop+jwt", false),
            ("logout+jwt", false),
            ("oauth-authz-req+jwt", false),
        ] {
            let got = read(&json!({ "alg": "ES256", "typ": typ }), "{}");
            assert_eq!(got.is_ok(), wanted, "{typ}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let claims = json!({ "jti": "x".repeat(MAX_CLIENT_ASSERTION) });
        let large = sign_hs256(&Secret::new("s"), "JWT", &claims);
        assert!(matches!(ClientAssertion::read(&large), Err(AssertionError::TooLarge)));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(text in ".{0,300}") {
            let _ = ClientAssertion::read(&Secret::new(text));
        }

        #[test]
        fn what_is_written_is_what_is_read(
            iss in proptest::option::of("[a-z]{1,9}"),
            sub in proptest::option::of("[a-z]{1,9}"),
            aud in proptest::collection::vec("[a-z:/]{1,9}", 0..3),
            exp in proptest::option::of(0u64..4_000_000_000),
            jti in proptest::option::of("[!-~]{1,40}"),
        ) {
            let claims = AssertionClaims {
                iss, sub, aud: Audience::from_list(aud), exp, jti, ..AssertionClaims::default()
            };
            let token = sign_hs256(&Secret::new("s"), CLIENT_ASSERTION_JWT, &claims);
            let read = ClientAssertion::read(&token).unwrap();
            prop_assert_eq!(read.method(), AuthMethod::ClientSecretJwt);
            prop_assert_eq!(read.claims, claims);
        }
    }
}
