//! Claims of the tokens that we sign.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Confirmation;

/// `aud`: one string or several (RFC 7519 §4.1.3). One is written as a plain string, since stock
/// verifiers expect that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// No audience.
    #[default]
    None,
    /// A single audience.
    One(String),
    /// Several audiences.
    Many(Vec<String>),
}

impl Audience {
    /// From a list: empty, one, or many.
    pub fn from_list(mut list: Vec<String>) -> Self {
        match list.len() {
            0 => Self::None,
            1 => Self::One(list.remove(0)),
            _ => Self::Many(list),
        }
    }

    /// The audiences.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Whether there is none.
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Claims of a JWT access token (RFC 9068 §2.2). Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Issuer, the exact string.
    pub iss: String,
    /// Subject; the client id where no user is involved (RFC 9068 §2.2).
    pub sub: String,
    /// Audience.
    #[serde(default, skip_serializing_if = "Audience::is_none")]
    pub aud: Audience,
    /// Expiry.
    pub exp: u64,
    /// Issued at.
    pub iat: u64,
    /// Unique identifier.
    pub jti: String,
    /// The client.
    pub client_id: String,
    /// Scope, space-delimited.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// When the user logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    /// How well the user was authenticated (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The key that the token is bound to (RFC 7800 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// RFC 9396 §9.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
    /// Anything else: claims that the lab adds, and what deviations do.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// Claims of an ID token (OpenID Connect Core §2). Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// Issuer, the exact string.
    pub iss: String,
    /// Subject.
    pub sub: String,
    /// The client.
    pub aud: Audience,
    /// Expiry.
    pub exp: u64,
    /// Issued at.
    pub iat: u64,
    /// When the user logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    /// The request's nonce, unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Left half of the access token's hash (§3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Left half of the code's hash, beside a code in the front channel (§3.3.2.11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// Authorized party, when the audience is not the client alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// How well the user was authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How the user was authenticated (RFC 8176 §2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The session that logout names (OpenID Connect Back-Channel Logout §2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Anything else: claims that were asked for or that the lab adds, and what deviations do.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}
