//! The inspector's guard and documents, asked in process.

use axum::body::{Body, to_bytes};
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::server::health::Verdict;
use crate::trace::sample::{Sample, refused_token_request};
use crate::trace::view::{EntryView, FlowView, FlowsView, TraceView, TracesView};
use crate::trace::{Bounds, Decisions};

const PORT: u16 = 9445;
const TOKEN: &str = "inspector-token-of-the-live-record";
const METRICS_TOKEN: &str = "metrics-token-of-the-lab-file";

#[derive(Debug)]
struct Ready;

impl Readiness for Ready {
    fn ready(&self) -> Verdict<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn state() -> InspectorState {
    let ring = Arc::new(Ring::new(Bounds::default()));
    ring.record(Sample::authorization().exchange());
    ring.record(refused_token_request());
    let redactor = Redactor::new(&[3; 32], true);
    let clock = Clock::manual(Timestamp::from_secs(1_700_000_000));
    let view = LabView::of(&Config::builtin().unwrap());
    let metrics = Arc::new(Metrics::new(clock.now()));
    let lab = Inspected { view, metrics, readiness: Arc::new(Ready), authorization: None };
    let metrics = Some(Secret::new(METRICS_TOKEN));
    let access = Access { token: Secret::new(TOKEN), metrics, port: PORT };
    InspectorState::new(ring, redactor, clock, lab, access)
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, format!("127.0.0.1:{PORT}"))
        .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
}

