//! The inspector: a small JSON API over the record, on its own loopback listener. It shows what
//! nobody else may see, so it answers only to this machine's names, and only with its token.
//!
//! `GET /api/traces`, `/api/traces/{id}` · `GET /api/flows`, `/api/flows/{id}` · `POST /api/steps` ·
//! `GET /api/rules`, `/api/rules/{id}` · `GET /api/keys`, `POST /api/keys/rotate` · `GET /api/lab` ·
//! `GET /api/logouts` · `GET /metrics`, for which a token of its own may be named ·
//! `GET /health`, `/health/live`, `/health/ready`, the only ones without token.

mod answer;
mod guard;
mod keys;
mod lab;
mod read;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::json;

pub use keys::{KeyState, KeyView, KeysView, RotationWish};
pub use lab::{ApiView, LabView};

use self::answer::{document, refusal};
use super::authorization::AuthorizationServer;
use super::health::{LIVE, READY, Readiness, is_live, is_ready};
use super::reply::{asked_path, raw, set};
use crate::clock::Clock;
use crate::metrics::{self, Metrics};
use crate::protocol::Secret;
use crate::rule::{self, Fact};
use crate::trace::{Redactor, Ring};

/// What the inspector answers from.
#[derive(Clone, Debug)]
pub struct InspectorState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Arc<Ring>,
    redactor: Redactor,
    clock: Clock,
    lab: Inspected,
    access: Access,
}

/// The lab that is looked into.
#[derive(Debug)]
pub struct Inspected {
    /// What it is.
    pub view: LabView,
    /// What is counted of it.
    pub metrics: Arc<Metrics>,
    /// Whether it can do its work.
    pub readiness: Arc<dyn Readiness>,
    /// Its issuer, whose keys can be listed and rotated; `None` where only APIs are served.
    pub authorization: Option<AuthorizationServer>,
}

/// Who may look in.
#[derive(Debug)]
pub struct Access {
    /// The bearer token of the live record.
    pub token: Secret,
    /// A token that opens the metrics and nothing else.
    pub metrics: Option<Secret>,
    /// The port that the inspector listens on: it belongs to the names that it answers to.
    pub port: u16,
}

impl InspectorState {
    /// Over a ring, shown through a redactor.
    pub fn new(
        ring: Arc<Ring>,
        redactor: Redactor,
        clock: Clock,
        lab: Inspected,
        access: Access,
    ) -> Self {
        Self(Arc::new(Inner { ring, redactor, clock, lab, access }))
    }
}

/// The paths that are written to.
const WRITING: [&str; 2] = ["/api/steps", "/api/keys/rotate"];

/// All routes, guarded.
pub fn router(state: InspectorState) -> Router {
    let api = Router::new()
        .route("/traces", get(read::traces))
        .route("/traces/{id}", get(read::trace))
        .route("/flows", get(read::flows))
        .route("/flows/{id}", get(read::flow))
        .route("/steps", post(write::steps))
        .route("/rules", get(read::rules))
        .route("/rules/{id}", get(read::rule))
        .route("/keys", get(keys::list))
        .route("/keys/rotate", post(keys::rotate))
        .route("/lab", get(read::lab))
        .route("/logouts", get(read::logouts));
    Router::new()
        .nest("/api", api)
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route(LIVE, get(|| async { is_live() }))
        .route(READY, get(ready))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state.clone())
        .layer(middleware::from_fn_with_state(state, guard::guard))
}

async fn health() -> Response {
    document(&json!({ "schema": "oauthlab.health/v1", "status": "ok" }))
}

async fn ready(State(state): State<InspectorState>) -> Response {
    is_ready(&*state.0.lab.readiness).await
}

async fn metrics(State(state): State<InspectorState>) -> Response {
    raw(StatusCode::OK, metrics::MEDIA_TYPE, state.0.lab.metrics.text().await.into_bytes())
}

async fn not_found(request: Request) -> Response {
    let got = asked_path(request.uri().path());
    refusal(&rule::REQUEST_ENDPOINT, (Fact::fixed("a path of the inspector"), got))
}

async fn wrong_method(State(_): State<InspectorState>, request: Request) -> Response {
    let allowed = if WRITING.contains(&request.uri().path()) { "POST" } else { "GET, HEAD" };
    let got = Fact::public(request.method());
    let mut response = refusal(&rule::REQUEST_METHOD, (Fact::fixed(allowed), got));
    set(&mut response, http::header::ALLOW, allowed);
    response
}

#[cfg(test)]
mod tests;
