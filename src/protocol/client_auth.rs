//! Client authentication on the wire (RFC 6749 §2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{AuthMethod, Secret, percent_decode};

/// What a request presented as client identification: the method is visible in where it stood.
#[derive(Clone, Debug)]
pub enum ClientCredentials {
    /// Nothing at all.
    Missing,
    /// `client_id` in the body without a secret.
    Public {
        /// The identifier as sent.
        client_id: String,
    },
    /// `Authorization: Basic`.
    Basic(ClientSecretBasic),
    /// `client_id` and `client_secret` in the body.
    Post {
        /// The identifier as sent.
        client_id: String,
        /// The secret as sent.
        secret: Secret,
    },
    /// `client_assertion` in the body (RFC 7521 §4.2).
    Assertion {
        /// The identifier that it speaks of, or else that of the body.
        client_id: Option<String>,
        /// The method that its algorithm stands for.
        method: AuthMethod,
    },
}

/// Identifier and secret of a Basic header. Clients disagree on whether both are form-encoded
/// (RFC 6749 §2.3.1 says so, some send them raw), so both readings are kept.
#[derive(Clone, Debug)]
pub struct ClientSecretBasic {
    /// The identifier, form-decoded.
    pub client_id: String,
    /// The secret, form-decoded.
    pub secret: Secret,
    /// The secret exactly as sent.
    pub raw_secret: Secret,
}

/// Why an `Authorization` header is no usable Basic credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header is not Basic with base64 of client_id:client_secret")]
pub struct BasicError;

const MAX_HEADER: usize = 4096;

impl ClientSecretBasic {
    /// Parses the header's value. The scheme is case-insensitive (RFC 9110 §11.1).
    pub fn parse(header: &str) -> Result<Self, BasicError> {
        let (scheme, value) = header.split_once(' ').ok_or(BasicError)?;
        if !scheme.eq_ignore_ascii_case("basic") || header.len() > MAX_HEADER {
            return Err(BasicError);
        }
        let bytes = STANDARD.decode(value.trim()).map_err(|_| BasicError)?;
        let text = String::from_utf8(bytes).map_err(|_| BasicError)?;
        let (id, secret) = text.split_once(':').ok_or(BasicError)?;
        let decode = |part: &str| percent_decode(part.as_bytes());
        Ok(Self {
            client_id: decode(id).unwrap_or_else(|_| id.to_owned()),
            secret: Secret::new(decode(secret).unwrap_or_else(|_| secret.to_owned())),
            raw_secret: Secret::new(secret),
        })
    }

    /// The header that sends these credentials, form-encoded as RFC 6749 §2.3.1 says.
    pub fn header(client_id: &str, secret: &Secret) -> Secret {
        let encode = |part: &str| -> String {
            url::form_urlencoded::byte_serialize(part.as_bytes()).collect()
        };
        let pair = format!("{}:{}", encode(client_id), encode(secret.expose()));
        Secret::new(format!("Basic {}", STANDARD.encode(pair)))
    }
}

impl ClientCredentials {
    /// The identifier as sent.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Missing => None,
            Self::Public { client_id } | Self::Post { client_id, .. } => Some(client_id),
            Self::Basic(basic) => Some(&basic.client_id),
            Self::Assertion { client_id, .. } => client_id.as_deref(),
        }
    }

    /// The method that this presentation amounts to.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::Missing | Self::Public { .. } => AuthMethod::None,
            Self::Basic(_) => AuthMethod::ClientSecretBasic,
            Self::Post { .. } => AuthMethod::ClientSecretPost,
            Self::Assertion { method, .. } => *method,
        }
    }

    /// The secret, decoded.
    pub const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Missing | Self::Public { .. } | Self::Assertion { .. } => None,
            Self::Basic(basic) => Some(&basic.secret),
            Self::Post { secret, .. } => Some(secret),
        }
    }

    /// Whether it is a try to know the client's secret.
    pub fn proves_secret(&self) -> bool {
        self.secret().is_some() || self.method() == AuthMethod::ClientSecretJwt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6749 §2.3.1.
    #[test]
    fn the_published_example() {
        let basic = ClientSecretBasic::parse("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
        let basic = basic.unwrap();
        assert_eq!(basic.client_id, "s6BhdRkqt3");
        assert!(basic.secret.matches(&Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw")));
    }

    #[test]
    fn encoding_survives_the_round_trip() {
        let header = ClientSecretBasic::header("a:b", &Secret::new("p%q+r s"));
        let basic = ClientSecretBasic::parse(header.expose()).unwrap();
        assert_eq!(basic.client_id, "a:b");
        assert!(basic.secret.matches(&Secret::new("p%q+r s")));
    }

    #[test]
    fn garbage_is_an_error() {
        for header in ["Basic", "Basic !!!", "Bearer abc", "Basic YWJj", "Basic /w=="] {
            assert!(ClientSecretBasic::parse(header).is_err(), "{header}");
        }
    }
}
