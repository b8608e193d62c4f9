//! Below HTTP semantics: broken framing, smuggling shapes, floods, slow clients, odd paths.

use std::time::Duration;

use super::super::support::http::{Answer, Net, Request};
use super::super::support::lab::TestLab;
use super::{assert_alive, assert_harmless, fire, listeners};

/// Short enough that a stalled client costs the test little.
const PATIENCE: Duration = Duration::from_millis(300);

fn impatient_lab() -> TestLab {
    TestLab::launch(
        |_| {},
        |options| {
            options.limits.headers = PATIENCE;
            options.limits.body = PATIENCE;
            options.limits.idle = PATIENCE;
        },
    )
}

/// Requests that are no HTTP, or HTTP that two parsers read in two ways.
const MALFORMED: &[(&str, &[u8])] = &[
    ("binary", b"\x00\x01\x02\xff\xfe\r\n\r\n"),
    ("TLS in TLS", b"\x16\x03\x01\x00\x05hello\r\n\r\n"),
    ("an empty line", b"\r\n\r\n\r\n"),
    ("HTTP/0.9", b"GET /health\r\n\r\n"),
    ("HTTP/3 as text", b"GET /health HTTP/3.0\r\nHost: localhost\r\n\r\n"),
    ("HTTP/2 without ALPN", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("a bare LF", b"GET /health HTTP/1.1\nHost: localhost\nConnection: close\n\n"),
    ("a bare CR", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"),
    ("no Host", b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("two Hosts", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ("NUL in a header", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"),
    ("NUL in the path", b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("space before the colon", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"),
    ("folded header", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\nConnection: close\r\n\r\n"),
    ("no header name", b"GET / HTTP/1.1\r\n: x\r\nHost: localhost\r\n\r\n"),
    ("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    (
        "another origin as target",
        b"GET https://evil.example/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ),
    ("upgrade", b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n\r\n"),
    ("negative length", b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"),
    ("signed length", b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\na=b&c"),
    (
        "length beyond 64 bits",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ),
    (
        "two lengths",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=bc",
    ),
    (
        "unknown coding",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "chunk that is no number",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    ),
    (
        "chunk beyond 64 bits",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n",
    ),
    ("unfinished headers", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
    ("unfinished body", b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\ngrant_type="),
    (
        "waiting for 100",
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    ),
    ("nothing at all", b""),
];

/// What came back, as separate responses; anything that is none counts as a close.
fn responses(received: &[u8]) -> Vec<Answer> {
    let text = String::from_utf8_lossy(received);
    let starts: Vec<usize> = text.match_indices("HTTP/1.1 ").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([received.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| Answer::parse(received.get(start..end)?))
        .filter(|answer| answer.status != 100)
        .collect()
}

#[test]
fn broken_framing_is_refused_or_closed_at_every_listener() {
    let lab = impatient_lab();
    for (listener, health, status) in listeners(&lab) {
        for (what, bytes) in MALFORMED {
            let what = format!("{what} at {listener}");
            let received = lab.net().exchange(health.url(), bytes);
            for answer in responses(&received) {
                assert_harmless(&lab, &what, &answer);
            }
            assert_eq!(lab.send(health.clone()).status, status, "after {what}");
        }
    }
    assert_alive(&lab);
}

#[test]
fn one_request_is_never_read_as_two() {
    let lab = impatient_lab();
    let smuggled = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (what, headers, body) in [
        ("length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", "0\r\n\r\n"),
        ("chunks and another coding", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        (
            "chunks behind a tab",
            "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n",
            "0\r\n\r\n",
        ),
        ("length as a list", "Content-Length: 0, 5\r\n", ""),
    ] {
        let request =
            format!("POST /token HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{body}{smuggled}");
        let received = lab.net().exchange(&lab.at("/token"), request.as_bytes());
        let found = responses(&received);
        for answer in &found {
            assert_harmless(&lab, what, answer);
        }
        let healthy = found.iter().any(|answer| answer.status == 200);
        assert!(!healthy, "{what}: the second request was answered on the same connection");
    }
    assert_alive(&lab);
}

#[test]
fn floods_are_bounded() {
    let lab = impatient_lab();
    for (listener, health, status) in listeners(&lab) {
        let many = (0..2000).fold(health.clone(), |r, n| r.header(&format!("X-{n}"), "x"));
        let cookies = (0..200).fold(health.clone(), |r, n| r.header("Cookie", &format!("c{n}=1")));
        let large = health.clone().header("X-Large", &"x".repeat(200 * 1024));
        let long = Request::get(format!("{}?{}", health.url(), "x".repeat(200 * 1024)));
        for (what, request) in
            [("many", many), ("cookies", cookies), ("large", large), ("long", long)]
        {
            let received = lab.net().exchange(request.url(), &request.bytes());
            for answer in responses(&received) {
                assert_harmless(&lab, &format!("{what} at {listener}"), &answer);
                assert!(answer.status >= 400, "{what} at {listener}: {}", answer.whole());
            }
        }
        assert_eq!(lab.send(health).status, status, "{listener}");
    }
    assert_alive(&lab);
}

#[test]
fn clients_that_hang_up_leave_nothing_behind() {
    let lab = impatient_lab();
    let request = Request::form(lab.at("/token"), &[("grant_type", "client_credentials")]);
    let bytes = request.basic("ci", "wrong").bytes();
    let net: &Net = lab.net();
    for cut in [0, 1, 20, bytes.len() / 2, bytes.len() - 1, bytes.len()] {
        net.hang_up(&lab.at("/token"), &bytes[..cut]);
    }
    assert_alive(&lab);
}

#[test]
fn odd_paths_lead_nowhere() {
    let lab = TestLab::start();
    for path in [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/..%5c..%5cCargo.toml",
        "//evil.example/",
        "//evil.example/authorize",
        "///",
        "/\\evil.example",
        "/%5cevil.example",
        "/%00",
        "/health%00.html",
        "/%0d%0aSet-Cookie:%20a=b",
        "/rules/%3Coauthlab-canary%20onload=1%3E",
        "/rules/%E2%80%AE",
        "/rules/..%2ftoken",
        "/rules/pkce.verifier%00",
        "/token/",
        "/token;x=1",
        "/TOKEN",
        "/register/..%2f..%2f",
        "/register/%ff%fe",
        "/.well-known/oauth-authorization-server/../../token",
        "/.well-known/nothing",
        "/.git/config",
        "/authorize/../login",
    ] {
        for origin in [lab.at(path), lab.api(path), lab.inspector(path)] {
            let answer = fire(&lab, path, &Request::get(origin.clone()));
            assert!(answer.status >= 400, "{origin}: {}", answer.whole());
        }
    }
    assert_alive(&lab);
}
