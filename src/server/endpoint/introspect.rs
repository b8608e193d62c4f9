//! The introspection endpoint (RFC 7662 §2). A token that is not active shows nothing else.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::presented_client;
use crate::protocol::{IntrospectionResponse, TokenQuery};
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
    let introspection = server.issuer().introspect(&TokenQuery::read(&read.form), &client).await;
    let introspection = match introspection {
        Ok(introspection) => introspection,
        Err(fault) => return server.fault(&fault),
    };
    let caller = introspection.caller;
    if let Err(refused) = caller.outcome {
        return client_refusal(server.url(), &read.headers, refused, vec![caller.record]);
    }
    let mut records = vec![caller.record];
    let response = match introspection.token {
        Some(token) => {
            records.push(token.record);
            token.outcome.unwrap_or_default()
        }
        None => IntrospectionResponse::default(),
    };
    with_decisions(json(StatusCode::OK, &response), records)
}
