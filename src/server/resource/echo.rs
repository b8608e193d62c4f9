//! Every further API: says who called, through which client and with what scope.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::bearer::{call, guard};
use crate::resource::{ProtectedApi, ResourceServer};
use crate::server::reply::{self, with_decisions};

/// GET.
pub(super) async fn get(server: &ResourceServer, api: &ProtectedApi, request: Request) -> Response {
    let passed = match guard(server, api, &api.using(), call(&request)).await {
        Ok(passed) => passed,
        Err(refused) => return refused,
    };
    let access = passed.access;
    let body = json!({
        "api": api.name(),
        "issuer": access.issuer,
        "subject": access.subject,
        "client_id": access.client_id,
        "scope": access.scope,
        "is_user": access.user().is_some(),
    });
    with_decisions(reply::json(StatusCode::OK, &body), vec![passed.record])
}
