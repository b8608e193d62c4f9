//! Paths, methods and metadata.

use super::*;

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
            "dpop_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
            "tls_client_certificate_bound_access_tokens": true,
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
async fn under_fapi2_no_rs256_is_offered_for_proofs() {
    let lab = lab_with(|config| config.profile = Profile::Fapi2);
    let response = call("GET", "/.well-known/oauth-protected-resource/mcp").send(&lab).await;
    let algorithms = &body(response).await["dpop_signing_alg_values_supported"];
    assert_eq!(*algorithms, json!(["PS256", "ES256", "EdDSA"]));
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
async fn a_further_api_says_who_called() {
    let lab = lab_with(|config| {
        let scope = |name: &str| (ScopeToken::parse(name).unwrap(), name.to_owned());
        config.apis.push(Api {
            name: "orders".to_owned(),
            path: "/v1/orders".to_owned(),
            scopes: vec![scope("orders:list"), scope("offline_access")],
            validation: TokenValidation::Introspection,
            identifiers: Vec::new(),
            requires_bound_tokens: false,
            step_up: crate::config::StepUp::default(),
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

/// A foreign issuer may issue bearer tokens; a lab under this rule book takes none.
#[tokio::test]
async fn under_fapi2_every_api_refuses_bearer_tokens_and_names_the_profile() {
    for wanted_by in ["the API", "the profile fapi2"] {
        let lab = lab_with(|config| {
            if wanted_by == "the API" {
                config.apis.iter_mut().for_each(|api| api.requires_bound_tokens = true);
            } else {
                *config = config.clone().under(Profile::Fapi2);
            }
        });
        for (method, path, token) in [("GET", "/notes", "alice"), ("POST", "/mcp", "agent")] {
            let response = call(method, path).token(token).send(&lab).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert!(challenge(&response).contains("error=\"invalid_token\""));
            assert_eq!(broken(&response), ["resource.sender_constrained"]);
            let decisions = format!("{:?}", response.extensions().get::<Decisions>());
            let expected = format!("a bound token, as {wanted_by} wants");
            assert!(decisions.contains(&expected), "{decisions}");
        }
    }
    let lab = lab();
    assert_eq!(call("GET", "/notes").token("alice").send(&lab).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn without_tls_only_a_proof_can_bind_and_the_metadata_says_so() {
    let lab = lab_with(|config| {
        config.tls = TlsMode::Off;
        *config = config.clone().under(Profile::Fapi2);
    });
    let response = call("GET", "/.well-known/oauth-protected-resource/mcp").send(&lab).await;
    let document = body(response).await;
    assert_eq!(document["dpop_bound_access_tokens_required"], true);
    assert!(document["tls_client_certificate_bound_access_tokens"].is_null(), "{document}");
}
