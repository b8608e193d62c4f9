//! Weaknesses. Sessions and their cookies.

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
