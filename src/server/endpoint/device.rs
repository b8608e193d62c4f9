//! The pages of the device authorization grant (RFC 8628 §3.3): type the code, then allow or deny.

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::authorize::go;
use super::consent::in_words;
use crate::deviation::Leniency;
use crate::issuer::{Browser, ConsentAnswer, DevicePage as Open, Fault, Next, UserCodeAnswer};
use crate::protocol::{Secret, Subject, UserCode};
use crate::rule::{self, Rule};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{DeviceConfirmPage, DeviceDonePage, DevicePage, RefusalPage, page};
use crate::server::reply::{see_other, status, with_decisions};

/// The page with the one field. A code in the link is filled in, and no more: whoever follows a
/// link still sees what it is about (§3.3.1).
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let form = match server.reader().query(request.uri()) {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let code = form.get("user_code").and_then(|code| UserCode::parse(code).ok());
    if let Some(code) = &code
        && server.issuer().deviations().reads(Leniency::DeviceByLink)
        && let Err(fault) = connect(&server, request.headers(), code).await
    {
        return server.fault(&fault);
    }
    let shown = code.map(|code| code.shown()).unwrap_or_default();
    show(&server, request.headers(), &shown, None)
}

/// What a link does where links connect devices: type the code, and say yes.
async fn connect(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    code: &UserCode,
) -> Result<(), Fault> {
    let (issuer, browser) = (server.issuer(), server.cookies().read(headers));
    let (csrf, user_code) = (issuer.user_code_csrf(&browser), Some(code.secret().clone()));
    let typed = issuer.enter_user_code(&UserCodeAnswer { csrf, user_code }, &browser).await?;
    if let Ok(Next::Device { interaction }) = typed.outcome
        && let Some(open) = issuer.device_page(&interaction, &browser).await?
    {
        let interaction = Some(interaction);
        let answer = ConsentAnswer { interaction, csrf: open.consent, allowed: true, said: None };
        // Whether the device is connected shows when it polls.
        drop(issuer.answer_device(&answer, &browser).await?);
    }
    Ok(())
}

/// The code, as typed.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let browser = Browser { from: read.from, ..server.cookies().read(&read.headers) };
    let answer = UserCodeAnswer {
        csrf: read.form.secret("csrf").cloned(),
        user_code: read.form.secret("user_code").cloned(),
    };
    let decision = match server.issuer().enter_user_code(&answer, &browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let response = match decision.outcome {
        Ok(next) => go(&server, &next).await,
        Err(refused) if *refused.rule == rule::FORM_CSRF => refuse(&server, refused.rule),
        Err(refused) => show(&server, &read.headers, "", Some(refused.rule)),
    };
    with_decisions(response, vec![decision.record])
}

/// The page that says which device asks for what.
pub(in crate::server) async fn ask(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let form = match server.reader().query(request.uri()) {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let browser = server.cookies().read(request.headers());
    let id = form.secret("interaction").cloned().unwrap_or_default();
    match server.issuer().device_page(&id, &browser).await {
        Err(fault) => server.fault(&fault),
        Ok(None) => refuse(&server, &rule::INTERACTION_KNOWN),
        Ok(Some(open)) if open.subject.is_none() => {
            let base = &server.frame().base;
            see_other(&format!("{base}/login?interaction={}", id.expose()))
        }
        Ok(Some(open)) => confirm(&server, &id, &open),
    }
}

/// The answer. Anything but `allow` is a no.
pub(in crate::server) async fn answer(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let browser = Browser { from: read.from, ..server.cookies().read(&read.headers) };
    let answer = ConsentAnswer {
        interaction: read.form.secret("interaction").cloned(),
        csrf: read.form.secret("csrf").cloned(),
        allowed: read.form.get("decision") == Some("allow"),
        said: None,
    };
    let decision = match server.issuer().answer_device(&answer, &browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let frame = server.frame();
    let response = match decision.outcome {
        Ok(()) => page(StatusCode::OK, &DeviceDonePage { frame, denied: None }, None),
        Err(refused) if [&rule::CONSENT_GRANTED, &rule::CONSENT_MODE].contains(&refused.rule) => {
            let denied = Some(refused.rule.face.description);
            page(status(refused.rule), &DeviceDonePage { frame, denied }, None)
        }
        Err(refused) => refuse(&server, refused.rule),
    };
    with_decisions(response, vec![decision.record])
}

fn refuse(server: &AuthorizationServer, rule: &'static Rule) -> Response {
    page(status(rule), &RefusalPage { frame: server.frame(), rule }, None)
}

fn show(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    user_code: &str,
    problem: Option<&'static Rule>,
) -> Response {
    let known = server.cookies().read(headers).secret;
    let secret = match known.clone().map_or_else(|| server.issuer().new_browser_secret(), Ok) {
        Ok(secret) => secret,
        Err(fault) => return server.fault(&fault),
    };
    let browser = Browser { secret: Some(secret.clone()), ..Browser::default() };
    let csrf = server.issuer().user_code_csrf(&browser).unwrap_or_default();
    let template = DevicePage {
        frame: server.frame(),
        csrf: csrf.expose(),
        user_code,
        problem: problem.map(|rule| rule.face.description),
    };
    let mut response = page(problem.map_or(StatusCode::OK, status), &template, None);
    if known.is_none() {
        server.cookies().set_browser(&mut response, &secret);
    }
    response
}

fn confirm(server: &AuthorizationServer, id: &Secret, open: &Open) -> Response {
    let template = DeviceConfirmPage {
        frame: server.frame(),
        client: open.client.display_name(),
        client_id: open.client.id.as_str(),
        known: open.client.preregistered,
        user: open.subject.as_ref().map(Subject::as_str).unwrap_or_default(),
        user_code: &open.user_code.shown(),
        scopes: in_words(server.issuer().config(), &open.scope),
        audience: &open.audience,
        interaction: id.expose(),
        csrf: open.consent.as_ref().map(Secret::expose).unwrap_or_default(),
    };
    page(StatusCode::OK, &template, None)
}
