//! The device authorization grant (RFC 8628).

mod answer;
mod codes;
mod poll;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &answer::DEVICE_AUTO_APPROVE,
    &answer::DEVICE_PAGE_UNINFORMATIVE,
    &codes::DEVICE_CODE_ENTROPY,
    &codes::DEVICE_USER_CODE_WEAK,
    &poll::DEVICE_CLIENT_SWAP,
    &poll::DEVICE_REUSE,
    &poll::DEVICE_SLOW_DOWN,
];
