//! A server that is described by a target file: its forms explain nothing, and only the login
//! script gets through them.

use std::collections::HashMap;
use std::path::Path;

use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use oauthlab::audit::{self, Lookup, Options, Selection, Silent, TargetFile, Verdict};
use oauthlab::fetch::Roots;
use serde_json::json;
use tokio::net::TcpListener;

use super::labs::{told, with_verdict};

type Fields = HashMap<String, String>;

/// First who, then the password, then a page whose second button is the right one.
const WHO: &str = "<form method=post action=/who><input name=q1><button name=go value=1>→</form>";
const SECRET: &str = "<form method=post action=/secret><input name=q2 type=password>\
    <input name=q1 type=hidden value=Q><button name=go value=2>→</form>";
const LAST: &str = "<form method=post action=/last><button name=x value=a>A</button>\
    <button name=x value=b>B</button></form>";

fn fields(body: &str) -> Fields {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

async fn who(body: String) -> Response {
    let fields = fields(&body);
    if fields.get("q1").is_some_and(|name| name == "alice") {
        return Html(SECRET.replace('Q', "alice")).into_response();
    }
    StatusCode::BAD_REQUEST.into_response()
}

async fn secret(body: String) -> Response {
    let fields = fields(&body);
    let right = fields.get("q1").is_some_and(|name| name == "alice")
        && fields.get("q2").is_some_and(|password| password == "wonderland");
    if right { Html(LAST).into_response() } else { StatusCode::FORBIDDEN.into_response() }
}

async fn last(body: String) -> Response {
    let fields = fields(&body);
    if fields.get("x").is_some_and(|button| button == "b") {
        return Redirect::to("https://app.example/cb?code=abc").into_response();
    }
    StatusCode::FORBIDDEN.into_response()
}

/// Any code, any verifier, any secret: what an audit must find.
async fn token() -> Response {
    Json(json!({ "access_token": "abc", "token_type": "Bearer" })).into_response()
}

async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "code_challenge_methods_supported": ["S256"],
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async move || Json(metadata)))
        .route("/authorize", get(async || Html(WHO)))
        .route("/who", post(who))
        .route("/secret", post(secret))
        .route("/last", post(last))
        .route("/token", post(token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    issuer
}

async fn audited(login: &str) -> audit::AuditReport {
    let issuer = server().await;
    let text = format!(
        "issuer: {issuer}\n\
         clients: [{{ id: web, redirect_uri: \"https://app.example/cb\", scope: openid }}]\n\
         users: [{{ name: alice, password_env: PASSWORD }}]\n{login}"
    );
    let variable = |name: &str| (name == "PASSWORD").then(|| "wonderland".to_owned());
    let lookup = Lookup { variable: &variable, folder: Path::new(".") };
    let target = TargetFile::parse(&text).unwrap().target(Roots::System, lookup).unwrap();
    let selection = Selection::of(&["pkce-verifier-wrong".to_owned()], &[]).unwrap();
    audit::run(target, selection, Options::default(), &Silent).await.unwrap()
}

#[tokio::test]
async fn a_script_gets_through_pages_that_explain_nothing() {
    let login = "\
        login:
          - { match: \"*/authorize\", fill: { q1: \"{user}\" }, press: go }
          - { match: \"*/who\", fill: { q2: \"{password}\" }, press: go }
          - { match: \"*/secret\", press: b }
        ";
    let report = audited(login).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), ["pkce-verifier-wrong"], "{}", told(&report));
}

#[tokio::test]
async fn without_the_script_nothing_is_claimed() {
    let report = audited("").await;
    let unknown = with_verdict(&report, Verdict::Inconclusive);
    assert_eq!(unknown, ["pkce-verifier-wrong"], "{}", told(&report));
}
