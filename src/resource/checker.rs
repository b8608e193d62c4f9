//! Whom the resource server asks about a token: the issuer, over the wire.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::protocol::jose::JwkSet;
use crate::protocol::{IntrospectionResponse, Secret};

/// Asks the issuer about tokens and keys.
pub trait TokenChecker: Send + Sync + fmt::Debug {
    /// Token introspection (RFC 7662 §2), as an authenticated client.
    fn introspect<'a>(&'a self, token: &'a Secret) -> Checked<'a, IntrospectionResponse>;

    /// The issuer's public keys.
    fn keys(&self, wanted: KeysWanted) -> Checked<'_, Arc<JwkSet>>;
}

/// An answer of the issuer, in its own time.
pub type Checked<'a, T> = Pin<Box<dyn Future<Output = Result<T, IssuerUnreachable>> + Send + 'a>>;

/// Which keys will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysWanted {
    /// Those that were fetched not long ago.
    Kept,
    /// Newer ones: a token names a key that the kept ones do not have.
    Newer,
}

/// The issuer gave no usable answer. A token is never accepted then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the issuer gave no usable answer: {reason}")]
pub struct IssuerUnreachable {
    /// What went wrong, for the operator. Holds no secret.
    pub reason: String,
}

impl IssuerUnreachable {
    /// What the operator can do.
    pub const fn hint(&self) -> &'static str {
        "start the issuer, and check its URL, its certificate and the resource server's client"
    }
}
