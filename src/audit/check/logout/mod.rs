//! Logout (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0).

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[];
