//! The revocation endpoint (RFC 7009 §2). Unknown and foreign tokens answer 200 too (§2.2).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::presented_client;
use crate::protocol::TokenQuery;
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{client_refusal, empty, no_store, with_decisions};

/// POST.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let client = presented_client(&read.headers, &read.form, read.sender);
    let revocation = match server.issuer().revoke(&TokenQuery::read(&read.form), &client).await {
        Ok(revocation) => revocation,
        Err(fault) => return server.fault(&fault),
    };
    let mut records = vec![revocation.caller.record];
    records.extend(revocation.token.map(|token| token.record));
    match revocation.caller.outcome {
        Ok(()) => with_decisions(no_store(empty(StatusCode::OK)), records),
        Err(refused) => client_refusal(server.url(), &read.headers, refused, records),
    }
}
