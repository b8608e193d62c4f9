//! Transport and headers (BCP 195, RFC 6749 §3, RFC 9700 §4).

mod headers;
mod pages;
mod policy;
mod redirects;
mod row;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &headers::HSTS_MISSING,
    &headers::JSON_AS_HTML,
    &headers::NOSNIFF_MISSING,
    &headers::NO_STORE_BACKCHANNEL,
    &headers::NO_STORE_FRONT_CHANNEL,
    &headers::SERVER_BANNER,
    &pages::CLICKJACKING_AUTHORIZE,
    &pages::CLICKJACKING_SECONDARY,
    &pages::COOP_MISSING,
    &pages::CSP_WEAK,
    &pages::REFERRER_POLICY,
    &pages::THIRD_PARTY_CONTENT,
    &redirects::REDIRECT_307,
    &redirects::REDIRECT_NOT_303,
];
