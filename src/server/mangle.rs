//! The mangling seam: an outgoing response is handed to the deviations, if any of them wants it.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;

use crate::deviation::{Deviations, Outgoing};

/// Runs the handler, then lets the deviations change its response.
pub(super) async fn mangle(deviations: &Deviations, request: Request, next: Next) -> Response {
    if !deviations.mangles() {
        return next.run(request).await;
    }
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let endpoint = matched.unwrap_or_else(|| request.uri().path().to_owned());
    let (mut parts, body) = next.run(request).await.into_parts();
    let Ok(collected) = body.collect().await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut body = collected.to_bytes().to_vec();
    deviations.mangle(&mut Outgoing {
        endpoint: &endpoint,
        status: &mut parts.status,
        headers: &mut parts.headers,
        body: &mut body,
    });
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}
