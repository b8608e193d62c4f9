//! Weaknesses. Transport and the headers of every answer.

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
