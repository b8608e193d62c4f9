//! Weaknesses. What the server fetches because a client says so (RFC 7591 §5, RFC 9101 §10.4).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
