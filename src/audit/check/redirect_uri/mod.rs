//! Redirect URIs (RFC 9700 §2.1, §4.1). Variants of the registered URI are rows of one table; each
//! is asked for, and where the browser is sent is read as a browser reads it.

mod token;
mod variants;

pub(super) use token::REDIRECT_TOKEN_MISMATCH;
pub(super) use variants::{
    REDIRECT_FOREIGN_HOST, REDIRECT_PATH_APPEND, REDIRECT_PATH_TRAVERSAL, REDIRECT_PORT,
    REDIRECT_SUBDOMAIN, REDIRECT_SUFFIX_HOST,
};
