//! `/metrics`: who may read them, and that they count what happened without naming anybody.

use oauthlab::protocol::Secret;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::TestLab;
use super::super::support::proof::ProofKey;

const TOKEN: &str = "a-token-for-whoever-scrapes";

/// The metrics of a lab.
pub(crate) fn scrape(lab: &TestLab) -> String {
    let token = lab.lab().inspector_token().expose();
    lab.send(Request::get(lab.inspector("/metrics")).bearer(token)).expect(200).text()
}

/// The value of one series; 0 where it never began.
#[track_caller]
pub(crate) fn value(text: &str, series: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    lines.next().map_or(0, |value| value.parse().unwrap())
}

#[test]
fn metrics_are_on_the_inspector_alone_and_need_a_token() {
    let lab = TestLab::with(|config| config.inspector.metrics_token = Some(Secret::new(TOKEN)));
    let ask = |path: &str, token: &str| lab.send(Request::get(lab.inspector(path)).bearer(token));
    let refused = |answer: Answer| assert_eq!(answer.expect(401).member("rule"), "inspector.token");
    refused(lab.send(Request::get(lab.inspector("/metrics"))));
    refused(ask("/metrics", "another"));
    refused(ask("/metrics", ""));
    let answer = ask("/metrics", TOKEN).expect(200);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(media_type));
    assert!(answer.text().ends_with("# EOF\n"));
    // The scraper's token opens nothing else.
    for path in ["/api/lab", "/api/traces", "/api/keys", "/metrics/", "/nowhere"] {
        refused(ask(path, TOKEN));
    }
    for url in [lab.at("/metrics"), lab.api("/metrics")] {
        lab.send(Request::get(&url)).expect(404);
        lab.send(Request::get(&url).bearer(TOKEN)).expect(404);
    }
}

#[test]
fn requests_are_counted_by_endpoint_and_outcome_and_nobody_is_named() {
    let lab = TestLab::start();
    let code = lab.code(&[]);
    let tokens = lab.redeem(&code, &[]).expect(200);
    lab.redeem("made-up", &[]).expect(400);
    let access = tokens.member("access_token");
    lab.send(Request::get(lab.api("/notes")).bearer(&access)).expect(200);
    lab.send(Request::get(lab.api("/notes")).bearer("nonsense")).expect(401);
    lab.send(Request::get(lab.at("/mallory-was-here"))).expect(404);
    let text = scrape(&lab);
    let requests = |server: &str, endpoint: &str, outcome: &str| {
        let labels = format!("server=\"{server}\",endpoint=\"{endpoint}\",outcome=\"{outcome}\"");
        value(&text, &format!("oauthlab_requests_total{{{labels}}}"))
    };
    assert_eq!(requests("issuer", "/token", "success"), 1);
    assert_eq!(requests("issuer", "/token", "refused"), 1);
    assert_eq!(requests("issuer", "none", "refused"), 1);
    assert_eq!(requests("issuer", "/consent", "success"), 2, "the page and its form");
    assert_eq!(requests("resource", "notes", "success"), 1);
    assert_eq!(requests("resource", "notes", "refused"), 1);
    assert_eq!(value(&text, "oauthlab_refusals_total{rule=\"code.known\"}"), 1);
    assert_eq!(value(&text, "oauthlab_live_records{kind=\"access-token\"}"), 1);
    let took = "oauthlab_request_duration_seconds_count{server=\"issuer\",endpoint=\"/token\"}";
    assert_eq!(value(&text, took), 2);
    let put = "oauthlab_store_operation_duration_seconds_count{engine=\"memory\",verb=\"put\"}";
    assert!(value(&text, put) >= 5, "{text}");
    assert!(value(&text, "oauthlab_connections_total{server=\"issuer\",event=\"accepted\"}") >= 7);
    for stranger in ["mallory", "alice", "\"web\"", "127.0.0.1", &code, &access] {
        assert!(!text.contains(stranger), "{stranger} in\n{text}");
    }
}

#[test]
fn each_pattern_of_abuse_is_counted() {
    let lab = TestLab::start();
    let abuse = |pattern: &str| {
        value(&scrape(&lab), &format!("oauthlab_abuse_total{{pattern=\"{pattern}\"}}"))
    };
    for pattern in oauthlab::metrics::PATTERNS {
        assert_eq!(abuse(pattern), 0, "{pattern}");
    }
    let code = lab.code(&[]);
    let first = lab.redeem(&code, &[]).expect(200).member("refresh_token");
    let refresh = |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("client_id", "web")];
        lab.post("/token", &[&fields[..], &[("refresh_token", token)]].concat())
    };
    refresh(&first).expect(200);
    refresh(&first).expect(400);
    assert_eq!(abuse("refresh_reuse"), 1);
    lab.redeem(&code, &[]).expect(400);
    assert_eq!(abuse("code_reuse"), 1);
    let mut browser = lab.browser();
    let form = browser.open(&lab.authorize_url(&[])).expect(200).form();
    for _ in 0..6 {
        browser.submit(&form, &[("username", "alice"), ("password", "guess")]);
    }
    assert_eq!(abuse("brute_force"), 1, "five failures are admitted");
    let device = browser.open(&lab.at("/device")).expect(200).form();
    let typed = || {
        (0..50)
            .find(|_| browser.clone().submit(&device, &[("user_code", "BCDF-GHJK")]).status == 429)
    };
    assert!(typed().unwrap() >= 3);
    assert_eq!(abuse("user_code_guessing"), 1);
    let key = ProofKey::new();
    let proof = key.sign(&key.proof("POST", &lab.at("/token"), lab.clock().now().secs()));
    let bound = || {
        let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
        let request = Request::form(lab.at("/token"), &fields);
        let secret = super::super::support::lab::CI_SECRET;
        lab.send(request.basic("ci", secret).header("DPoP", &proof))
    };
    bound().expect(200);
    bound().expect(400);
    assert_eq!(abuse("replay"), 1);
}
