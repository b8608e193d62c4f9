//! What browsers send, and what they may read.

use super::*;

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
