//! The pushed authorization request endpoint (RFC 9126 §2).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::presented_client;
use crate::protocol::AuthorizationRequest;
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{client_refusal, json, with_decisions, with_nonce};

/// POST, the only method that it has.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let client = presented_client(&read.headers, &read.form, read.sender.clone());
    let response =
        match server.issuer().push(&AuthorizationRequest::read(&read.form), &client).await {
            Err(fault) => server.fault(&fault),
            Ok(decision) => match decision.outcome {
                Ok(pushed) => {
                    with_decisions(json(StatusCode::CREATED, &pushed), vec![decision.record])
                }
                Err(refused) => {
                    client_refusal(server.url(), &read.headers, refused, vec![decision.record])
                }
            },
        };
    with_nonce(response, server.issuer().dpop_nonce_due(&read.sender))
}
