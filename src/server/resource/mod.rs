//! The resource server's routes: from a path to an API, and what surrounds all of them.
//!
//! Paths come from the configuration, so that they are looked up here and not registered: two APIs
//! on one path, or an API at the root, must not bring a lab down.

mod answer;
mod bearer;
mod cors;
mod echo;
mod mcp;
mod metadata;
mod notes;
mod place;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::header::ALLOW;
use http::{Method, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;

use super::headers;
use super::mangle::mangle;
use super::reply::{asked_path, empty, json, method_not_allowed, refuse_request, set, with_nonce};
use crate::resource::ResourceServer;
use crate::rule::{REQUEST_ENDPOINT, SERVER_CONDITION};
use crate::trace::Endpoint;
use place::Place;

/// All routes.
pub fn router(server: Arc<ResourceServer>) -> Router {
    let (mangled, panicked, crossed) = (server.clone(), server.clone(), server.clone());
    let url = server.apis().first().map(|api| api.identifier().to_owned()).unwrap_or_default();
    let routes = Router::new().fallback(dispatch).with_state(server);
    headers::around(routes, &url)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let server = mangled.clone();
            async move { mangle(server.deviations(), request, next).await }
        }))
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| {
            let facts = ("no fault of the lab".into(), "a task that ended".into());
            refuse_request(panicked.issuer(), &SERVER_CONDITION, facts)
        }))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let server = crossed.clone();
            async move { cors::around(&server, request, next).await }
        }))
}

async fn dispatch(State(server): State<Arc<ResourceServer>>, request: Request) -> Response {
    let nonce = bearer::nonce_due(&server, &request);
    let endpoint = Endpoint(Place::of(&server, request.uri().path()).name());
    let mut response = with_nonce(answer(&server, request).await, nonce);
    response.extensions_mut().insert(endpoint);
    response
}

async fn answer(server: &ResourceServer, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let place = Place::of(server, &path);
    let (method, allow) = (request.method().clone(), place.allow());
    if let Place::Nowhere = place {
        let facts = ("the path of an API or of its metadata".into(), asked_path(&path));
        return refuse_request(server.issuer(), &REQUEST_ENDPOINT, facts);
    }
    if method == Method::OPTIONS {
        return options(allow);
    }
    if !allow.split(", ").any(|one| one == method.as_str()) {
        return method_not_allowed(server.issuer(), allow, method.as_str());
    }
    match place {
        Place::Health => json(StatusCode::OK, &serde_json::json!({ "status": "ok" })),
        Place::Metadata(api) => metadata::get(server, api),
        Place::Notes(api) if method == Method::POST => notes::write(server, api, request).await,
        Place::Notes(api) => notes::list(server, api, request).await,
        Place::Note(api, id) if method == Method::DELETE => {
            notes::delete(server, api, id, request).await
        }
        Place::Note(api, id) => notes::read(server, api, id, request).await,
        Place::Mcp(api) => mcp::post(server, api, request).await,
        Place::Echo(api) => echo::get(server, api, request).await,
        Place::Nowhere => empty(StatusCode::NOT_FOUND),
    }
}

/// What there is to do here; never needs a token.
fn options(allow: &str) -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    set(&mut response, ALLOW, allow);
    response
}
