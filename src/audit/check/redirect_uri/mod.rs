//! Redirect URIs (RFC 9700 §2.1, §4.1). Variants of the registered URI are rows of one table; each
//! is asked for, and where the browser is sent is read as a browser reads it.

mod form_post;
mod loopback;
mod odd;
mod registered;
mod request;
mod token;
mod variants;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &form_post::REDIRECT_FORM_POST_XSS,
    &loopback::REDIRECT_LOOPBACK_LOOKALIKE,
    &loopback::REDIRECT_LOOPBACK_PORT_REFUSED,
    &odd::REDIRECT_FRAGMENT,
    &odd::REDIRECT_NORMALISED,
    &odd::REDIRECT_PARSER_DIFFERENTIAL,
    &odd::REDIRECT_QUERY_APPEND,
    &odd::REDIRECT_SCHEME_DOWNGRADE,
    &odd::REDIRECT_SCRIPT_SCHEME,
    &odd::REDIRECT_USERINFO,
    &registered::REDIRECT_EMITTED_DIFFERS,
    &registered::REDIRECT_EMPTY_LIST,
    &registered::REDIRECT_HTTP,
    &registered::REDIRECT_OTHER_CLIENT,
    &registered::REDIRECT_PRIVATE_SCHEME,
    &registered::REDIRECT_WILDCARD,
    &request::REDIRECT_CRLF,
    &request::REDIRECT_DUPLICATE,
    &request::REDIRECT_ERROR_OPEN,
    &request::REDIRECT_OMITTED,
    &token::REDIRECT_TOKEN_MISMATCH,
    &variants::REDIRECT_FOREIGN_HOST,
    &variants::REDIRECT_PATH_APPEND,
    &variants::REDIRECT_PATH_TRAVERSAL,
    &variants::REDIRECT_PORT,
    &variants::REDIRECT_SUBDOMAIN,
    &variants::REDIRECT_SUFFIX_HOST,
];
