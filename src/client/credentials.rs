//! How a client says who it is (RFC 6749 §2.3.1).

use crate::fetch::Request;
use crate::protocol::{AuthMethod, Secret};

/// A client's identifier, and how it proves that it is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The identifier.
    pub client_id: String,
    /// The method.
    pub method: AuthMethod,
    /// The secret; none for a public client.
    pub secret: Option<Secret>,
}

impl Credentials {
    /// A public client: it only names itself.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: AuthMethod::None, secret: None }
    }

    /// A client that authenticates by HTTP Basic.
    pub fn basic(client_id: impl Into<String>, secret: Secret) -> Self {
        let method = AuthMethod::ClientSecretBasic;
        Self { client_id: client_id.into(), method, secret: Some(secret) }
    }

    /// A client that sends its secret in the body.
    pub fn post(client_id: impl Into<String>, secret: Secret) -> Self {
        let method = AuthMethod::ClientSecretPost;
        Self { client_id: client_id.into(), method, secret: Some(secret) }
    }

    /// Adds the credentials to a form request.
    #[must_use]
    pub fn decorate(&self, request: Request) -> Request {
        match (self.method, &self.secret) {
            (AuthMethod::ClientSecretBasic, Some(secret)) => request.basic(&self.client_id, secret),
            (AuthMethod::ClientSecretPost, Some(secret)) => request
                .form_field("client_id", &self.client_id)
                .form_field("client_secret", secret.expose()),
            (
                AuthMethod::None
                | AuthMethod::ClientSecretJwt
                | AuthMethod::PrivateKeyJwt
                | AuthMethod::TlsClientAuth
                | AuthMethod::SelfSignedTlsClientAuth,
                _,
            )
            | (_, None) => request.form_field("client_id", &self.client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decorated(credentials: &Credentials) -> (String, usize) {
        let request = credentials.decorate(Request::post_form("https://a/token", &[("a", "b")]));
        (String::from_utf8(request.body).unwrap(), request.headers.len())
    }

    #[test]
    fn each_method_puts_the_secret_where_it_belongs() {
        let secret = || Secret::new("s&t");
        assert_eq!(decorated(&Credentials::public("c")), ("a=b&client_id=c".into(), 1));
        assert_eq!(
            decorated(&Credentials::post("c", secret())),
            ("a=b&client_id=c&client_secret=s%26t".into(), 1)
        );
        assert_eq!(decorated(&Credentials::basic("c", secret())), ("a=b".into(), 2));
    }
}
