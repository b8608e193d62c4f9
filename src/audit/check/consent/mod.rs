//! Login and consent (RFC 6749 §10.12).

mod csrf;
mod default_credentials;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] =
    &[&csrf::CONSENT_CSRF, &default_credentials::DEFAULT_CREDENTIALS];
