//! Weaknesses. The token endpoint (RFC 6749 §3.2, §5).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
