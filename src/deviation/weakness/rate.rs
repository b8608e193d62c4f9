//! Weaknesses. Limits on guessing and flooding.

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
