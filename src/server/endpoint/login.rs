//! The login page and its form.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;

use super::authorize::go;
use crate::deviation::{Leniency, Surface};
use crate::issuer::{Browser, LoginAnswer};
use crate::protocol::{Form, Secret, deceives};
use crate::rule::{self, DecisionRecord};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{LoginPage, RefusalPage, page};
use crate::server::reply::{see_other, status, with_decisions};

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
    if form.get("password").is_some() && server.issuer().deviations().reads(Leniency::LoginByGet) {
        return decide(&server, &browser, &form).await;
    }
    let id = form.secret("interaction").cloned().unwrap_or_default();
    let asked = Shown { id: &id, username: form.get("hint").unwrap_or_default(), problem: None };
    show(&server, &browser, StatusCode::OK, asked).await
}

/// The form.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let browser = Browser { from: read.from, ..server.cookies().read(&read.headers) };
    decide(&server, &browser, &read.form).await
}

async fn decide(server: &AuthorizationServer, browser: &Browser, form: &Form) -> Response {
    let answer = LoginAnswer {
        interaction: form.secret("interaction").cloned(),
        csrf: form.secret("csrf").cloned(),
        username: form.get("username").map(str::to_owned),
        password: form.secret("password").cloned(),
    };
    let decision = match server.issuer().login(&answer, browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    match decision.outcome {
        Ok((next, begun)) => {
            let anywhere = server.issuer().deviations().reads(Leniency::ReturnAnywhere);
            let mut response = match form.get("return_to").filter(|_| anywhere) {
                Some(place) => see_other(place),
                None => go(server, &next).await,
            };
            server.cookies().set_session(&mut response, &begun);
            with_decisions(response, vec![decision.record])
        }
        Err(refused) => refuse(server, browser, &answer, (refused.rule, decision.record)).await,
    }
}

/// A wrong password shows the form again; everything else ends here.
async fn refuse(
    server: &AuthorizationServer,
    browser: &Browser,
    answer: &LoginAnswer,
    (rule, record): (&'static rule::Rule, DecisionRecord),
) -> Response {
    let again = [&rule::LOGIN_PASSWORD, &rule::LOGIN_RATE, &rule::LOGIN_EXPECTED].contains(&rule);
    let response = match &answer.interaction {
        Some(id) if again => {
            let username = answer.username.as_deref().unwrap_or_default();
            let tells = server.issuer().deviations().opens(Surface::UnknownUsers);
            let problem = if tells && !server.issuer().knows(username) {
                "There is no such user."
            } else {
                rule.face.description
            };
            let shown = Shown { id, username, problem: Some(problem) };
            show(server, browser, status(rule), shown).await
        }
        Some(_) | None => page(status(rule), &RefusalPage { frame: server.frame(), rule }, None),
    };
    with_decisions(response, vec![record])
}

struct Shown<'a> {
    id: &'a Secret,
    username: &'a str,
    problem: Option<&'static str>,
}

async fn show(
    server: &AuthorizationServer,
    browser: &Browser,
    status_code: StatusCode,
    shown: Shown<'_>,
) -> Response {
    match server.issuer().login_page(shown.id, browser).await {
        Err(fault) => server.fault(&fault),
        Ok(None) => {
            let rule = &rule::INTERACTION_KNOWN;
            page(status(rule), &RefusalPage { frame: server.frame(), rule }, None)
        }
        Ok(Some(open)) => {
            let template = LoginPage {
                frame: server.frame(),
                client: open.client.display_name(),
                interaction: shown.id.expose(),
                csrf: open.csrf.expose(),
                username: honest(shown.username),
                problem: shown.problem,
            };
            let source = open.redirect_uri.map(|uri| uri.csp_source());
            page(status_code, &template, source.as_deref())
        }
    }
}

/// What stands in the field already. Anybody can put a hint into a link, so that a name which reads
/// as another one is left out.
fn honest(name: &str) -> &str {
    if name.chars().any(deceives) { "" } else { name }
}
