//! Transport and headers (BCP 195, RFC 6749 §3, RFC 9700 §4).

mod handshake;
mod headers;
mod pages;
mod plain;
mod policy;
mod redirects;
mod row;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &handshake::TLS_CERTIFICATE,
    &handshake::TLS_OLD_VERSION,
    &handshake::TLS_WEAK_CIPHER,
    &headers::HSTS_MISSING,
    &headers::JSON_AS_HTML,
    &headers::NOSNIFF_MISSING,
    &headers::NO_STORE_BACKCHANNEL,
    &headers::NO_STORE_FRONT_CHANNEL,
    &headers::NO_STORE_TOKEN_ERROR,
    &headers::SERVER_BANNER,
    &pages::CLICKJACKING_AUTHORIZE,
    &pages::CLICKJACKING_SECONDARY,
    &pages::COOP_MISSING,
    &pages::CSP_WEAK,
    &pages::REFERRER_POLICY,
    &pages::THIRD_PARTY_CONTENT,
    &plain::TLS_PLAIN_HTTP,
    &plain::TLS_REDIRECT_ON_BACKCHANNEL,
    &redirects::REDIRECT_307,
    &redirects::REDIRECT_NOT_303,
];
