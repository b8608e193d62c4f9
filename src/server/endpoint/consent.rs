//! The consent page and its form.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::authorize::render;
use crate::config::Config;
use crate::issuer::{Browser, ConsentAnswer, InteractionPage, SaidAgain};
use crate::protocol::{Form, NoteAction, NotesAccess, Scope, Secret, Subject};
use crate::rule;
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{ConsentPage, RefusalPage, page};
use crate::server::reply::{see_other, status};

/// The page.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let form = match server.reader().query(request.uri()) {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let browser = server.cookies().read(request.headers());
    let id = form.secret("interaction").cloned().unwrap_or_default();
    match server.issuer().interaction_page(&id, &browser).await {
        Err(fault) => server.fault(&fault),
        Ok(None) => {
            let rule = &rule::INTERACTION_KNOWN;
            page(status(rule), &RefusalPage { frame: server.frame(), rule }, None)
        }
        Ok(Some(open)) if open.subject.is_none() => {
            let base = &server.frame().base;
            see_other(&format!("{base}/login?interaction={}", id.expose()))
        }
        Ok(Some(open)) => show(&server, &id, &open),
    }
}

/// The form. Anything but `allow` is a no.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().body(request).await {
        Ok(read) => decide(&server, &server.cookies().read(&read.headers), &read.form).await,
        Err(refused) => refused,
    }
}

/// The form in the URL of a HEAD request: routed here where a deviation opens it.
pub(in crate::server) async fn head(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().query(request.uri()) {
        Ok(form) => decide(&server, &server.cookies().read(request.headers()), &form).await,
        Err(refused) => refused,
    }
}

async fn decide(server: &AuthorizationServer, browser: &Browser, form: &Form) -> Response {
    let said = |name| form.get(name).map(str::to_owned);
    let answer = ConsentAnswer {
        interaction: form.secret("interaction").cloned(),
        csrf: form.secret("csrf").cloned(),
        allowed: form.get("decision") == Some("allow"),
        said: Some(SaidAgain { redirect_uri: said("redirect_uri"), scope: said("scope") }),
    };
    match server.issuer().consent(&answer, browser).await {
        Ok(authorization) => render(server, authorization).await,
        Err(fault) => server.fault(&fault),
    }
}

fn show(server: &AuthorizationServer, id: &Secret, open: &InteractionPage) -> Response {
    let subject = open.subject.as_ref().map(Subject::as_str).unwrap_or_default();
    let template = ConsentPage {
        frame: server.frame(),
        client: open.client.display_name(),
        client_id: open.client.id.as_str(),
        known: open.client.preregistered,
        address: open.client.host.as_deref(),
        host: &open.redirect_uri.display_host(),
        loopback: open.redirect_uri.is_loopback(),
        user: subject,
        scopes: in_words(server.issuer().config(), &open.scope),
        audience: &open.audience,
        claims: &open.claims,
        details: open.details.iter().map(detail_in_words).collect(),
        interaction: id.expose(),
        csrf: open.consent.as_ref().map(Secret::expose).unwrap_or_default(),
    };
    page(StatusCode::OK, &template, Some(&open.redirect_uri.csp_source()))
}

/// Each scope with its meaning: the lab file's words for APIs, ours for OpenID Connect.
pub(super) fn in_words(config: &Config, scope: &Scope) -> Vec<(String, String)> {
    let meaning = |token: &str| {
        let of_api = config.api_of_scope(token).and_then(|api| {
            api.scopes.iter().find(|(own, _)| own.as_str() == token).map(|(_, words)| words.clone())
        });
        of_api.unwrap_or_else(|| {
            match token {
                "openid" => "Know who you are",
                "profile" => "Read your name and profile",
                "email" => "Read your email address",
                "offline_access" => "Keep access while you are away",
                _ => "Use this scope",
            }
            .to_owned()
        })
    };
    scope.iter().map(|token| (token.to_owned(), meaning(token))).collect()
}

/// A detail of RFC 9396 as a sentence.
fn detail_in_words(detail: &NotesAccess) -> String {
    let actions: Vec<_> = detail
        .actions
        .iter()
        .map(|action| match action {
            NoteAction::Read => "read",
            NoteAction::Write => "write",
            NoteAction::Delete => "delete",
        })
        .collect();
    let actions = actions.join(", ");
    if detail.note_ids.is_empty() {
        format!("Do this with all of your notes: {actions}")
    } else {
        format!("Do this with only these of your notes: {actions} – {}", detail.note_ids.join(", "))
    }
}
