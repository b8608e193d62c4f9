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

pub(super) use audience::RS_AUDIENCE;
pub(super) use client_as_user::RS_CLIENT_AS_USER;
pub(super) use forged::{RS_ALG_CONFUSION, RS_ALG_NONE, RS_HEADER_KEY, RS_SIGNATURE};
pub(super) use object_owner::RS_OBJECT_OWNER;
pub(super) use origin::MCP_ORIGIN;
pub(super) use other_token::{RS_ID_TOKEN, RS_OTHER_TOKEN};
pub(super) use query_token::RS_QUERY_TOKEN;
pub(super) use scope::RS_SCOPE;
