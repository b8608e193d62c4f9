//! The mangling seam: an outgoing response is handed to the deviations, if any of them wants it.

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{Extensions, StatusCode};
use http_body_util::BodyExt as _;

use super::listener::{BodyError, MAX_BODY, read_body};
use crate::deviation::{Asked, Deviations, Outgoing};
use crate::protocol::Secret;
use crate::rule::Verdict;
use crate::trace::Decisions;

/// Runs the handler, then lets the deviations change its response.
pub(super) async fn mangle(deviations: &Deviations, request: Request, next: Next) -> Response {
    if !deviations.mangles() {
        return next.run(request).await;
    }
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let endpoint = matched.unwrap_or_else(|| request.uri().path().to_owned());
    let (request, asked) = asked(request).await;
    let (mut parts, body) = next.run(request).await.into_parts();
    let Ok(collected) = body.collect().await else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    };
    let mut body = collected.to_bytes().to_vec();
    let broken = broken(&parts.extensions);
    deviations.mangle(&mut Outgoing {
        asked: &asked,
        broken,
        endpoint: &endpoint,
        status: &mut parts.status,
        headers: &mut parts.headers,
        body: &mut body,
    });
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// The id of the first rule that the request broke.
fn broken(extensions: &Extensions) -> Option<&'static str> {
    let Decisions(records) = extensions.get::<Decisions>()?;
    let mut rulings = records.iter().flat_map(|record| &record.rulings);
    rulings.find(|ruling| ruling.verdict == Verdict::Broken).map(|ruling| ruling.rule.id)
}

/// Keeps what a weakness may look at. A body that is too large stays so for the handler, which says
/// what is to be said; one that broke off is empty.
async fn asked(request: Request) -> (Request, Asked) {
    let (parts, body) = request.into_parts();
    let bytes = match read_body(body).await {
        Ok(bytes) => bytes,
        Err(BodyError::TooLarge) => Bytes::from(vec![0; MAX_BODY + 1]),
        Err(BodyError::TooSlow | BodyError::Broken) => Bytes::new(),
    };
    let asked = Asked {
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body: Secret::new(String::from_utf8_lossy(&bytes)),
    };
    (Request::from_parts(parts, Body::from(bytes)), asked)
}
