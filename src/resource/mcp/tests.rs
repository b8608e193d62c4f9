//! The endpoint against what the specification says: both eras, each rule broken.

use serde_json::{Value, json};

use super::super::fixture::{Fake, access, server};
use super::{Answer, Headers};
use crate::rule::{MCP, Verdict};

fn modern_headers(method: &str, name: Option<&str>) -> Headers {
    Headers {
        origin: None,
        protocol_version: Some("2026-07-28".to_owned()),
        method: Some(method.to_owned()),
        name: name.map(str::to_owned),
    }
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = meta();
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

fn legacy(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

fn send(headers: &Headers, body: &Value) -> Answer {
    let server = server(&Fake::default());
    server.mcp().answer(headers, body.to_string().as_bytes(), &access("alice", "web"))
}

fn code(answer: &Answer) -> i64 {
    answer.body.as_ref().map_or(0, |body| body["error"]["code"].as_i64().unwrap_or_default())
}

fn result(answer: &Answer) -> &Value {
    &answer.body.as_ref().unwrap()["result"]
}

fn broken(answer: &Answer) -> &'static str {
    let mut rulings = answer.record.rulings.iter();
    rulings.find(|r| r.verdict == Verdict::Broken).map_or("nothing", |r| r.rule.id)
}

#[test]
fn discovery_lists_versions_capabilities_and_who_answers() {
    let answer =
        send(&modern_headers("server/discover", None), &modern("server/discover", json!({})));
    assert_eq!((answer.status, broken(&answer)), (200, "nothing"));
    assert_eq!(answer.record.rulings.len(), MCP.rules.len());
    let result = result(&answer);
    assert_eq!(result["supportedVersions"][0], "2026-07-28");
    assert_eq!(result["capabilities"], json!({ "tools": {} }));
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["cacheScope"], "public");
    assert!(result["ttlMs"].is_u64());
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "oauthlab");
}

#[test]
fn tools_are_listed_and_called_in_both_eras() {
    let listed = send(&modern_headers("tools/list", None), &modern("tools/list", json!({})));
    assert_eq!(result(&listed)["tools"].as_array().unwrap().len(), 3);
    let call = json!({ "name": "whoami", "arguments": {} });
    let answer =
        send(&modern_headers("tools/call", Some("whoami")), &modern("tools/call", call.clone()));
    assert_eq!(result(&answer)["structuredContent"]["subject"], "alice");
    assert_eq!(result(&answer)["isError"], false);
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let headers = Headers { protocol_version: Some(version.to_owned()), ..Headers::default() };
        let answer = send(&headers, &legacy("tools/call", &call));
        assert_eq!(result(&answer)["structuredContent"]["client_id"], "web", "{version}");
        assert!(result(&answer).get("resultType").is_none());
    }
}

#[test]
fn wrong_arguments_are_told_to_the_model() {
    let call = json!({ "name": "add", "arguments": { "a": 1 } });
    let answer = send(&modern_headers("tools/call", Some("add")), &modern("tools/call", call));
    assert_eq!((answer.status, broken(&answer)), (200, "mcp.params"));
    assert_eq!(result(&answer)["isError"], true);
    assert_eq!(result(&answer)["content"][0]["text"], "The argument b is missing.");
}

#[test]
fn an_older_client_initializes_with_a_version_that_both_speak() {
    for (asked, agreed) in
        [("2025-06-18", "2025-06-18"), ("2024-11-05", "2025-11-25"), ("2026-07-28", "2025-11-25")]
    {
        let params = json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": {} });
        let answer = send(&Headers::default(), &legacy("initialize", &params));
        assert_eq!(result(&answer)["protocolVersion"], agreed);
        assert_eq!(result(&answer)["serverInfo"]["name"], "oauthlab");
    }
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = send(&Headers::default(), &notification);
    assert_eq!((answer.status, answer.body), (202, None));
    assert_eq!(result(&send(&Headers::default(), &legacy("ping", &json!({})))), &json!({}));
}

#[test]
fn bodies_that_are_no_message() {
    let server = server(&Fake::default());
    for (body, code) in
        [("{", -32700), ("[]", -32600), ("{\"jsonrpc\":\"2.0\",\"id\":null}", -32600)]
    {
        let answer = server.mcp().answer(&Headers::default(), body.as_bytes(), &access("a", "web"));
        assert_eq!((answer.status, broken(&answer)), (400, "mcp.json"), "{body}");
        let body = answer.body.unwrap();
        assert_eq!(body["error"]["code"], code);
        assert!(body.get("id").is_none());
    }
}

