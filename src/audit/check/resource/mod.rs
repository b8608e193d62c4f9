//! Protected APIs (RFC 6750, RFC 8725, RFC 9068 §4). Forged tokens are rows of one table.

mod audience;
mod client_as_user;
mod forged;
mod notes;
mod object_owner;
mod origin;
mod other_token;
mod query_token;
mod scope;

use super::Check;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &audience::RS_AUDIENCE,
    &client_as_user::RS_CLIENT_AS_USER,
    &forged::RS_ALG_CONFUSION,
    &forged::RS_ALG_NONE,
    &forged::RS_HEADER_KEY,
    &forged::RS_SIGNATURE,
    &object_owner::RS_OBJECT_OWNER,
    &origin::MCP_ORIGIN,
    &other_token::RS_ID_TOKEN,
    &other_token::RS_OTHER_TOKEN,
    &query_token::RS_QUERY_TOKEN,
    &scope::RS_SCOPE,
];
