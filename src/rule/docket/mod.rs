//! Dockets: the rules of each decision point, in the fixed order that the wire follows. The first
//! broken rule of this order is the one that a refusal names.

mod authorization;
mod device;
mod issued;
mod registration;
mod session;
mod token;

pub use authorization::*;
pub use device::*;
pub use issued::*;
pub use registration::*;
pub use session::*;
pub use token::*;

use super::Rule;

/// A decision point and its rules in their published order.
#[derive(Debug, PartialEq, Eq)]
pub struct Docket {
    /// Stable id: `token.authorization_code`.
    pub id: &'static str,
    /// What is decided, in words.
    pub title: &'static str,
    /// Its rules in order.
    pub rules: &'static [&'static Rule],
}

/// A docket: stages that others share, then its own rules.
macro_rules! docket {
    ($name:ident, $id:literal, $title:literal, $($stage:ident,)* [$($rule:ident),* $(,)?]) => {
        #[doc = $title]
        pub static $name: Docket = Docket {
            id: $id,
            title: $title,
            rules: {
                const STAGES: &[&[&Rule]] = &[$($stage,)* &[$(&$rule),*]];
                static ALL: [&Rule; $crate::rule::docket::length(STAGES)] =
                    $crate::rule::docket::joined(STAGES);
                &ALL
            },
        };
    };
}
use docket;

/// How many rules some stages have together.
const fn length(stages: &[&[&Rule]]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < stages.len() {
        total += stages[i].len();
        i += 1;
    }
    total
}

/// The rules of some stages, one after the other.
const fn joined<const N: usize>(stages: &[&[&'static Rule]]) -> [&'static Rule; N] {
    let mut all = [stages[0][0]; N];
    let (mut at, mut i) = (0, 0);
    while i < stages.len() {
        let mut j = 0;
        while j < stages[i].len() {
            all[at] = stages[i][j];
            at += 1;
            j += 1;
        }
        i += 1;
    }
    all
}

/// Every docket, sorted by id.
pub static DOCKETS: &[&Docket] = &[
    &ACCOUNT,
    &ACCOUNT_LOGIN,
    &ACCOUNT_REVOKE,
    &AUTHORIZE,
    &CLIENT,
    &CONSENT,
    &DEVICE,
    &DEVICE_ANSWER,
    &DEVICE_USER_CODE,
    &INSPECT,
    &INTROSPECT,
    &LOGIN,
    &LOGOUT,
    &PAR,
    &REGISTER,
    &MANAGE_CLIENT,
    &REQUEST,
    &RESOURCE,
    &MCP,
    &NOTE,
    &REVOKE,
    &REVOKE_TOKEN,
    &TOKEN_ANY,
    &TOKEN_CODE,
    &TOKEN_CLIENT_CREDENTIALS,
    &TOKEN_DEVICE,
    &TOKEN_EXCHANGE,
    &TOKEN_JWT_BEARER,
    &TOKEN_PASSWORD,
    &TOKEN_REFRESH,
    &TOKEN_STATUS,
    &USERINFO,
];
