//! `tokens`, `limits`, `sessions`: formats, lifetimes, rates.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::config::fault::Faults;
use crate::config::file::{Field, Limits, Par, Sessions, TokenRotation, Tokens as TokensShape};
use crate::config::{
    AccessTokenFormat, CustomClaims, DpopNonce, ParConfig, Profile, Rate, RateLimits, Rotation,
    SessionConfig, Tokens,
};
use crate::protocol::Algorithm;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) fn tokens(shape: &TokensShape, profile: Profile, faults: &Faults) -> Tokens {
    let access = shape.access.or_default();
    let refresh = shape.refresh.or_default();
    let device = shape.device.or_default();
    let refresh_ttl = faults.duration(&refresh.ttl, 8 * HOUR, SECOND..=YEAR);
    let refresh_idle =
        faults.duration(&refresh.idle, (30 * MINUTE).min(refresh_ttl), SECOND..=YEAR);
    if refresh_idle > refresh_ttl {
        let message = "a refresh token cannot be idle for longer than its family lives";
        faults.add(refresh.idle.span.or(refresh.ttl.span), message);
    }
    Tokens {
        access_format: access.format.value.map_or(AccessTokenFormat::Jwt, Into::into),
        access_alg: access.alg.value.map_or(Algorithm::Es256, Into::into),
        access_claims: custom(&access.claims, faults),
        id_token_claims: custom(&shape.id_token.or_default().claims, faults),
        access_ttl: faults.duration(&access.ttl, 10 * MINUTE, SECOND..=DAY),
        id_token_alg: shape.id_token.or_default().alg.value.map_or(Algorithm::Es256, Into::into),
        rotation: rotation(shape, profile, faults),
        refresh_idle,
        refresh_ttl,
        device_ttl: faults.duration(&device.ttl, 10 * MINUTE, 10 * SECOND..=HOUR),
        device_interval: faults.duration(&device.interval, 5 * SECOND, SECOND..=MINUTE),
        dpop_nonce: shape.dpop.or_default().nonce.value.map_or(DpopNonce::Off, Into::into),
        code_ttl: faults.duration(&shape.code.or_default().ttl, MINUTE, SECOND..=10 * MINUTE),
    }
}

/// Claims that the file adds to tokens.
pub(super) fn custom(field: &Field<Map<String, Value>>, faults: &Faults) -> CustomClaims {
    let claims = CustomClaims::new(field.value.clone().unwrap_or_default());
    claims.unwrap_or_else(|error| {
        faults.add(field.span, error.to_string());
        CustomClaims::default()
    })
}

fn rotation(shape: &TokensShape, profile: Profile, faults: &Faults) -> Rotation {
    let refresh = shape.refresh.or_default();
    let grace = faults.duration(&refresh.grace, Duration::ZERO, Duration::ZERO..=10 * MINUTE);
    let mode = refresh.rotation.value;
    let is_grace = matches!(mode, Some(TokenRotation::Grace));
    if is_grace && grace.is_zero() {
        let help = "write how long a used token still works, such as `grace: 10s`";
        let place = refresh.grace.span.or(refresh.rotation.span);
        faults.add_with_help(place, "`rotation: grace` needs a `grace` time", help);
    } else if !is_grace && !grace.is_zero() {
        let help = "write `rotation: grace` beside it, or `grace: 0s`";
        faults.add_with_help(refresh.grace.span, "only `rotation: grace` has a `grace` time", help);
    }
    match mode {
        None => profile.rotation(),
        Some(TokenRotation::Strict) => Rotation::Strict,
        Some(TokenRotation::Grace) => Rotation::Grace(grace),
        Some(TokenRotation::Off) => Rotation::Off,
    }
}

pub(super) fn limits(shape: &Limits, faults: &Faults) -> RateLimits {
    let rate = |events, per| Rate { events, per };
    RateLimits {
        address: faults.rate(&shape.address, rate(6000, MINUTE), "address"),
        loopback: shape.address.is_given(),
        login_failures: faults.rate(&shape.login_failures, rate(5, MINUTE), "account"),
        token: faults.rate(&shape.token, rate(600, MINUTE), "client"),
        registration: faults.rate(&shape.registration, rate(200, HOUR), ""),
    }
}

pub(super) fn par(shape: &Par, faults: &Faults) -> ParConfig {
    // FAPI 2.0 Security Profile §5.3.2.2 wants less than 600 seconds; nobody needs more.
    ParConfig {
        required: shape.required.value.unwrap_or(false),
        ttl: faults.duration(&shape.ttl, MINUTE, SECOND..=599 * SECOND),
    }
}

pub(super) fn sessions(shape: &Sessions, faults: &Faults) -> SessionConfig {
    let absolute = faults.duration(&shape.absolute, 8 * HOUR, SECOND..=30 * DAY);
    let idle = faults.duration(&shape.idle, (15 * MINUTE).min(absolute), SECOND..=30 * DAY);
    if idle > absolute {
        let message = "a session cannot be idle for longer than it lives";
        faults.add(shape.idle.span.or(shape.absolute.span), message);
    }
    SessionConfig { idle, absolute }
}

/// What logins count as unless the file says otherwise.
const ACR_VALUES: [&str; 2] = ["urn:oauthlab:acr:password", "urn:oauthlab:acr:fresh"];

pub(super) fn acr_values(shape: &Sessions, faults: &Faults) -> Vec<String> {
    if !shape.acr_values.is_given() {
        return ACR_VALUES.map(str::to_owned).to_vec();
    }
    let values = faults.each(&shape.acr_values, |text| {
        let visible = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        let fits = visible && (1..=128).contains(&text.len());
        fits.then(|| text.to_owned()).ok_or("an acr is 1 to 128 visible ASCII characters")
    });
    if values.len() > 16 {
        faults.add(shape.acr_values.span, "at most 16 acr values");
    }
    values
}
