//! Client authentication at the token endpoint (RFC 6749 §2.3.1, §3.2.1).

mod missing;
mod secret;
mod secret_in_url;

pub(super) use missing::CLIENT_AUTH_MISSING;
pub(super) use secret::{CLIENT_SECRET_EMPTY, CLIENT_SECRET_WRONG};
pub(super) use secret_in_url::CLIENT_SECRET_IN_URL;
