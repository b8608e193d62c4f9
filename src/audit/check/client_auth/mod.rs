//! Client authentication at the token endpoint (RFC 6749 §2.3.1, §3.2.1).

mod missing;
mod secret;
mod secret_in_url;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &missing::CLIENT_AUTH_MISSING,
    &secret::CLIENT_SECRET_EMPTY,
    &secret::CLIENT_SECRET_WRONG,
    &secret_in_url::CLIENT_SECRET_IN_URL,
];
