//! The device authorization endpoint (RFC 8628 §3.1).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::presented_client;
use crate::protocol::ScopeRequest;
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{client_refusal, json, with_decisions};

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
    let asked = ScopeRequest {
        scope: read.form.get("scope").map(str::to_owned),
        resources: read.form.all("resource").map(str::to_owned).collect(),
        authorization_details: None,
    };
    let decision = match server.issuer().authorize_device(&asked, &client).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    match decision.outcome {
        Ok(codes) => with_decisions(json(StatusCode::OK, &codes), vec![decision.record]),
        Err(refused) => client_refusal(server.url(), &read.headers, refused, vec![decision.record]),
    }
}
