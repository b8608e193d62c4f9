//! Refresh tokens (RFC 6749 §6, §10.4; RFC 9700 §4.14.2).

mod binding;
mod entropy;
mod escalation;
mod rotation;

pub(super) use binding::{REFRESH_CLIENT_SWAP, REFRESH_WITHOUT_CLIENT_AUTH};
pub(super) use entropy::TOKEN_ENTROPY;
pub(super) use escalation::{REFRESH_RESOURCE_ESCALATION, REFRESH_SCOPE_ESCALATION};
pub(super) use rotation::{REFRESH_FAMILY_SURVIVES, REFRESH_NOT_ROTATED_PUBLIC, REFRESH_REUSE};
