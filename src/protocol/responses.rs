//! Successful answers of the token, introspection and userinfo endpoints, and the challenge.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Audience, Confirmation, ErrorCode, Secret};

/// RFC 6749 §5.1, with `id_token` (OpenID Connect Core §3.1.3.3).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret,
    /// `Bearer`.
    pub token_type: String,
    /// Lifetime in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The refresh token, when one was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// The granted scope; always said, since it may differ from the request (§3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The ID token, when `openid` was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
    /// What kind of token `access_token` is; token exchange alone says it (RFC 8693 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<String>,
    /// What was granted in detail (RFC 9396 §7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
}

/// RFC 7662 §2.2. An inactive token shows nothing but `active: false`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntrospectionResponse {
    /// Whether the token may be used now.
    pub active: bool,
    /// Scope, space-delimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The client that the token was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// A name of the user for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Expiry, seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// Issued at, seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// Subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Audience.
    #[serde(default, skip_serializing_if = "Audience::is_none")]
    pub aud: Audience,
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Identifier of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The key that the token is bound to (RFC 8705 §3.2, RFC 9449 §6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// How well the user was authenticated (RFC 9470 §6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// When the user logged in, seconds since the Unix epoch (RFC 9470 §6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    /// What was granted in detail (RFC 9396 §9.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
}

/// RFC 9126 §2.2.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedResponse {
    /// The reference to the pushed request.
    pub request_uri: Secret,
    /// Lifetime in seconds.
    pub expires_in: u64,
}

/// OpenID Connect Core §5.3.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// Subject.
    pub sub: String,
    /// Claims that the granted scopes release.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

/// `WWW-Authenticate` of a protected resource (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). Each parameter stands once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BearerChallenge {
    /// Absent when the request carried no credentials (RFC 6750 §3.1).
    pub error: Option<ErrorCode>,
    /// Plain ASCII without `"` and `\`.
    pub error_description: Option<&'static str>,
    /// The scope that the operation needs.
    pub scope: Option<String>,
    /// Where the API's metadata stands.
    pub resource_metadata: Option<String>,
    /// Authentication contexts, one of which would do (RFC 9470 §3).
    pub acr_values: Option<String>,
    /// The login may be so old, in seconds (RFC 9470 §3).
    pub max_age: Option<String>,
    /// Algorithms of `DPoP` proofs (RFC 9449 §7.1), where proofs are taken.
    pub algs: Option<String>,
    /// Whether the request used the scheme `DPoP`, so that its error belongs there.
    pub dpop: bool,
}

impl BearerChallenge {
    /// The header's value. `Bearer` comes first, since many clients read the first challenge only;
    /// who used `DPoP` is answered there.
    pub fn header(&self) -> String {
        let parts = [
            ("error", self.error.map(ErrorCode::as_str)),
            ("error_description", self.error_description),
            ("scope", self.scope.as_deref()),
            ("resource_metadata", self.resource_metadata.as_deref()),
            ("acr_values", self.acr_values.as_deref()),
            ("max_age", self.max_age.as_deref()),
            ("algs", self.algs.as_deref().filter(|_| self.dpop)),
        ];
        let quoted: Vec<_> = parts
            .iter()
            .filter_map(|(name, value)| value.map(|v| format!("{name}=\"{}\"", quotable(v))))
            .collect();
        let scheme = if self.dpop { "DPoP" } else { "Bearer" };
        let separator = if quoted.is_empty() { "" } else { " " };
        let challenge = format!("{scheme}{separator}{}", quoted.join(", "));
        match &self.algs {
            Some(algs) if !self.dpop => format!("{challenge}, DPoP algs=\"{}\"", quotable(algs)),
            Some(_) | None => challenge,
        }
    }
}

/// The characters that RFC 6750 §3 allows in a quoted value.
fn quotable(value: &str) -> String {
    let allowed = |c: &char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    value.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_challenge_has_no_error() {
        assert_eq!(BearerChallenge::default().header(), "Bearer");
    }

    /// The shape of RFC 6750 §3.
    #[test]
    fn parameters_are_quoted_once() {
        let challenge = BearerChallenge {
            error: Some(ErrorCode::InvalidToken),
            error_description: Some("The access token expired"),
            ..BearerChallenge::default()
        };
        assert_eq!(
            challenge.header(),
            "Bearer error=\"invalid_token\", error_description=\"The access token expired\""
        );
    }
}
