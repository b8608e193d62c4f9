//! The introspection endpoint (RFC 7662 §2). A token that is not active shows nothing else.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};

use super::presented_client;
use crate::deviation::Leniency;
use crate::issuer::INTROSPECTION_JWT;
use crate::protocol::{IntrospectionResponse, Secret, TokenQuery};
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{
    client_refusal, json, method_not_allowed, no_store, raw, with_decisions,
};
use crate::server::request::{FormRequest, from, sender};

/// POST.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    answer(&server, read).await
}

/// GET is refused, unless it is read leniently on purpose.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    if !server.issuer().deviations().reads(Leniency::IntrospectionByGet) {
        return method_not_allowed(server.url(), "POST", request.method().as_str());
    }
    match server.reader().query(request.uri()) {
        Ok(form) => {
            let (parts, _) = request.into_parts();
            let sender = sender(&parts, server.url().path());
            let from = from(&parts.extensions);
            answer(&server, FormRequest { headers: parts.headers, form, sender, from }).await
        }
        Err(refused) => refused,
    }
}

async fn answer(server: &AuthorizationServer, read: FormRequest) -> Response {
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
    match (introspection.client, wants_jwt(&read.headers)) {
        (Some(client), true) => {
            match server.issuer().sign_introspection(&client, &response).await {
                Ok(signed) => with_decisions(jwt(&signed), records),
                Err(fault) => server.fault(&fault),
            }
        }
        // Nobody to address a signed answer to (RFC 9701 §4 wants an authenticated caller).
        (None, _) | (_, false) => with_decisions(json(StatusCode::OK, &response), records),
    }
}

/// Whether the caller asks for a signed answer (RFC 9701 §4).
fn wants_jwt(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|one| {
        let media_type = one.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case(INTROSPECTION_JWT)
    })
}

fn jwt(signed: &Secret) -> Response {
    no_store(raw(StatusCode::OK, INTROSPECTION_JWT, signed.expose().as_bytes().to_vec()))
}
