//! What a client may ask for (RFC 6749 §3.3, §5.2; RFC 7591 §2).

mod not_bound;
mod scope;

pub(super) use not_bound::GRANT_NOT_BOUND;
pub(super) use scope::{CC_SCOPE_ESCALATION, SCOPE_NOT_RESTRICTED};
