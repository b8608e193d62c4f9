//! The shape of `tokens`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::field::Field;
use super::super::words::{AccessFormat, ProofNonce, SigningAlgorithm, TokenRotation};

/// Formats and lifetimes of what is issued.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens", default, deny_unknown_fields)]
#[schemars(rename = "Tokens")]
pub(crate) struct Tokens {
    /// Access tokens.
    pub(crate) access: Field<AccessToken>,
    /// ID tokens.
    pub(crate) id_token: Field<IdToken>,
    /// Refresh tokens.
    pub(crate) refresh: Field<RefreshToken>,
    /// Authorization codes.
    pub(crate) code: Field<Code>,
    /// Device codes (RFC 8628).
    pub(crate) device: Field<Device>,
    /// Proofs of possession.
    pub(crate) dpop: Field<Dpop>,
}

/// Access tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.access", default, deny_unknown_fields)]
#[schemars(rename = "AccessToken")]
pub(crate) struct AccessToken {
    /// `jwt` (RFC 9068), or `opaque`.
    pub(crate) format: Field<AccessFormat>,
    /// What signs them.
    pub(crate) alg: Field<SigningAlgorithm>,
    /// Lifetime, such as `10m`.
    pub(crate) ttl: Field<String>,
    /// Claims to add; texts may name `{user.CLAIM}`, `{user.name}`, `{user.subject}`, `{client.id}`.
    pub(crate) claims: Field<Map<String, Value>>,
}

/// ID tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.id_token", default, deny_unknown_fields)]
#[schemars(rename = "IdToken")]
pub(crate) struct IdToken {
    /// What signs them for clients in this file that name no algorithm.
    pub(crate) alg: Field<SigningAlgorithm>,
    /// Claims to add, as for access tokens.
    pub(crate) claims: Field<Map<String, Value>>,
}

/// Refresh tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.refresh", default, deny_unknown_fields)]
#[schemars(rename = "RefreshToken")]
pub(crate) struct RefreshToken {
    /// What happens when one is used.
    pub(crate) rotation: Field<TokenRotation>,
    /// Under `rotation: grace`, how long a used one still works.
    pub(crate) grace: Field<String>,
    /// One dies when unused for this long.
    pub(crate) idle: Field<String>,
    /// The whole family dies this long after the grant.
    pub(crate) ttl: Field<String>,
}

/// Authorization codes.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.code", default, deny_unknown_fields)]
#[schemars(rename = "Code")]
pub(crate) struct Code {
    /// Lifetime, at most `10m` (RFC 6749 section 4.1.2).
    pub(crate) ttl: Field<String>,
}

/// Device codes, and the user codes beside them.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.device", default, deny_unknown_fields)]
#[schemars(rename = "Device")]
pub(crate) struct Device {
    /// Lifetime of both codes.
    pub(crate) ttl: Field<String>,
    /// How long a device waits between two polls, in whole seconds.
    pub(crate) interval: Field<String>,
}

/// Proofs of possession (RFC 9449).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.dpop", default, deny_unknown_fields)]
#[schemars(rename = "Dpop")]
pub(crate) struct Dpop {
    /// Whether a proof needs a nonce of the server: `off`, or `required`.
    pub(crate) nonce: Field<ProofNonce>,
}