async fn send(state: &InspectorState, request: Request<Body>) -> (Response, Value) {
    let response = router(state.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let document = serde_json::from_slice(&bytes).unwrap();
    (Response::from_parts(parts, Body::empty()), document)
}

async fn get(state: &InspectorState, path: &str) -> (StatusCode, Value) {
    let request = request(Method::GET, path).body(Body::empty()).unwrap();
    let (response, document) = send(state, request).await;
    (response.status(), document)
}

async fn read<T: serde::de::DeserializeOwned>(state: &InspectorState, path: &str) -> T {
    let (status, document) = get(state, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {document}");
    serde_json::from_value(document).unwrap()
}

#[tokio::test]
async fn only_names_of_this_machine_with_the_right_port_are_answered() {
    let state = state();
    for (host, admitted) in [
        ("localhost:9445", true),
        ("LOCALHOST:9445", true),
        ("127.0.0.1:9445", true),
        ("[::1]:9445", true),
        ("localhost", false),
        ("localhost:9446", false),
        ("localhost.:9445", false),
        ("127.0.0.1.rebind.example:9445", false),
        ("rebind.example:9445", false),
        ("localhost:9445@rebind.example", false),
        ("0.0.0.0:9445", false),
        ("", false),
    ] {
        for path in ["/api/lab", "/health", "/nowhere"] {
            let mut request = request(Method::GET, path).body(Body::empty()).unwrap();
            request.headers_mut().insert(HOST, host.parse().unwrap());
            let (response, document) = send(&state, request).await;
            assert_eq!(response.status() != StatusCode::FORBIDDEN, admitted, "{host} {path}");
            if !admitted {
                assert_eq!(document["rule"], "inspector.host", "{host}");
            }
        }
    }
}

#[tokio::test]
async fn two_hosts_or_a_target_that_contradicts_the_header_are_refused() {
    let state = state();
    let twice = request(Method::GET, "/api/lab").header(HOST, format!("localhost:{PORT}"));
    let (response, _) = send(&state, twice.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let target = request(Method::GET, "http://rebind.example:9445/api/lab");
    let (response, _) = send(&state, target.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_the_right_token_there_is_nothing_but_health() {
    let state = state();
    for token in [None, Some("Bearer wrong"), Some("Basic x"), Some("Bearer"), Some("Bearer ")] {
        for (method, path) in [
            (Method::GET, "/api/traces/last"),
            (Method::GET, "/api/flows"),
            (Method::GET, "/api/lab"),
            (Method::GET, "/api/rules"),
            (Method::POST, "/api/steps"),
            (Method::GET, "/nowhere"),
        ] {
            let mut request = request(method, path).body(Body::empty()).unwrap();
            request.headers_mut().remove(AUTHORIZATION);
            if let Some(token) = token {
                request.headers_mut().insert(AUTHORIZATION, token.parse().unwrap());
            }
            let (response, document) = send(&state, request).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path} {token:?}");
            assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
            assert_eq!(document["rule"], "inspector.token");
        }
    }
    let open = Request::get("/health").header(HOST, format!("localhost:{PORT}"));
    let (response, document) = send(&state, open.body(Body::empty()).unwrap()).await;
    assert_eq!((response.status(), &document["status"]), (StatusCode::OK, &"ok".into()));
}

#[tokio::test]
async fn every_refusal_carries_its_decision_for_the_record() {
    let state = state();
    for (path, rule) in [("/api/traces/0", "inspector.known"), ("/nowhere", "request.endpoint")] {
        let request = request(Method::GET, path).body(Body::empty()).unwrap();
        let response = router(state.clone()).oneshot(request).await.unwrap();
        let Decisions(decisions) = response.extensions().get().cloned().unwrap_or_default();
        let refused = decisions.iter().find_map(crate::trace::refused_by);
        assert_eq!(refused.map(|rule| rule.id), Some(rule));
    }
}

#[tokio::test]
async fn no_answer_may_be_cached_framed_or_read_across_origins() {
    let state = state();
    for path in ["/api/traces/last", "/nowhere", "/health", "/api/traces/0"] {
        let mut request = request(Method::GET, path).body(Body::empty()).unwrap();
        request.headers_mut().insert("origin", "https://rebind.example".parse().unwrap());
        let (response, _) = send(&state, request).await;
        let headers = response.headers();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("'none'"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn the_last_decision_is_found_and_explained() {
    let state = state();
    let last: TraceView = read(&state, "/api/traces/last").await;
    assert_eq!(last.summary.refused_by.as_deref(), Some("pkce.verifier"));
    let refused: TraceView = read(&state, "/api/traces/last?refused=1").await;
    assert_eq!(refused.summary.id, last.summary.id);
    let by_id: TraceView = read(&state, &format!("/api/traces/{}", last.summary.id)).await;
    assert_eq!(by_id, last);
    let traces: TracesView = read(&state, "/api/traces").await;
    assert_eq!(traces.traces.len(), 2);
    assert_eq!(traces.traces[0].id, last.summary.id, "the newest comes first");
    let traces: TracesView = read(&state, "/api/traces?limit=1").await;
    assert_eq!(traces.traces.len(), 1);
    let (status, document) = get(&state, "/api/traces/ffffffffffffffffffffffff").await;
    assert_eq!((status, &document["rule"]), (StatusCode::NOT_FOUND, &"inspector.known".into()));
}

#[tokio::test]
async fn a_flow_is_found_by_its_id_by_its_exchanges_and_as_the_last_one() {
    let state = state();
    let flows: FlowsView = read(&state, "/api/flows").await;
    assert_eq!(flows.flows.len(), 1);
    let id = &flows.flows[0].id;
    let last: FlowView = read(&state, "/api/flows/last").await;
    assert_eq!((&last.summary.id, last.entries.len()), (id, 2));
    let trace: TraceView = read(&state, &format!("/api/traces/{id}.2")).await;
    assert_eq!(trace.flow.as_ref(), Some(id));
    let by_trace: FlowView = read(&state, &format!("/api/flows/{}", trace.summary.id)).await;
    assert_eq!(by_trace, last);
    for unknown in ["/api/flows/0", &format!("/api/traces/{id}.0"), &format!("/api/traces/{id}.9")]
    {
        assert_eq!(get(&state, unknown).await.0, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn steps_of_our_client_join_the_flow_that_they_name() {
    let state = state();
    let flow = "0123456789abcdef01234567";
    let report = format!(
        r#"{{"schema":"oauthlab.steps/v1","flow":"{flow}","steps":[
            {{"title":"Compare state","outcome":"rejected",
              "checks":[{{"title":"state is ours","holds":false,"got":"⟨state #0001⟩"}}]}}]}}"#
    );
    let post = request(Method::POST, "/api/steps").header(CONTENT_TYPE, "application/json");
    let (response, document) = send(&state, post.body(Body::from(report)).unwrap()).await;
    assert_eq!((response.status(), &document["steps"]), (StatusCode::ACCEPTED, &1.into()));
    let view: FlowView = read(&state, &format!("/api/flows/{flow}")).await;
    let [EntryView::Step(step)] = view.entries.as_slice() else { panic!("one step") };
    assert_eq!(step.title, "Compare state");
    assert!(!step.checks[0].holds);
}

#[tokio::test]
async fn reports_that_cannot_be_read_are_refused_by_a_rule() {
    let state = state();
    let json = "application/json";
    for (content_type, body, rule) in [
        ("text/plain", "{}".to_owned(), "request.media_type"),
        (json, "{}".to_owned(), "request.encoding"),
        (json, "[".to_owned(), "request.encoding"),
        (
            json,
            r#"{"schema":"other/v1","flow":"0123456789abcdef01234567","steps":[]}"#.to_owned(),
            "request.encoding",
        ),
        (
            json,
            r#"{"schema":"oauthlab.steps/v1","flow":"../../etc","steps":[]}"#.to_owned(),
            "request.encoding",
        ),
        (json, format!("\"{}\"", "x".repeat(70_000)), "request.size"),
    ] {
        let post = request(Method::POST, "/api/steps").header(CONTENT_TYPE, content_type);
        let (response, document) = send(&state, post.body(Body::from(body)).unwrap()).await;
        assert!(response.status().is_client_error());
        assert_eq!(document["rule"], rule);
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_json() {
    let state = state();
    let (status, document) = get(&state, "/api/nothing").await;
    assert_eq!((status, &document["rule"]), (StatusCode::NOT_FOUND, &"request.endpoint".into()));
    let delete = request(Method::DELETE, "/api/traces").body(Body::empty()).unwrap();
    let (response, document) = send(&state, delete).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "GET, HEAD");
    assert_eq!(document["rule"], "request.method");
    assert_eq!(get(&state, "/api/steps").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn rules_and_the_lab_are_documents_with_a_schema() {
    let state = state();
    let (_, lab) = get(&state, "/api/lab").await;
    assert_eq!((&lab["schema"], &lab["strict"]), (&"oauthlab.lab/v1".into(), &false.into()));
    let (_, rule) = get(&state, "/api/rules/pkce.verifier").await;
    assert_eq!(
        (&rule["schema"], &rule["id"]),
        (&"oauthlab.rule/v1".into(), &"pkce.verifier".into())
    );
    let (_, rules) = get(&state, "/api/rules").await;
    assert_eq!(rules["rules"].as_array().unwrap().len(), crate::rule::RULES.len());
    assert_eq!(get(&state, "/api/rules/no.such").await.0, StatusCode::NOT_FOUND);
}
