//! Servers that are no lab: one that refuses everything, one that accepts everything, one that
//! answers nonsense, and none at all. An audit of them ends, and claims nothing that it did not see.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use oauthlab::audit::{
    self, Api, ApiKind, AuditError, AuditReport, Client, Options, Selection, Silent, Target, User,
    Verdict,
};
use oauthlab::client::Credentials;
use oauthlab::fetch::Roots;
use oauthlab::protocol::{GrantType, Scope, Secret};
use serde_json::json;
use tokio::net::TcpListener;

use super::labs::{told, with_verdict};

/// What a server does with everything but its metadata.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Refuses,
    Accepts,
    Babbles,
}

#[derive(Clone)]
struct Server {
    issuer: String,
    manner: Manner,
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/.well-known/o") && !path.contains("protected-resource") {
        return document(&server.issuer).into_response();
    }
    match server.manner {
        Manner::Refuses => {
            (StatusCode::BAD_REQUEST, json!({ "error": "invalid_request" }).to_string())
                .into_response()
        }
        Manner::Accepts => accept(&path, request.uri().query().unwrap_or_default()),
        Manner::Babbles => {
            let body = Bytes::from_static(b"<form action=\"\xff\"><input type=password name=<<>");
            (StatusCode::OK, [(CONTENT_TYPE, "text/html")], body).into_response()
        }
    }
}

fn document(issuer: &str) -> String {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
    })
    .to_string()
}

/// A code for everybody, a token for everything.
fn accept(path: &str, query: &str) -> Response {
    match path {
        "/authorize" => {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            let to = pairs.find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
            (StatusCode::SEE_OTHER, [(LOCATION, format!("{to}?code=abc"))]).into_response()
        }
        "/introspect" => json!({ "active": true, "aud": "*" }).to_string().into_response(),
        _ => json!({ "access_token": "abc", "token_type": "Bearer", "refresh_token": "abc" })
            .to_string()
            .into_response(),
    }
}

async fn target(manner: Manner) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let server = Server { issuer: issuer.clone(), manner };
    let router = Router::new().fallback(answer).with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await });
    described(&issuer)
}

fn described(issuer: &str) -> Target {
    let client = |id: &str, confidential: bool| Client {
        credentials: if confidential {
            Credentials::basic(id, Secret::new("s3cret"))
        } else {
            Credentials::public(id)
        },
        redirect_uri: "https://app.example/cb".to_owned(),
        grants: GrantType::ALL.to_vec(),
        scope: Scope::parse("openid read write").unwrap(),
    };
    let api = |path: &str, kind| Api {
        url: format!("{issuer}{path}"),
        kind,
        scopes: vec!["read".to_owned(), "write".to_owned()],
    };
    let user = |name: &str| User { name: name.to_owned(), password: Secret::new("pw") };
    Target {
        issuer: issuer.to_owned(),
        roots: Roots::System,
        clients: vec![client("a", true), client("b", true), client("c", false)],
        users: vec![user("u"), user("v")],
        login: Vec::new(),
        apis: vec![api("/notes", ApiKind::Notes), api("/mcp", ApiKind::Mcp)],
        registration_token: None,
        introspector: None,
        accepted: Vec::new(),
        profile: audit::Profile::default(),
        permitted: audit::Permitted::default(),
        server_log: None,
    }
}

async fn audited(target: Target, options: Options) -> AuditReport {
    audit::run(target, Selection::all(), options, &Silent).await.unwrap()
}

#[tokio::test]
async fn a_server_that_refuses_everything_passes_nothing_but_what_was_read() {
    let report = audited(target(Manner::Refuses).await, Options::default()).await;
    let passed = with_verdict(&report, Verdict::Pass);
    let read = [
        "debug-endpoints",
        "directory-listing",
        "metadata-alg-none",
        "metadata-alg-weak",
        "metadata-documents-disagree",
        "metadata-foreign-host",
        "metadata-host-injection",
        "metadata-implicit",
        "metadata-insecure-endpoint",
        "metadata-internal-leak",
        "metadata-issuer-form",
        "metadata-issuer-mismatch",
        "metadata-missing",
        "metadata-no-asymmetric-auth",
        "metadata-pkce-plain",
        "metadata-ropc",
        "server-banner",
        "stack-trace",
    ];
    assert_eq!(passed, read, "{}", told(&report));
    assert!(with_verdict(&report, Verdict::Inconclusive).len() > 40, "{}", told(&report));
}

#[tokio::test]
async fn a_server_that_accepts_everything_fails_where_it_counts() {
    let report = audited(target(Manner::Accepts).await, Options::default()).await;
    let failed = with_verdict(&report, Verdict::Fail);
    for id in [
        "client-auth-missing",
        "client-secret-wrong",
        "code-client-swap",
        "code-entropy",
        "code-race",
        "code-reuse",
        "introspect-open",
        "introspect-stale",
        "pkce-unsupported",
        "pkce-verifier-wrong",
        "redirect-foreign-host",
        "redirect-suffix-host",
        "refresh-client-swap",
        "refresh-not-rotated-public",
        "rs-audience",
        "rs-query-token",
        "token-entropy",
    ] {
        assert!(failed.contains(&id), "{id}:\n{}", told(&report));
    }
}

#[tokio::test]
async fn nonsense_is_inconclusive_and_the_budget_is_kept() {
    let options = Options { budget: 50, ..Options::default() };
    let report = audited(target(Manner::Babbles).await, options).await;
    assert!(report.requests <= 50);
    let claims = report.results.iter().filter(|result| {
        matches!(result.verdict(), Verdict::Pass) && !result.check.needs.is_empty()
    });
    assert_eq!(claims.count(), 0, "{}", told(&report));
    let read = [
        "metadata-content-type",
        "metadata-iss-param",
        "metadata-pkce-not-advertised",
        "nosniff-missing",
        "sender-constraint-absent",
    ];
    assert_eq!(with_verdict(&report, Verdict::Fail), read, "{}", told(&report));
}

#[tokio::test]
async fn nobody_there_is_an_error_with_a_hint() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let run = audit::run(described(&issuer), Selection::all(), Options::default(), &Silent);
    let error = run.await.unwrap_err();
    assert!(matches!(error, AuditError::Trouble(_)), "{error}");
    assert!(error.hint().contains("port"), "{}", error.hint());
}

#[tokio::test]
async fn a_stranger_is_left_alone() {
    let run = audit::run(
        described("https://login.example.com"),
        Selection::all(),
        Options::default(),
        &Silent,
    );
    let error = run.await.unwrap_err();
    assert!(error.hint().contains("--i-own-this-target login.example.com"), "{}", error.hint());
}
