//! The public keys (RFC 7517 §5).

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::CACHE_CONTROL;

use crate::issuer::JWKS_MAX_AGE;
use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{json, set};

/// GET; waits for a key that is still being made.
pub(in crate::server) async fn get(State(server): State<AuthorizationServer>) -> Response {
    match server.issuer().keys().jwks().await {
        Err(fault) => server.fault(&fault),
        Ok(keys) => {
            let mut response = json(StatusCode::OK, &keys);
            let age = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
            set(&mut response, CACHE_CONTROL, &age);
            response.headers_mut().remove(http::header::PRAGMA);
            response
        }
    }
}
