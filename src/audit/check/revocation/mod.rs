//! Revocation (RFC 7009 §2.1).

mod others;
mod refresh_noop;

pub(super) use others::{REVOKE_OPEN, REVOKE_OTHER_CLIENT};
pub(super) use refresh_noop::REVOKE_REFRESH_NOOP;
