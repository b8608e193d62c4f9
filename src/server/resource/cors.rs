//! CORS at the APIs (Fetch Standard, CORS protocol): tokens travel in a header that no page sends
//! by itself, so that any origin may call; `--strict` and the MCP endpoint admit known ones. The
//! headers stand on refusals too, since a browser client must read the challenge.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::{HeaderValue, Method};

use super::place::Place;
use crate::resource::{ApiKind, ResourceServer};
use crate::server::reply::set;

const ALLOWED: &str = "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, \
                       Last-Event-ID, Mcp-Method, Mcp-Name, DPoP";
const EXPOSED: &str = "WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, \
                       X-Oauthlab-Trace";

/// Adds what a browser wants to see, whatever the answer is.
pub(super) async fn around(server: &ResourceServer, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).and_then(|value| value.to_str().ok());
    let origin = origin.map(str::to_owned);
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let place = Place::of(server, request.uri().path());
    let (methods, by_origin) = (place.allow(), admits_known_ones_only(server, &place));
    let mut response = next.run(request).await;
    let Some(origin) = origin else { return vary(response, by_origin) };
    if by_origin && !server.origins().admits(&origin) {
        return vary(response, by_origin);
    }
    let admitted = if by_origin { origin.as_str() } else { "*" };
    set(&mut response, ACCESS_CONTROL_ALLOW_ORIGIN, admitted);
    set(&mut response, ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if asks_first {
        set(&mut response, ACCESS_CONTROL_ALLOW_METHODS, methods);
        set(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED);
        set(&mut response, ACCESS_CONTROL_MAX_AGE, "600");
    }
    vary(response, by_origin)
}

fn admits_known_ones_only(server: &ResourceServer, place: &Place<'_>) -> bool {
    let api = place.api();
    api.is_some_and(|api| server.origins().is_narrowed() || api.kind() == ApiKind::Mcp)
}

/// A cache must not give one origin the answer for another.
fn vary(mut response: Response, by_origin: bool) -> Response {
    if by_origin {
        response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}
