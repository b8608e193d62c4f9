//! Dynamic client registration (RFC 7591 §3) and management (RFC 7592 §2).

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::{Segment, bearer};
use crate::issuer::{ManageAction, ManageRequest, RegistrationRequest};
use crate::rule::{self, Refusal};
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{bearer_refusal, empty, json, no_store, refusal, with_decisions};
use crate::server::request::from;

/// Registers a client.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let from = from(request.extensions());
    let (headers, body) = match server.reader().json(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let request = RegistrationRequest { bearer: bearer(&headers), body: body.to_vec(), from };
    match server.issuer().register(&request).await {
        Err(fault) => server.fault(&fault),
        Ok(decision) => match decision.outcome {
            Ok(client) => with_decisions(json(StatusCode::CREATED, &client), vec![decision.record]),
            Err(refused) => render(&server, refused, decision.record),
        },
    }
}

/// Reads a registration.
pub(in crate::server) async fn read(
    State(server): State<AuthorizationServer>,
    Segment(client_id): Segment,
    request: Request,
) -> Response {
    let bearer = bearer(request.headers());
    manage(&server, ManageRequest { client_id, bearer, action: ManageAction::Read }).await
}

/// Replaces the metadata of a registration.
pub(in crate::server) async fn update(
    State(server): State<AuthorizationServer>,
    Segment(client_id): Segment,
    request: Request,
) -> Response {
    match server.reader().json(request).await {
        Err(refused) => refused,
        Ok((headers, body)) => {
            let action = ManageAction::Update(body.to_vec());
            manage(&server, ManageRequest { client_id, bearer: bearer(&headers), action }).await
        }
    }
}

/// Deletes a registration.
pub(in crate::server) async fn delete(
    State(server): State<AuthorizationServer>,
    Segment(client_id): Segment,
    request: Request,
) -> Response {
    let bearer = bearer(request.headers());
    manage(&server, ManageRequest { client_id, bearer, action: ManageAction::Delete }).await
}

async fn manage(server: &AuthorizationServer, request: ManageRequest) -> Response {
    match server.issuer().manage(&request).await {
        Err(fault) => server.fault(&fault),
        Ok(decision) => match decision.outcome {
            Ok(Some(client)) => {
                with_decisions(json(StatusCode::OK, &client), vec![decision.record])
            }
            Ok(None) => {
                with_decisions(no_store(empty(StatusCode::NO_CONTENT)), vec![decision.record])
            }
            Err(refused) => render(server, refused, decision.record),
        },
    }
}

/// A wrong token is a matter of RFC 6750, everything else of RFC 7591.
fn render(
    server: &AuthorizationServer,
    refused: Refusal,
    record: crate::rule::DecisionRecord,
) -> Response {
    let by_token = [&rule::REGISTRATION_TOKEN, &rule::MANAGE_TOKEN].contains(&refused.rule);
    if by_token {
        bearer_refusal(server.url(), refused, vec![record])
    } else {
        refusal(server.url(), refused, vec![record])
    }
}
