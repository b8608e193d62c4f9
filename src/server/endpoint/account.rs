//! The account page: HTML for people, `oauthlab.account/v1` for scripts.

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};

use super::logout::logged_out;
use crate::issuer::{AccountAnswer, Browser, LoggedOut, LoginAnswer, Revoked};
use crate::protocol::Secret;
use crate::rule::{self, Refusal};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{RefusalPage, page};
use crate::server::reply::{json, refusal, see_other, status, with_decisions};
use crate::server::session_page::{AccountLoginPage, AccountPage};

/// The page.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let mut browser = server.cookies().read(request.headers());
    let known = browser.secret.clone();
    let secret = match known.clone().map_or_else(|| server.issuer().new_browser_secret(), Ok) {
        Ok(secret) => secret,
        Err(fault) => return server.fault(&fault),
    };
    browser.secret = Some(secret.clone());
    let mut response = show(&server, &browser, wants_json(request.headers())).await;
    if known.is_none() {
        server.cookies().set_browser(&mut response, &secret);
    }
    response
}

/// The login form of the account.
pub(in crate::server) async fn login(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let browser = Browser { from: read.from, ..server.cookies().read(&read.headers) };
    let answer = LoginAnswer {
        csrf: read.form.secret("csrf").cloned(),
        username: read.form.get("username").map(str::to_owned),
        password: read.form.secret("password").cloned(),
        ..LoginAnswer::default()
    };
    let decision = match server.issuer().account_login(&answer, &browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let response = match decision.outcome {
        Ok(begun) => {
            let mut response = see_other(&format!("{}/account", server.frame().base));
            server.cookies().set_session(&mut response, &begun);
            response
        }
        Err(refused) if *refused.rule == rule::FORM_CSRF => {
            let shown = RefusalPage { frame: server.frame(), rule: refused.rule };
            page(status(refused.rule), &shown, None)
        }
        Err(refused) => ask_for_login(&server, &browser, refused.rule),
    };
    with_decisions(response, vec![decision.record])
}

fn ask_for_login(
    server: &AuthorizationServer,
    browser: &Browser,
    problem: &'static rule::Rule,
) -> Response {
    let csrf = server.issuer().account_login_csrf(browser);
    let template = AccountLoginPage {
        frame: server.frame(),
        csrf: csrf.as_ref().map(Secret::expose).unwrap_or_default(),
        problem: problem.face.description,
    };
    page(status(problem), &template, None)
}

/// The form that takes something back.
pub(in crate::server) async fn revoke(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let browser = Browser { from: read.from, ..server.cookies().read(&read.headers) };
    let text = |name| read.form.get(name).map(str::to_owned);
    let answer = AccountAnswer {
        csrf: read.form.secret("csrf").cloned(),
        session: text("session"),
        consent: text("consent"),
        client: text("client"),
    };
    let script = wants_json(&read.headers);
    let decision = match server.issuer().revoke_own(&answer, &browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let records = vec![decision.record];
    match decision.outcome {
        Err(refused) => refuse(&server, refused, script, records),
        Ok(Revoked::ThisSession) => {
            let mut response = if script {
                json(StatusCode::OK, &serde_json::json!({ "logged_out": true }))
            } else {
                logged_out(&server, &LoggedOut::default())
            };
            server.cookies().clear(&mut response);
            with_decisions(response, records)
        }
        Ok(Revoked::Other) if script => with_decisions(
            json(StatusCode::OK, &serde_json::json!({ "logged_out": false })),
            records,
        ),
        Ok(Revoked::Other) => {
            with_decisions(see_other(&format!("{}/account", server.frame().base)), records)
        }
    }
}

async fn show(server: &AuthorizationServer, browser: &Browser, script: bool) -> Response {
    let decision = match server.issuer().account(browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let records = vec![decision.record];
    match decision.outcome {
        Err(refused) if script => refuse(server, refused, script, records),
        Err(refused) => with_decisions(ask_for_login(server, browser, refused.rule), records),
        Ok(account) if script => with_decisions(json(StatusCode::OK, &account), records),
        Ok(account) => {
            let csrf = account.csrf.as_ref().map(Secret::expose).unwrap_or_default();
            let template = AccountPage { frame: server.frame(), account: &account, csrf };
            with_decisions(page(StatusCode::OK, &template, None), records)
        }
    }
}

fn refuse(
    server: &AuthorizationServer,
    refused: Refusal,
    script: bool,
    records: Vec<crate::rule::DecisionRecord>,
) -> Response {
    if script {
        return refusal(server.url(), refused, records);
    }
    let shown = RefusalPage { frame: server.frame(), rule: refused.rule };
    with_decisions(page(status(refused.rule), &shown, None), records)
}

/// Whether JSON is asked for by name: a browser's `*/*` is not.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|one| {
        let media_type = one.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    })
}
