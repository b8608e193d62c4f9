//! Well-formed HTTP with hostile content: every endpoint, every kind of body, header and method.

use serde_json::json;

use super::super::support::http::Request;
use super::super::support::lab::TestLab;
use super::{BIDI, CANARY, assert_alive, fire, fire_large};

/// Endpoints that read forms, JSON, and nothing.
const FORMS: &[&str] = &["/authorize", "/login", "/consent", "/token", "/introspect", "/revoke"];
const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "PROPFIND",
];

/// Everything that has a path.
fn everywhere(lab: &TestLab) -> Vec<String> {
    let issuer = ["/", "/health", "/jwks", "/userinfo", "/register", "/register/web", "/rules"];
    let documents =
        ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
    let apis = ["/notes", "/notes/1", "/mcp", "/.well-known/oauth-protected-resource/notes"];
    let inspector = ["/api/flows", "/api/steps", "/api/traces/x", "/api/rules/x"];
    let own = FORMS.iter().chain(&issuer).chain(&documents).map(|path| lab.at(path));
    let apis = apis.iter().map(|path| lab.api(path));
    own.chain(apis).chain(inspector.iter().map(|path| lab.inspector(path))).collect()
}

fn form_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let many = "a=1&".repeat(5000);
    let names: Vec<String> = (0..500).map(|n| format!("p{n}=1")).collect();
    let large = format!("grant_type={}", "x".repeat(70 * 1024));
    vec![
        ("nothing", Vec::new()),
        ("invalid UTF-8, encoded", b"grant_type=%ff%fe".to_vec()),
        ("invalid UTF-8, raw", b"grant_type=\xff\xfe".to_vec()),
        ("overlong UTF-8", b"client_id=%c0%af".to_vec()),
        ("broken percent", b"grant_type=%&code=%zz&x=%4".to_vec()),
        ("separators", b"&&&===&=&a".to_vec()),
        ("one parameter twice", b"grant_type=a&grant_type=a&client_id=web&client_id=web".to_vec()),
        ("many parameters", names.join("&").into_bytes()),
        ("one parameter often", many.into_bytes()),
        ("more than 64 KiB", large.into_bytes()),
        ("NUL", b"grant_type=authorization_code%00&client_id=web%00&code=%00".to_vec()),
        (
            "CRLF",
            b"client_id=web%0d%0aSet-Cookie:%20a=b&state=%0d%0aX:%20y&redirect_uri=%0d%0a".to_vec(),
        ),
        ("markup", format!("client_id={CANARY}&username={CANARY}&state={CANARY}").into_bytes()),
        ("bidi", format!("client_id={BIDI}&username={BIDI}&scope={BIDI}").into_bytes()),
        ("JSON", br#"{"grant_type":"client_credentials"}"#.to_vec()),
        ("unknown client", b"grant_type=authorization_code&client_id=nobody&code=x".to_vec()),
        (
            "unknown grant",
            b"grant_type=password&client_id=web&username=alice&password=alice".to_vec(),
        ),
        (
            "huge numbers",
            b"max_age=99999999999999999999999&client_id=web&expires_in=1e999".to_vec(),
        ),
        ("brackets", b"grant_type[]=x&client_id[$ne]=1&code[a][b][c]=1".to_vec()),
    ]
}

