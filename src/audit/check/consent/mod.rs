//! Login and consent (RFC 6749 §10.12).

mod csrf;
mod default_credentials;

pub(super) use csrf::CONSENT_CSRF;
pub(super) use default_credentials::DEFAULT_CREDENTIALS;
