//! Redirect URIs (RFC 9700 §2.1, §4.1). Variants of the registered URI are rows of one table; each
//! is asked for, and where the browser is sent is read as a browser reads it.

mod token;
mod variants;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &token::REDIRECT_TOKEN_MISMATCH,
    &variants::REDIRECT_FOREIGN_HOST,
    &variants::REDIRECT_PATH_APPEND,
    &variants::REDIRECT_PATH_TRAVERSAL,
    &variants::REDIRECT_PORT,
    &variants::REDIRECT_SUBDOMAIN,
    &variants::REDIRECT_SUFFIX_HOST,
];
