//! The token endpoint (RFC 6749 §3.2).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::presented_client;
use crate::deviation::Leniency;
use crate::protocol::TokenRequest;
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{client_refusal, json, method_not_allowed, with_decisions, with_nonce};
use crate::server::request::{FormRequest, from, sender};

/// POST, the only method that it has.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().body(request).await {
        Ok(read) => answer(&server, &read).await,
        Err(refused) => refused,
    }
}

/// GET is refused, unless it is read leniently on purpose.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    if !server.issuer().deviations().reads(Leniency::TokenByGet) {
        return method_not_allowed(server.url(), "POST", request.method().as_str());
    }
    match server.reader().query(request.uri()) {
        Ok(form) => {
            let (parts, _) = request.into_parts();
            let sender = sender(&parts, server.url().path());
            let from = from(&parts.extensions);
            answer(&server, &FormRequest { headers: parts.headers, form, sender, from }).await
        }
        Err(refused) => refused,
    }
}

async fn answer(server: &AuthorizationServer, read: &FormRequest) -> Response {
    let FormRequest { headers, form, sender, .. } = read;
    let client = presented_client(headers, form, sender.clone());
    let response = match server.issuer().exchange(&TokenRequest::read(form), &client).await {
        Err(fault) => server.fault(&fault),
        Ok(decision) => match decision.outcome {
            Ok(tokens) => with_decisions(json(StatusCode::OK, &tokens), vec![decision.record]),
            Err(refused) => client_refusal(server.url(), headers, refused, vec![decision.record]),
        },
    };
    with_nonce(response, server.issuer().dpop_nonce_due(sender))
}
