//! The metadata documents (RFC 8414 §3, OpenID Connect Discovery §4), and JSON 404 for every other
//! well-known path: a page of HTML there sends real clients astray.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::CACHE_CONTROL;

use crate::server::authorization::AuthorizationServer;
use crate::server::reply::{json, set};

/// The documents of an issuer with this path: inserted for both kinds, appended for `OpenID`.
pub(in crate::server) fn routes(base: &str) -> Router<AuthorizationServer> {
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{base}"),
        format!("/.well-known/openid-configuration{base}"),
    ];
    if !base.is_empty() {
        paths.push(format!("{base}/.well-known/openid-configuration"));
    }
    paths.iter().fold(Router::new(), |router, path| router.route(path, get(document)))
}

async fn document(State(server): State<AuthorizationServer>) -> Response {
    let mut response = json(StatusCode::OK, &server.issuer().metadata());
    set(&mut response, CACHE_CONTROL, "public, max-age=60");
    response.headers_mut().remove(http::header::PRAGMA);
    response
}
