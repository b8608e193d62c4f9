//! The authorization code (RFC 6749 §4.1.2, §4.1.3, §10.10; RFC 8707 §2.2).

mod client_swap;
mod entropy;
mod resource_widen;
mod reuse;

pub(super) use entropy::judge as judge_entropy;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &client_swap::CODE_CLIENT_SWAP,
    &entropy::CODE_ENTROPY,
    &resource_widen::CODE_RESOURCE_WIDEN,
    &reuse::CODE_RACE,
    &reuse::CODE_REUSE,
];
