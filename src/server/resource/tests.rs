//! The routes in process, over a fake issuer.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::router;
use crate::config::{Api, Config, TokenValidation};
use crate::protocol::{Audience, IntrospectionResponse, ScopeToken};
use crate::resource::fixture::{Fake, active, configured};
use crate::rule::Verdict;
use crate::trace::Decisions;

const MCP: &str = "https://localhost:9444/mcp";

struct Lab {
    fake: Fake,
    router: axum::Router,
}

fn lab_with(change: impl FnOnce(&mut Config)) -> Lab {
    let mut config = Config::builtin().unwrap();
    change(&mut config);
    let fake = Fake::default();
    fake.know("alice", active("alice", "web", "notes:read notes:write"));
    fake.know("bob", active("bob", "web", "notes:read notes:write"));
    fake.know("reader", active("alice", "web", "notes:read"));
    fake.know("machine", active("ci", "ci", "notes:read notes:write"));
    let aud = Audience::One(MCP.to_owned());
    fake.know("agent", IntrospectionResponse { aud, ..active("alice", "web", "mcp:tools") });
    let router = router(Arc::new(configured(&config, &fake)));
    Lab { fake, router }
}

fn lab() -> Lab {
    lab_with(|_| {})
}

struct Call(http::request::Builder, Body);

fn call(method: &str, path: &str) -> Call {
    Call(Request::builder().method(method).uri(path), Body::empty())
}

impl Call {
    fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    fn json(self, body: &Value) -> Self {
        Self(self.0.header("content-type", "application/json"), Body::from(body.to_string()))
    }

    async fn send(self, lab: &Lab) -> Response {
        lab.router.clone().oneshot(self.0.body(self.1).unwrap()).await.unwrap()
    }
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn challenge(response: &Response) -> &str {
    assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().count(), 1);
    header(response, "www-authenticate").unwrap()
}

async fn body(response: Response) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn broken(response: &Response) -> Vec<&'static str> {
    let decisions = response.extensions().get::<Decisions>().unwrap();
    let rulings = decisions.0.iter().flat_map(|record| &record.rulings);
    rulings.filter(|r| r.verdict == Verdict::Broken).map(|r| r.rule.id).collect()
}

#[tokio::test]
async fn a_user_writes_lists_reads_and_deletes() {
    let lab = lab();
    let written =
        call("POST", "/notes").token("alice").json(&json!({ "text": "milk" })).send(&lab).await;
    assert_eq!(written.status(), StatusCode::CREATED);
    let place = header(&written, "location").unwrap().to_owned();
    let id = body(written).await["id"].as_str().unwrap().to_owned();
    assert_eq!(place, format!("/notes/{id}"));
    let listed = call("GET", "/notes").token("alice").send(&lab).await;
    assert_eq!(header(&listed, "cache-control"), Some("no-store"));
    assert_eq!(header(&listed, "x-content-type-options"), Some("nosniff"));
    assert_eq!(body(listed).await["notes"][0]["text"], "milk");
    assert_eq!(call("GET", &place).token("bob").send(&lab).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(body(call("GET", &place).token("reader").send(&lab).await).await["id"], id);
    let deleted = call("DELETE", &place).token("alice").send(&lab).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let gone = call("DELETE", &place).token("alice").send(&lab).await;
    assert_eq!((gone.status(), broken(&gone)), (StatusCode::NOT_FOUND, vec!["note.known"]));
    assert_eq!(header(&gone, "www-authenticate"), None);
}

#[tokio::test]
async fn a_request_without_a_token_gets_a_challenge_without_an_error() {
    for response in [
        call("GET", "/notes").send(&lab()).await,
        call("GET", "/notes").header("authorization", "Basic YTpi").send(&lab()).await,
    ] {
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            challenge(&response),
            "Bearer scope=\"notes:read\", resource_metadata=\
             \"https://localhost:9444/.well-known/oauth-protected-resource/notes\""
        );
        assert_eq!(body(response).await, Value::Null);
    }
}

