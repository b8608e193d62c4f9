//! Weaknesses. Demonstrating proof of possession (RFC 9449).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
