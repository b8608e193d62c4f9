//! The authorization code (RFC 6749 §4.1.2, §4.1.3, §10.10; RFC 8707 §2.2).

mod client_swap;
mod entropy;
mod resource_widen;
mod reuse;

pub(super) use client_swap::CODE_CLIENT_SWAP;
pub(super) use entropy::{CODE_ENTROPY, judge as judge_entropy};
pub(super) use resource_widen::CODE_RESOURCE_WIDEN;
pub(super) use reuse::{CODE_RACE, CODE_REUSE};
