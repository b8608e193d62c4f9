//! Demonstrating proof of possession (RFC 9449). Spoiled proofs are rows of one table.

mod binding;
mod code_key;
mod required;
mod spoiled;
mod table;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &binding::DPOP_BEARER_DOWNGRADE,
    &binding::DPOP_KEY_MISMATCH,
    &binding::DPOP_SILENT_BEARER,
    &code_key::DPOP_CODE_BINDING,
    &required::DPOP_REQUIRED_NOT_ENFORCED,
    &table::DPOP_ALG,
    &table::DPOP_ATH,
    &table::DPOP_HTM_HTU,
    &table::DPOP_IAT,
    &table::DPOP_JTI_REPLAY,
    &table::DPOP_MULTIPLE,
    &table::DPOP_PRIVATE_JWK,
    &table::DPOP_SIGNATURE,
    &table::DPOP_TYP,
];
