//! Weaknesses. Pushed authorization requests and request objects (RFC 9126, RFC 9101).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
