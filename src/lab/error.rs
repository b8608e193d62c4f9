//! Why a lab does not start.

use super::store_key::StoreKeyError;
use crate::fetch::FetchError;
use crate::issuer::Fault;
use crate::random::RandomFailed;
use crate::server::listener::ListenError;
use crate::store::{OpenError, RedisOpenError};
use crate::tls::TlsError;

/// A lab cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A port cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Certificates or files.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The client that asks the issuer cannot be made.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The issuer cannot be made.
    #[error(transparent)]
    Issuer(#[from] Fault),
    /// What remembers cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// A shared store cannot be used.
    #[error(transparent)]
    Redis(#[from] RedisOpenError),
    /// The key that seals what remembers.
    #[error(transparent)]
    StoreKey(#[from] StoreKeyError),
    /// A task that the start waits for was ended.
    #[error("the start was interrupted")]
    Interrupted,
    /// A client's key cannot be made.
    #[error("a client's key cannot be made: {0}")]
    Key(crate::protocol::jose::KeyError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// An API's identifier is no resource identifier.
    #[error("the resource server cannot be made: {0}")]
    Resource(String),
}

impl LabError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Listen(error) => error.hint(),
            Self::Tls(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Redis(error) => error.hint().to_owned(),
            Self::StoreKey(error) => error.hint(),
            Self::Issuer(Fault::Store(error)) => error.hint().to_owned(),
            Self::Issuer(_) | Self::Key(_) | Self::Random(_) => {
                "the system's random number generator must work; look at its log".to_owned()
            }
            Self::Interrupted => "start it again".to_owned(),
            Self::Resource(_) => "check resource.url and the paths of resources".to_owned(),
        }
    }
}
