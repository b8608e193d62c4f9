//! The authorization code (RFC 6749 §4.1.2, §4.1.3, §10.10; RFC 8707 §2.2).

mod client_swap;
mod entropy;
mod limits;
mod replay;
mod resource_widen;
mod reuse;

pub(super) use entropy::judge as judge_entropy;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &client_swap::CODE_CLIENT_SWAP,
    &entropy::CODE_ENTROPY,
    &limits::CODE_LIFETIME,
    &limits::CODE_SCOPE_UPGRADE,
    &limits::CODE_SURVIVES_DENIAL,
    &replay::CODE_REPLAY_DOS,
    &replay::CODE_REPLAY_NO_REVOCATION,
    &resource_widen::CODE_RESOURCE_WIDEN,
    &reuse::CODE_RACE,
    &reuse::CODE_REUSE,
];
