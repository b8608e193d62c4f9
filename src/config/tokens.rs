//! What is issued: formats, lifetimes, rotation.

use std::time::Duration;

use super::CustomClaims;
use crate::protocol::Algorithm;

/// `tokens`.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Format of access tokens.
    pub access_format: AccessTokenFormat,
    /// Algorithm of JWT access tokens.
    pub access_alg: Algorithm,
    /// Lifetime of access tokens.
    pub access_ttl: Duration,
    /// Claims that the lab adds to access tokens.
    pub access_claims: CustomClaims,
    /// Claims that the lab adds to ID tokens.
    pub id_token_claims: CustomClaims,
    /// Algorithm of ID tokens for preregistered clients that name none.
    pub id_token_alg: Algorithm,
    /// What happens when a refresh token is used.
    pub rotation: Rotation,
    /// A refresh token dies when unused for this long.
    pub refresh_idle: Duration,
    /// A family dies this long after the grant.
    pub refresh_ttl: Duration,
    /// Lifetime of authorization codes.
    pub code_ttl: Duration,
    /// Lifetime of device codes and their user codes.
    pub device_ttl: Duration,
    /// How long a device waits between two polls, in whole seconds.
    pub device_interval: Duration,
    /// Whether `DPoP` proofs need a nonce of the server.
    pub dpop_nonce: DpopNonce,
}

/// `tokens.dpop.nonce` (RFC 9449 §8, §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DpopNonce {
    /// Proofs need none.
    Off,
    /// The issuer and the APIs want one in every proof.
    Required,
}

/// `tokens.access.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenFormat {
    /// RFC 9068.
    Jwt,
    /// A random string.
    Opaque,
}

/// `tokens.refresh.rotation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new one each time; the old one, presented again, revokes the family.
    Strict,
    /// As strict, but whoever sends the old one again this long after its first use gets the same
    /// new one.
    Grace(Duration),
    /// The same one stays.
    Off,
}
