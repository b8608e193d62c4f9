//! The token endpoint (RFC 6749 §3.2, §5), and what it issues.

mod answer;
mod assertion_grant;
mod bound;
mod errors;
mod exchange;
mod expiry;
mod invalid_resource;
mod lifetime;
mod media;
mod namespace;
mod password;
mod repeated;
mod resource;
mod url;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &answer::CC_REFRESH_TOKEN,
    &answer::SCOPE_NOT_ECHOED,
    &answer::TOKEN_TYPE_MISSING,
    &assertion_grant::ASSERTION_GRANT_UNVERIFIED,
    &bound::SENDER_CONSTRAINT_ABSENT,
    &errors::ERROR_CHARSET,
    &errors::ERROR_ORACLE,
    &exchange::EXCHANGE_UNRESTRICTED,
    &invalid_resource::RESOURCE_INVALID_ACCEPTED,
    &media::TOKEN_CONTENT_TYPE,
    &expiry::ACCESS_TOKEN_NO_EXPIRY,
    &lifetime::ACCESS_TOKEN_LIFETIME,
    &namespace::CLIENT_USER_NAMESPACE,
    &password::ROPC_ENABLED,
    &repeated::TOKEN_DUPLICATE_PARAMS,
    &resource::RESOURCE_IGNORED,
    &url::TOKEN_GET,
    &url::TOKEN_QUERY,
];
