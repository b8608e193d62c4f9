//! The pages of the listener. They are static: nothing of a request is in them, and they can load
//! nothing. One has a script, admitted by its hash (CSP Level 3 §8.3): a fragment never reaches a
//! server unless the page sends it there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use sha2::{Digest as _, Sha256};

const DONE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Done</title>\
<h1>Done</h1><p>The answer has arrived. You may close this window.</p></html>";
const NOTHING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Nothing here</title><h1>Nothing here</h1></html>";
const RELAY: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>One moment</title>\
<h1>One moment</h1><p>The answer stands in the fragment of the address, and a script passes it on.</p>\
<form method=\"post\"><input type=\"hidden\" name=\"fragment\"></form>";

/// Posts the fragment to its own address, and takes it out of the history first.
const SCRIPT: &str = "const fragment=location.hash.slice(1);\
if(fragment){const form=document.forms[0];form.elements.fragment.value=fragment;\
history.replaceState(null,\"\",location.pathname);form.submit()}";

const STATIC: &str = "default-src 'none'; frame-ancestors 'none'; form-action 'none'";

/// The answer has arrived.
pub(super) fn done() -> Response<Full<Bytes>> {
    page(StatusCode::OK, DONE.to_owned(), STATIC)
}

/// Nothing that we wait for.
pub(super) fn nothing() -> Response<Full<Bytes>> {
    page(StatusCode::NOT_FOUND, NOTHING.to_owned(), STATIC)
}

/// Asks the browser for the fragment of its address.
pub(super) fn relay() -> Response<Full<Bytes>> {
    let html = format!("{RELAY}<script>{SCRIPT}</script></html>");
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    page(StatusCode::OK, html, &policy)
}

fn page(status: StatusCode, html: String, policy: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
