//! Protected resource metadata (RFC 9728 §3).

use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, PRAGMA};

use crate::resource::{ProtectedApi, ResourceServer};
use crate::server::reply::{json, set};

/// GET.
pub(super) fn get(server: &ResourceServer, api: &ProtectedApi) -> Response {
    let mut response = json(StatusCode::OK, &server.metadata(api));
    set(&mut response, CACHE_CONTROL, "public, max-age=60");
    response.headers_mut().remove(PRAGMA);
    response
}
