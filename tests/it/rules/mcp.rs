//! Rules of the MCP endpoint.

use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::wire::Wire::Rpc;
use super::{Scene, Table, prove, row};

/// A token for the MCP endpoint, by the whole flow.
fn token(scene: &Scene<'_>) -> String {
    let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let client = scene.register(&metadata);
    let id = client["client_id"].as_str().unwrap();
    let code = scene.code(&[("client_id", id), ("scope", "mcp:tools")]);
    scene.redeem(&code, &[("client_id", id)]).expect(200).member("access_token")
}

/// A request of the version that carries everything with it.
fn message(method: &str, version: &str, params: &Value) -> Value {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

const VERSION: &str = "2026-07-28";

fn send(scene: &Scene<'_>, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let request = Request::json("POST", scene.api("/mcp"), body).bearer(&token(scene));
    let all = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    scene.send(all)
}

/// As a client sends it, headers included.
fn call(scene: &Scene<'_>, method: &str, version: &str, params: &Value) -> Answer {
    let headers = [("MCP-Protocol-Version", version), ("Mcp-Method", method)];
    send(scene, &message(method, version, params), &headers)
}

pub(super) static MCP: Table = Table {
    docket: &rule::MCP,
    rows: &[
        row(&rule::MCP_ORIGIN, Rpc, |s| {
            send(
                s,
                &message("tools/list", VERSION, &json!({})),
                &[("Origin", "https://evil.example")],
            )
        }),
        row(&rule::MCP_JSON, Rpc, |s| send(s, &json!([]), &[])),
        row(&rule::MCP_VERSION, Rpc, |s| call(s, "tools/list", "1999-01-01", &json!({}))),
        row(&rule::MCP_HEADERS, Rpc, |s| {
            let headers = [("MCP-Protocol-Version", VERSION), ("Mcp-Method", "tools/call")];
            send(s, &message("tools/list", VERSION, &json!({})), &headers)
        }),
        row(&rule::MCP_METHOD, Rpc, |s| call(s, "resources/list", VERSION, &json!({}))),
        row(&rule::MCP_PARAMS, Rpc, |s| {
            // A request that announces the version in its header alone lacks its metadata.
            let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
            let headers = [("MCP-Protocol-Version", VERSION), ("Mcp-Method", "tools/list")];
            send(s, &body, &headers)
        }),
    ],
};

#[test]
fn rules_of_the_mcp_endpoint() {
    prove(&[&MCP]);
}

#[test]
fn a_right_call_is_answered_in_both_eras() {
    let lab = super::TestLab::start();
    let scene = Scene { lab: &lab, docket: &rule::MCP };
    let listed = call(&scene, "tools/list", VERSION, &json!({})).expect(200).json();
    assert!(
        listed["result"]["tools"].as_array().is_some_and(|tools| !tools.is_empty()),
        "{listed}"
    );
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {} });
    let body = json!({ "jsonrpc": "2.0", "id": "a", "method": "initialize", "params": params });
    let begun = send(&scene, &body, &[]).expect(200).json();
    assert_eq!(begun["result"]["protocolVersion"], "2025-11-25", "{begun}");
    lab.send(Request::get(lab.api("/mcp")).bearer(&token(&scene))).expect(405);
}
