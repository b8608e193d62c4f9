//! Hostile requests: whatever is sent, the lab answers below 500 or closes cleanly, sends nobody to
//! a URI that is not registered, shows nothing of its inside, and stays healthy.

mod bodies;
mod redirects;
mod transport;

use super::support::http::{Answer, Request};
use super::support::lab::{CALLBACK, CI_SECRET, TestLab};

/// Untrusted text that no page may show as markup.
const CANARY: &str = "<oauthlab-canary onload=1>";
/// RIGHT-TO-LEFT OVERRIDE: turns what a user reads around.
const BIDI: &str = "\u{202e}";

/// What must never reach a client.
fn secrets(lab: &TestLab) -> Vec<String> {
    let inside =
        ["panicked", "RUST_BACKTRACE", "stack backtrace", ".rs:", env!("CARGO_MANIFEST_DIR")];
    let own = [CI_SECRET, lab.lab().inspector_token().expose()];
    let ready = lab.lab().ready();
    let resource = ready.resource_client.as_ref().and_then(|client| client.client_secret.as_ref());
    let resource = resource.map(oauthlab::protocol::Secret::expose);
    inside.into_iter().chain(own).chain(resource).map(str::to_owned).collect()
}

/// The judgement over one answer.
#[track_caller]
fn assert_harmless(lab: &TestLab, what: &str, answer: &Answer) {
    let whole = answer.whole();
    assert!((200..500).contains(&answer.status), "{what}: {whole}");
    for secret in secrets(lab) {
        assert!(!whole.contains(&secret), "{what} shows {secret:?}: {whole}");
    }
    for mark in [CANARY, BIDI, "<script", "<img"] {
        assert!(!whole.contains(mark), "{what} shows {mark:?} as it is: {whole}");
    }
    assert!(
        answer.header("set-cookie").is_none_or(|c| c.starts_with("__Host-")),
        "{what}: {whole}"
    );
    if let Some(location) = answer.header("location") {
        assert_stays(lab, what, location);
    }
    let media_type = answer.header("content-type").unwrap_or_default();
    match media_type.split(';').next().unwrap() {
        "" => assert!(answer.body.is_empty(), "{what}: a body without a type: {whole}"),
        // The answer to HEAD has the headers of the body that it leaves out.
        _ if answer.body.is_empty() => {}
        "application/json" => assert_no_null(what, &answer.json()),
        "text/html" => assert_page(what, answer),
        "text/css" => assert_eq!(answer.status, 200, "{what}: {whole}"),
        other => panic!("{what}: {other}: {whole}"),
    }
}

/// A redirect leads to our own pages or to the registered URI, and nowhere else.
#[track_caller]
fn assert_stays(lab: &TestLab, what: &str, location: &str) {
    let own = ["/login?", "/consent?"];
    let own = own.iter().any(|page| {
        location.starts_with(page) || location.starts_with(&format!("{}{page}", lab.issuer()))
    });
    let registered = location.starts_with(&format!("{CALLBACK}?"));
    assert!(own || registered, "{what} leads to {location}");
    let plain = |c: char| c.is_ascii_graphic() && !"<>\"\\".contains(c);
    assert!(location.chars().all(plain), "{what} leads to {location:?}");
}

/// Clients refuse members that are null.
#[track_caller]
fn assert_no_null(what: &str, value: &serde_json::Value) {
    let null = |value: &serde_json::Value| value.is_null();
    let members = value.as_object().into_iter().flat_map(|object| object.values());
    // JSON-RPC answers an unreadable request with a null id (JSON-RPC 2.0 §5).
    let rpc = value.get("jsonrpc").is_some();
    assert!(rpc || !members.into_iter().any(null), "{what}: {value}");
}

#[track_caller]
fn assert_page(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}: {}", answer.whole());
    }
}

/// The three listeners: where they are, and a request whose answer shows that they live.
fn listeners(lab: &TestLab) -> [(&'static str, Request, u16); 3] {
    [
        ("issuer", Request::get(lab.at("/health")), 200),
        ("resource", Request::get(lab.api("/notes")), 401),
        ("inspector", Request::get(lab.inspector("/api/flows")), 401),
    ]
}

/// Sends a well-formed request, which must be answered, and judges the answer.
#[track_caller]
fn fire(lab: &TestLab, what: &str, request: &Request) -> Answer {
    let answer = lab.send(request.clone());
    assert_harmless(lab, what, &answer);
    assert!(answer.header("x-oauthlab-trace").is_some(), "{what}: {}", answer.whole());
    answer
}

/// As [`fire`]; a server may close on a body that is larger than it will ever read.
#[track_caller]
fn fire_large(lab: &TestLab, what: &str, request: &Request) {
    let received = lab.net().exchange(request.url(), &request.bytes());
    let Some(answer) = Answer::parse(&received) else {
        assert!(received.is_empty(), "{what}: {:?}", String::from_utf8_lossy(&received));
        return;
    };
    assert_harmless(lab, what, &answer);
    assert!(answer.status >= 400, "{what}: {}", answer.whole());
}

/// After the attack a whole flow still works.
#[track_caller]
fn assert_alive(lab: &TestLab) {
    for (name, request, status) in listeners(lab) {
        assert_eq!(lab.send(request).status, status, "{name}");
    }
    let tokens = lab.tokens(&[]);
    lab.send(Request::get(lab.api("/notes")).bearer(&tokens.access)).expect(200);
}
