//! What is issued: access tokens, ID tokens, and the answers that carry them.

mod audience;
mod no_store;
mod nonce;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] =
    &[&audience::AT_AUDIENCE, &no_store::NO_STORE_TOKEN, &nonce::NONCE_DROPPED];