#[tokio::test]
async fn statuses_400_401_403_and_503_are_told_apart() {
    let lab = lab();
    for (token, status, error) in [
        ("unknown", 401, "invalid_token"),
        ("agent", 401, "invalid_token"),
        ("reader", 403, "insufficient_scope"),
        ("not a token", 400, "invalid_request"),
    ] {
        let response =
            call("POST", "/notes").token(token).json(&json!({ "text": "x" })).send(&lab).await;
        assert_eq!(response.status(), status, "{token}");
        let challenge = challenge(&response).to_owned();
        assert!(challenge.starts_with(&format!("Bearer error=\"{error}\", error_description=\"")));
        assert!(challenge.contains("scope=\"notes:write\", resource_metadata=\""), "{challenge}");
        let body = body(response).await;
        assert_eq!(body["error"], error);
        assert!(body["error_uri"].as_str().unwrap().starts_with("https://localhost:9443/rules/"));
    }
    lab.fake.go_down();
    let down = call("GET", "/notes").token("alice").send(&lab).await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&down, "www-authenticate"), None);
    assert_eq!(body(down).await["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn a_token_in_the_url_is_refused_and_so_are_two() {
    let lab = lab();
    let url = call("GET", "/notes?access_token=alice").send(&lab).await;
    assert_eq!(
        (url.status(), broken(&url)),
        (StatusCode::BAD_REQUEST, vec!["bearer.not_in_query"])
    );
    let two = call("GET", "/notes").token("alice").token("alice").send(&lab).await;
    assert_eq!((two.status(), broken(&two)), (StatusCode::BAD_REQUEST, vec!["bearer.once"]));
}

#[tokio::test]
async fn a_token_for_one_api_is_refused_at_the_other() {
    let lab = lab();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let response = call("POST", "/mcp").token("alice").json(&ping).send(&lab).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(broken(&response), ["resource.audience", "resource.scope"]);
    assert!(challenge(&response).contains("/.well-known/oauth-protected-resource/mcp"));
    let response = call("GET", "/notes").token("agent").send(&lab).await;
    assert_eq!(broken(&response), ["resource.audience", "resource.scope"]);
}

#[tokio::test]
async fn a_machine_is_told_that_no_scope_helps() {
    let response = call("GET", "/notes").token("machine").send(&lab()).await;
    assert_eq!((response.status(), broken(&response)), (StatusCode::FORBIDDEN, vec!["note.user"]));
    assert!(challenge(&response).starts_with("Bearer error=\"insufficient_scope\""));
    assert!(!challenge(&response).contains("scope=\"notes"));
}

#[tokio::test]
async fn metadata_stands_at_the_inserted_path_and_nowhere_else() {
    let lab = lab();
    let response = call("GET", "/.well-known/oauth-protected-resource/mcp").send(&lab).await;
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(
        body(response).await,
        json!({
            "resource": MCP,
            "authorization_servers": ["https://localhost:9443"],
            "scopes_supported": ["mcp:tools"],
            "bearer_methods_supported": ["header"],
            "resource_name": "mcp",
        })
    );
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp/",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/",
        "/favicon.ico",
    ] {
        let response = call("GET", path).send(&lab).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(broken(&response), ["request.endpoint"]);
        assert_eq!(body(response).await["error"], "invalid_request");
    }
}

