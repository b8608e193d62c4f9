//! Tokens, notes and messages.

use super::*;

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
             \"https://localhost:9444/.well-known/oauth-protected-resource/notes\", \
             DPoP algs=\"ES256 RS256 PS256 EdDSA\""
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
        let decided = response.extensions().get::<Decisions>().unwrap();
        let dockets: Vec<_> = decided.0.iter().map(|record| record.docket.id).collect();
        assert_eq!(dockets, ["resource", "request"]);
    }
    let response =
        call("POST", "/notes").token("alice").json(&json!({ "text": "" })).send(&lab).await;
    assert_eq!(
        (response.status(), broken(&response)),
        (StatusCode::BAD_REQUEST, vec!["note.form"])
    );
    assert_eq!(header(&response, "www-authenticate"), None);
}
