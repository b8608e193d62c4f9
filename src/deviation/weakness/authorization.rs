//! Weaknesses. The authorization endpoint (RFC 6749 §3.1, §4.1.1, §4.1.2; RFC 9207).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
