//! The token endpoint (RFC 6749 §3.2, §5), and what it issues.

mod expiry;
mod lifetime;
mod namespace;
mod password;
mod repeated;
mod resource;
mod url;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &expiry::ACCESS_TOKEN_NO_EXPIRY,
    &lifetime::ACCESS_TOKEN_LIFETIME,
    &namespace::CLIENT_USER_NAMESPACE,
    &password::ROPC_ENABLED,
    &repeated::TOKEN_DUPLICATE_PARAMS,
    &resource::RESOURCE_IGNORED,
    &url::TOKEN_GET,
    &url::TOKEN_QUERY,
];
