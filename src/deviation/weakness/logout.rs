//! Weaknesses. Logout (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