#[test]
fn a_version_that_is_not_spoken_is_answered_with_those_that_are() {
    let mut body = modern("tools/list", json!({}));
    body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("1900-01-01");
    let mut headers = modern_headers("tools/list", None);
    headers.protocol_version = Some("1900-01-01".to_owned());
    let answer = send(&headers, &body);
    assert_eq!((answer.status, code(&answer), broken(&answer)), (400, -32022, "mcp.version"));
    let data = &answer.body.as_ref().unwrap()["error"]["data"];
    assert_eq!(data["requested"], "1900-01-01");
    assert_eq!(data["supported"][0], "2026-07-28");
    // What else a version of the future demands of headers we cannot know.
    headers.method = None;
    assert_eq!(code(&send(&headers, &body)), -32022);
    // Whom the body is for is unclear when the header says something else.
    let answer = send(&modern_headers("tools/list", None), &body);
    assert_eq!((answer.status, code(&answer), broken(&answer)), (400, -32020, "mcp.headers"));
    // By header alone, as an older client would.
    let answer = send(&headers, &legacy("tools/list", &json!({})));
    assert_eq!((answer.status, code(&answer)), (400, -32022));
    assert_eq!(answer.body.unwrap()["error"]["data"]["requested"], "1900-01-01");
}

#[test]
fn headers_must_repeat_the_body() {
    let list = || modern("tools/list", json!({}));
    let call = || modern("tools/call", json!({ "name": "whoami" }));
    let without = |change: fn(&mut Headers)| {
        let mut headers = modern_headers("tools/call", Some("whoami"));
        change(&mut headers);
        headers
    };
    for (headers, body) in [
        (modern_headers("prompts/list", None), list()),
        (modern_headers("TOOLS/LIST", None), list()),
        (modern_headers("tools/call", Some("add")), call()),
        (modern_headers("tools/call", Some("whoami, whoami")), call()),
        (without(|headers| headers.method = None), call()),
        (without(|headers| headers.name = None), call()),
        (without(|headers| headers.protocol_version = None), call()),
        (without(|headers| headers.protocol_version = Some("2025-11-25".into())), call()),
    ] {
        let answer = send(&headers, &body);
        assert_eq!((answer.status, code(&answer)), (400, -32020), "{headers:?}");
        assert_eq!(answer.body.as_ref().unwrap()["id"], 7);
        assert_eq!(broken(&answer), "mcp.headers");
    }
    let encoded = modern_headers("tools/call", Some("=?base64?d2hvYW1p?="));
    assert_eq!(broken(&send(&encoded, &call())), "nothing");
    // An older client need not send them, but is held to what it sends.
    let lying = Headers { method: Some("ping".to_owned()), ..Headers::default() };
    let answer = send(&lying, &legacy("tools/list", &json!({})));
    assert_eq!((answer.status, code(&answer)), (400, -32020));
}

#[test]
fn unknown_methods() {
    for method in ["initialize", "ping", "prompts/list", "subscriptions/listen", "notifications/x"]
    {
        let answer = send(&modern_headers(method, None), &modern(method, json!({})));
        assert_eq!((answer.status, code(&answer)), (404, -32601), "{method}");
        assert_eq!(broken(&answer), "mcp.method");
    }
    let answer = send(&Headers::default(), &legacy("prompts/list", &json!({})));
    assert_eq!((answer.status, code(&answer)), (200, -32601));
    // A request without an id is a notification, and no notification has this name.
    let body = json!({ "jsonrpc": "2.0", "method": "tools/list" });
    let answer = send(&Headers::default(), &body);
    assert_eq!((answer.status, code(&answer)), (404, -32601));
}

#[test]
fn metadata_is_required_of_a_modern_request() {
    for key in ["protocolVersion", "clientCapabilities"] {
        let mut body = modern("tools/list", json!({}));
        let meta = body["params"]["_meta"].as_object_mut().unwrap();
        meta.remove(&format!("io.modelcontextprotocol/{key}"));
        let answer = send(&modern_headers("tools/list", None), &body);
        assert_eq!((answer.status, code(&answer), broken(&answer)), (400, -32602, "mcp.params"));
    }
    let bare = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list" });
    let answer = send(&modern_headers("tools/list", None), &bare);
    assert_eq!((answer.status, code(&answer)), (400, -32602));
}

#[test]
fn parameters_that_do_not_fit_are_an_error_inside_of_a_200() {
    for (method, params) in [
        ("tools/call", json!({ "name": "rm" })),
        ("tools/call", json!({ "name": "add", "arguments": [1, 2] })),
        ("tools/list", json!({ "cursor": "" })),
    ] {
        let name = params.get("name").and_then(Value::as_str);
        let answer = send(&modern_headers(method, name), &modern(method, params.clone()));
        assert_eq!((answer.status, code(&answer)), (200, -32602), "{params}");
        let answer = send(&Headers::default(), &legacy(method, &params));
        assert_eq!((answer.status, code(&answer)), (200, -32602), "{params}");
    }
    let answer = send(&modern_headers("tools/call", None), &modern("tools/call", json!({})));
    assert_eq!((answer.status, code(&answer)), (200, -32602));
}

#[test]
fn a_page_of_a_stranger_is_refused_before_anything_else() {
    let server = server(&Fake::default());
    let from = |origin: &str| Headers { origin: Some(origin.to_owned()), ..Headers::default() };
    let refused = server.mcp().refuse_origin(&from("https://attacker.test")).unwrap();
    assert_eq!((refused.status, broken(&refused)), (403, "mcp.origin"));
    assert!(refused.body.unwrap().get("id").is_none());
    assert!(server.mcp().refuse_origin(&from("http://localhost:6274")).is_none());
    assert!(server.mcp().refuse_origin(&Headers::default()).is_none());
}
