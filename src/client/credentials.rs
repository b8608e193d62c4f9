//! How a client says who it is (RFC 6749 §2.3.1, RFC 7521 §4.2, RFC 8705 §2).

use super::AssertionMaker;
use crate::fetch::Request;
use crate::protocol::{AuthMethod, CLIENT_ASSERTION_TYPE, Secret};

/// A client's identifier, and how it proves that it is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The identifier.
    pub client_id: String,
    /// The method.
    pub method: AuthMethod,
    /// The secret; none for a public client.
    pub secret: Option<Secret>,
    /// What makes its assertions, for the methods that need them.
    pub assertions: Option<AssertionMaker>,
}

impl Credentials {
    /// A public client: it only names itself.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            method: AuthMethod::None,
            secret: None,
            assertions: None,
        }
    }

    /// A client that authenticates by HTTP Basic.
    pub fn basic(client_id: impl Into<String>, secret: Secret) -> Self {
        let method = AuthMethod::ClientSecretBasic;
        Self { method, secret: Some(secret), ..Self::public(client_id) }
    }

    /// A client that sends its secret in the body.
    pub fn post(client_id: impl Into<String>, secret: Secret) -> Self {
        let method = AuthMethod::ClientSecretPost;
        Self { method, secret: Some(secret), ..Self::public(client_id) }
    }

    /// Adds the credentials to a form request. A certificate is the connection's business: beside it
    /// the request only names the client.
    #[must_use]
    pub fn decorate(&self, request: Request) -> Request {
        match (self.method, &self.secret) {
            (AuthMethod::ClientSecretBasic, Some(secret)) => request.basic(&self.client_id, secret),
            (AuthMethod::ClientSecretPost, Some(secret)) => request
                .form_field("client_id", &self.client_id)
                .form_field("client_secret", secret.expose()),
            (AuthMethod::ClientSecretJwt | AuthMethod::PrivateKeyJwt, secret) => {
                let maker = self.assertions.as_ref();
                match maker.and_then(|maker| maker.make(&self.client_id, secret.as_ref())) {
                    Some(assertion) => request
                        .form_field("client_assertion_type", CLIENT_ASSERTION_TYPE)
                        .form_field("client_assertion", assertion.expose()),
                    // Without a proof the server says what it thinks of it.
                    None => self.named(request),
                }
            }
            (
                AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth,
                _,
            )
            | (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, None) => {
                self.named(request)
            }
        }
    }

    fn named(&self, request: Request) -> Request {
        request.form_field("client_id", &self.client_id)
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
