//! Weaknesses. Cross-origin requests (Fetch standard; RFC 9700 §2.6).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
