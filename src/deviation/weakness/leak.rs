//! Weaknesses. What answers give away (OWASP ASVS 5.0 13.4, 16.5; RFC 9700 §4.3). What they show is
//! made up, but for the request that is sent back to who sent it.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::Weakness;
use crate::deviation::{Outgoing, Seam};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] =
    &[&DEBUG_ENDPOINTS, &DIRECTORY_LISTING, &SECRET_ECHO, &STACK_TRACE, &TOKEN_IN_URL];

static DEBUG_ENDPOINTS: Weakness = Weakness {
    id: "debug-endpoints",
    title: "The server's variables can be read at /debug/vars",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint == "/debug/vars" {
            let body = br#"{"cmdline":["oauthlab","serve"],"memstats":{"Alloc":1048576}}"#;
            show(outgoing, "application/json", body);
        }
    })],
    dominates: &[],
};

static DIRECTORY_LISTING: Weakness = Weakness {
    id: "directory-listing",
    title: "The folder of static files lists them",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint == "/static/" {
            let body = b"<title>Index of /static/</title><a href=\"backup.zip\">backup.zip</a>";
            show(outgoing, "text/html", body);
        }
    })],
    dominates: &[],
};

static SECRET_ECHO: Weakness = Weakness {
    id: "secret-echo",
    title: "Errors of the token endpoint repeat the request",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.ends_with("/token") && outgoing.status.is_client_error() {
            let request = Value::from(outgoing.asked.body.expose());
            let Ok(mut error) = serde_json::from_slice::<Map<String, Value>>(outgoing.body) else {
                return;
            };
            error.insert("request".to_owned(), request);
            if let Ok(body) = serde_json::to_vec(&error) {
                *outgoing.body = body;
            }
        }
    })],
    dominates: &["error-oracle"],
};

static STACK_TRACE: Weakness = Weakness {
    id: "stack-trace",
    title: "A body of a wrong type is answered with a stack trace",
    seams: &[Seam::Mangle(|outgoing| {
        let is_json = outgoing.asked.header("content-type") == Some("application/json");
        if is_json && outgoing.endpoint.ends_with("/token") {
            let trace = b"thread 'worker' panicked at src/form.rs:17:9: not a form\n";
            *outgoing.body = trace.to_vec();
        }
    })],
    dominates: &[],
};

static TOKEN_IN_URL: Weakness = Weakness {
    id: "token-in-url",
    title: "The redirect to the client carries a token beside the code",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.endpoint.ends_with("/consent") && outgoing.status.is_redirection() {
            let location = outgoing.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let more = location.map(|to| format!("{to}&access_token=of-nobody"));
            if let Some(Ok(more)) = more.map(|to| HeaderValue::from_str(&to)) {
                outgoing.headers.insert(LOCATION, more);
            }
        }
    })],
    dominates: &[],
};

fn show(outgoing: &mut Outgoing<'_>, media_type: &'static str, body: &[u8]) {
    *outgoing.status = StatusCode::OK;
    outgoing.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    *outgoing.body = body.to_vec();
}
