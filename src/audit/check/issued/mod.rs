//! What is issued: access tokens, ID tokens, and the answers that carry them.

mod audience;
mod no_store;
mod nonce;

pub(super) use audience::AT_AUDIENCE;
pub(super) use no_store::NO_STORE_TOKEN;
pub(super) use nonce::NONCE_DROPPED;
