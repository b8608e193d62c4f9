//! Pages without facts: rules, style, start, health.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::CACHE_CONTROL;

use super::Segment;
use crate::rule::{self, RULES};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{RulePage, RulesPage, STYLE_SHEET, SUBMIT_SCRIPT, StartPage, page};
use crate::server::reply::{asked_path, json, raw, refuse_request, set};

/// The list of rules.
pub(in crate::server) async fn rules(State(server): State<AuthorizationServer>) -> Response {
    page(StatusCode::OK, &RulesPage { frame: server.frame(), rules: RULES }, None)
}

/// The page that `error_uri` names, or that of a single rule.
pub(in crate::server) async fn rule(
    State(server): State<AuthorizationServer>,
    Segment(name): Segment,
    request: Request,
) -> Response {
    let named = RULES.iter().filter(|rule| rule.face.page == name);
    let mut rules: Vec<_> = named.copied().collect();
    if rules.is_empty() {
        rules.extend(rule::find(&name));
    }
    if rules.is_empty() {
        let facts = (rule::Fact::fixed("the id of a rule"), asked_path(request.uri().path()));
        return refuse_request(server.url(), &rule::REQUEST_ENDPOINT, facts);
    }
    page(StatusCode::OK, &RulePage { frame: server.frame(), page: &name, rules }, None)
}

/// The style sheet.
pub(in crate::server) async fn style() -> Response {
    let mut response = raw(StatusCode::OK, "text/css; charset=utf-8", STYLE_SHEET.into());
    set(&mut response, CACHE_CONTROL, "public, max-age=60");
    response
}

/// The script that submits a form at once.
pub(in crate::server) async fn submit_script() -> Response {
    let mut response = raw(StatusCode::OK, "text/javascript; charset=utf-8", SUBMIT_SCRIPT.into());
    set(&mut response, CACHE_CONTROL, "public, max-age=60");
    response
}

/// Whether the server answers.
pub(in crate::server) async fn health() -> Response {
    json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// The metadata of `oauthlab token` as a client that is known by its address: for labs on loopback
/// that admit such clients.
pub(in crate::server) async fn command_line_client(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let Some(document) = server.issuer().command_line_client() else {
        let expected = rule::Fact::fixed("client_id_metadata other than off");
        let facts = (expected, asked_path(request.uri().path()));
        return refuse_request(server.url(), &rule::REQUEST_ENDPOINT, facts);
    };
    let mut response = json(StatusCode::OK, &document);
    set(&mut response, CACHE_CONTROL, "public, max-age=300");
    response
}

/// What is here.
pub(in crate::server) async fn start(State(server): State<AuthorizationServer>) -> Response {
    let url = server.url();
    let links = vec![
        ("Metadata (RFC 8414)", url.well_known("oauth-authorization-server")),
        ("Metadata (OpenID Connect)", url.well_known_appended("openid-configuration")),
        ("Public keys", url.endpoint("/jwks")),
        ("Rules", url.endpoint("/rules")),
    ];
    page(StatusCode::OK, &StartPage { frame: server.frame(), links }, None)
}