fn json_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let uris: Vec<String> = (0..2000).map(|n| format!("https://a.example/{n}")).collect();
    vec![
        ("nothing", Vec::new()),
        ("not JSON", b"redirect_uris=x".to_vec()),
        ("truncated", br#"{"redirect_uris":["#.to_vec()),
        ("invalid UTF-8", b"{\"client_name\":\"\xff\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("lone surrogate", br#"{"client_name":"\ud800"}"#.to_vec()),
        ("deep arrays", "[".repeat(30_000).into_bytes()),
        ("deep objects", r#"{"a":"#.repeat(10_000).into_bytes()),
        (
            "deep member",
            format!("{{\"jwks\":{}1{}}}", "[".repeat(9000), "]".repeat(9000)).into_bytes(),
        ),
        ("array", b"[]".to_vec()),
        ("number", b"1e999999".to_vec()),
        ("huge number", br#"{"default_max_age":1e400,"x":-99999999999999999999999999}"#.to_vec()),
        ("one member twice", br#"{"client_name":"a","client_name":"b"}"#.to_vec()),
        ("nulls", br#"{"redirect_uris":null,"client_name":null,"scope":null}"#.to_vec()),
        (
            "wrong types",
            br#"{"redirect_uris":"x","grant_types":{},"client_name":[],"scope":1}"#.to_vec(),
        ),
        ("prototype", br#"{"__proto__":{"x":1},"redirect_uris":["https://a.example/"]}"#.to_vec()),
        ("many URIs", json!({ "redirect_uris": uris }).to_string().into_bytes()),
        (
            "more than 64 KiB",
            json!({ "client_name": "x".repeat(70 * 1024) }).to_string().into_bytes(),
        ),
        ("not JSON-RPC", br#"{"jsonrpc":"1.0","method":{},"id":{"a":[]}}"#.to_vec()),
        ("a batch", br#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#.to_vec()),
    ]
}

#[test]
fn hostile_forms() {
    let lab = TestLab::start();
    for path in FORMS {
        for (what, body) in form_bodies() {
            let request = Request::form(lab.at(path), &[]).body(body.clone());
            let answer = fire(&lab, &format!("{what} at {path}"), &request);
            assert!(answer.status >= 400 || answer.status == 303, "{what} at {path}");
            let known = request.basic("ci", "wrong");
            fire(&lab, &format!("{what} at {path} with Basic"), &known);
            if let Ok(query) = String::from_utf8(body)
                && query.len() < 8192
                && query.is_ascii()
                && !query.contains([' ', '<', '{', '"'])
            {
                fire(
                    &lab,
                    &format!("{what} in the query"),
                    &Request::get(lab.at(&format!("{path}?{query}"))),
                );
            }
        }
    }
    assert_alive(&lab);
}

#[test]
fn hostile_json() {
    let lab = TestLab::start();
    let token = lab.tokens(&[("scope", "openid notes:write")]).access;
    let mcp = lab.api("/mcp");
    for (what, body) in json_bodies() {
        for (method, url) in [
            ("POST", lab.at("/register")),
            ("PUT", lab.at("/register/web")),
            ("POST", lab.api("/notes")),
            ("POST", mcp.clone()),
        ] {
            let request = Request::json(method, url.clone(), &json!({})).body(body.clone());
            if body.len() > 64 * 1024 {
                fire_large(&lab, &format!("{what} at {url}"), &request);
                continue;
            }
            let answer = fire(&lab, &format!("{what} at {url}"), &request);
            // Unknown members are ignored (RFC 7591 §2), so that this one is a registration.
            let fine = what == "prototype" && answer.status == 201;
            assert!(answer.status >= 400 || fine, "{what} at {url}: {}", answer.whole());
            fire(&lab, &format!("{what} at {url} with a token"), &request.bearer(&token));
        }
    }
    assert_alive(&lab);
}

#[test]
fn wrong_methods() {
    let lab = TestLab::start();
    for url in everywhere(&lab) {
        for method in METHODS {
            let request = Request::new(method, url.clone());
            let answer = fire(&lab, &format!("{method} {url}"), &request);
            if answer.status == 405 {
                assert!(answer.header("allow").is_some(), "{method} {url}: {}", answer.whole());
            }
            if *method == "HEAD" {
                assert!(answer.body.is_empty(), "{method} {url}");
            }
            let created =
                ["/authorize", "/token", "/consent"].iter().any(|path| url.ends_with(path));
            let unusual = !["GET", "POST", "OPTIONS"].contains(method);
            assert!(
                !(created && unusual) || answer.status >= 400,
                "{method} {url}: {}",
                answer.status
            );
        }
    }
    assert_alive(&lab);
}

#[test]
fn wrong_media_types() {
    let lab = TestLab::start();
    let types = [
        "",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json",
        "application/xml",
        "application/x-www-form-urlencodedx",
        "*/*",
        "\u{e4}",
        "application/x-www-form-urlencoded\tx",
    ];
    for path in FORMS {
        for media_type in types {
            let request = Request::new("POST", lab.at(path)).header("Content-Type", media_type);
            let answer = fire(&lab, &format!("{media_type} at {path}"), &request.body("a=b"));
            assert!(answer.status >= 400, "{media_type} at {path}");
        }
    }
    let form = Request::form(lab.at("/register"), &[("redirect_uris", "https://a.example/")]);
    fire(&lab, "a form at /register", &form).expect(400);
    assert_alive(&lab);
}

#[test]
fn hostile_credentials() {
    let lab = TestLab::start();
    let long = format!("Bearer {}", "x".repeat(20 * 1024));
    let dots = format!("Bearer {}", ".".repeat(5000));
    let values = [
        "",
        "Basic",
        "Basic ",
        "Basic ====",
        "Basic Zm9v",
        "Basic /w==",
        "Basic Og==",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer \u{e4}",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer null",
        "bearer x",
        "Negotiate x",
        "Basic Basic Basic",
        "Digest username=\"a\"",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        &long,
        &dots,
    ];
    for url in everywhere(&lab) {
        for value in values {
            for method in ["GET", "POST"] {
                let request = Request::new(method, url.clone())
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("Authorization", value);
                let shown = &value[..value.len().min(40)];
                fire(&lab, &format!("{method} {url} with {shown:?}"), &request);
            }
        }
        let twice = Request::get(url.clone()).bearer("a").basic("ci", "b");
        fire(&lab, &format!("two Authorization headers at {url}"), &twice);
    }
    assert_alive(&lab);
}

#[test]
fn hostile_cookies_and_host_headers() {
    let lab = TestLab::start();
    let large = "x".repeat(10 * 1024);
    for cookie in ["", ";;;", "=", "__Host-oauthlab=", "a=\u{e4}", "__Host-session=../../x", &large]
    {
        for path in ["/authorize", "/login", "/consent"] {
            fire(&lab, "cookie", &Request::get(lab.at(path)).header("Cookie", cookie));
        }
    }
    for host in
        ["evil.example", "localhost@evil.example", "evil.example#", "127.0.0.1:1", "[::1", ""]
    {
        for url in everywhere(&lab) {
            let answer =
                lab.net().exchange(&url, &Request::get(url.clone()).header("Host", host).bytes());
            let text = String::from_utf8_lossy(&answer);
            assert!(!text.contains("evil.example"), "{host:?} at {url}: {text}");
        }
    }
    assert_alive(&lab);
}