#[tokio::test]
async fn an_api_without_a_path_has_the_root_document() {
    let lab = lab_with(|config| config.apis[0].path = "/".to_owned());
    let response = call("GET", "/.well-known/oauth-protected-resource").send(&lab).await;
    assert_eq!(body(response).await["resource"], "https://localhost:9444/");
    let aud = Audience::One("https://localhost:9444".to_owned());
    lab.fake.know("t", IntrospectionResponse { aud, ..active("alice", "web", "notes:write") });
    let note = json!({ "text": "x" });
    let written = call("POST", "/").token("t").json(&note).send(&lab).await;
    let place = header(&written, "location").unwrap().to_owned();
    assert_eq!(call("DELETE", &place).token("t").send(&lab).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn variants_of_a_path_do_not_slip_past_the_guard() {
    let lab = lab();
    for path in [
        "//notes",
        "/notes/",
        "/./notes",
        "/notes/.",
        "/notes;x",
        "/notes.json",
        "/NOTES",
        "/%6Eotes",
        "/notes%2F",
        "/notes/../notes",
        "/notes/short",
        "/mcp//",
        "/mcp/x",
        "/.well-known",
    ] {
        let response = call("GET", path).token("alice").send(&lab).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn methods_that_an_endpoint_does_not_have_are_405_with_allow() {
    let lab = lab();
    for (method, path, allow) in [
        ("PUT", "/notes", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/notes/AAAAAAAAAAAAAAAAAAAAAA", "GET, HEAD, DELETE, OPTIONS"),
        ("GET", "/mcp", "POST, OPTIONS"),
        ("DELETE", "/mcp/", "POST, OPTIONS"),
        ("HEAD", "/mcp", "POST, OPTIONS"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("POST", "/.well-known/oauth-protected-resource/notes", "GET, HEAD, OPTIONS"),
    ] {
        let response = call(method, path).token("alice").send(&lab).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(response.headers()[ALLOW], allow);
        assert_eq!(broken(&response), ["request.method"]);
    }
}

#[tokio::test]
async fn head_is_get_without_a_body_and_options_needs_no_token() {
    let lab = lab();
    let head = call("HEAD", "/notes").token("alice").send(&lab).await;
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, Some("12")));
    assert!(head.into_body().collect().await.unwrap().to_bytes().is_empty());
    let head = call("HEAD", "/notes").send(&lab).await;
    assert_eq!(head.status(), StatusCode::UNAUTHORIZED);
    let options = call("OPTIONS", "/notes").send(&lab).await;
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    assert_eq!(options.headers()[ALLOW], "GET, HEAD, POST, OPTIONS");
}

#[tokio::test]
async fn browsers_ask_first_without_a_token_and_may_read_refusals() {
    let lab = lab();
    let asked = call("OPTIONS", "/mcp")
        .header("origin", "http://localhost:6274")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,mcp-protocol-version")
        .send(&lab)
        .await;
    assert_eq!(asked.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&asked, "access-control-allow-origin"), Some("http://localhost:6274"));
    assert_eq!(header(&asked, "vary"), Some("Origin"));
    assert_eq!(header(&asked, "access-control-allow-methods"), Some("POST, OPTIONS"));
    let headers = header(&asked, "access-control-allow-headers").unwrap();
    for name in ["Authorization", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"] {
        assert!(headers.contains(name), "{name}");
    }
    let refused = call("GET", "/notes").header("origin", "https://spa.example").send(&lab).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header(&refused, "access-control-allow-origin"), Some("*"));
    assert!(
        header(&refused, "access-control-expose-headers").unwrap().contains("WWW-Authenticate")
    );
    assert_eq!(header(&refused, "access-control-allow-credentials"), None);
}

#[tokio::test]
async fn a_strict_lab_admits_only_the_listed_origins() {
    let lab = lab_with(|config| config.strict = true);
    for (origin, admitted) in
        [("https://app.localhost", Some("https://app.localhost")), ("https://spa.example", None)]
    {
        let response = call("GET", "/notes").header("origin", origin).send(&lab).await;
        assert_eq!(header(&response, "access-control-allow-origin"), admitted);
        assert_eq!(header(&response, "vary"), Some("Origin"));
    }
    let metadata = call("GET", "/.well-known/oauth-protected-resource/notes");
    let metadata = metadata.header("origin", "https://spa.example").send(&lab).await;
    assert_eq!(header(&metadata, "access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_page_of_a_stranger_cannot_call_mcp_even_with_a_token() {
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    for origin in ["https://attacker.test", "null"] {
        let response = call("POST", "/mcp")
            .token("agent")
            .header("origin", origin)
            .json(&ping)
            .send(&lab())
            .await;
        assert_eq!(
            (response.status(), broken(&response)),
            (StatusCode::FORBIDDEN, vec!["mcp.origin"])
        );
        assert_eq!(header(&response, "access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn mcp_answers_at_its_path_with_and_without_the_last_slash() {
    let lab = lab();
    let call_tool = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "whoami", "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }},
    });
    for path in ["/mcp", "/mcp/"] {
        let response = call("POST", path)
            .token("agent")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "whoami")
            .json(&call_tool)
            .send(&lab)
            .await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(response).await["result"]["structuredContent"]["subject"], "alice");
    }
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let accepted = call("POST", "/mcp").token("agent").json(&note).send(&lab).await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn bodies_of_another_type_or_size_are_refused_after_the_token() {
    let lab = lab();
    let plain = Call(Request::builder().method("POST").uri("/notes"), Body::from("text=x"));
    assert_eq!(plain.send(&lab).await.status(), StatusCode::UNAUTHORIZED);
    let plain = Call(Request::builder().method("POST").uri("/notes"), Body::from("text=x"));
    let response = plain.token("alice").send(&lab).await;
    assert_eq!(
        (response.status(), broken(&response)),
        (StatusCode::BAD_REQUEST, vec!["request.media_type"])
    );
    for path in ["/notes", "/mcp"] {
        let token = if path == "/mcp" { "agent" } else { "alice" };
        let large = json!({ "text": "x".repeat(64 * 1024) });
        let response = call("POST", path).token(token).json(&large).send(&lab).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(broken(&response), ["request.size"]);
    }
    let response =
        call("POST", "/notes").token("alice").json(&json!({ "text": "" })).send(&lab).await;
    assert_eq!(
        (response.status(), broken(&response)),
        (StatusCode::BAD_REQUEST, vec!["note.form"])
    );
    assert_eq!(header(&response, "www-authenticate"), None);
}

#[tokio::test]
async fn a_further_api_says_who_called() {
    let lab = lab_with(|config| {
        let scope = |name: &str| (ScopeToken::parse(name).unwrap(), name.to_owned());
        config.apis.push(Api {
            name: "orders".to_owned(),
            path: "/v1/orders".to_owned(),
            scopes: vec![scope("orders:list"), scope("offline_access")],
            validation: TokenValidation::Introspection,
            identifiers: Vec::new(),
        });
    });
    let aud = || Audience::One("https://localhost:9444/v1/orders".to_owned());
    lab.fake.know("o", IntrospectionResponse { aud: aud(), ..active("ci", "ci", "orders:list") });
    let answer = body(call("GET", "/v1/orders").token("o").send(&lab).await).await;
    assert_eq!((&answer["api"], &answer["client_id"]), (&json!("orders"), &json!("ci")));
    assert_eq!(answer["is_user"], false);
    let metadata = call("GET", "/.well-known/oauth-protected-resource/v1/orders").send(&lab).await;
    assert_eq!(body(metadata).await["scopes_supported"], json!(["orders:list"]));
}

#[tokio::test]
async fn health_answers_anyone() {
    let response = call("GET", "/health").send(&lab()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let trace = call("TRACE", "/health").send(&lab()).await;
    assert_eq!(trace.status(), StatusCode::METHOD_NOT_ALLOWED);
}
