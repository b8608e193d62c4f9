//! Weaknesses. The device authorization grant (RFC 8628).

use super::Weakness;

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[];
