//! The authorization endpoint (RFC 6749 §3.1): query or form, and a browser on the other side.

use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;

use crate::issuer::{Authorization, FrontChannel, Next, ReturnTo};
use crate::protocol::{AuthorizationRequest, Form, OAuthError};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{FormPostPage, RefusalPage, page, page_that_submits};
use crate::server::reply::{oauth_error, see_other, status, with_decisions};

/// GET: parameters stand in the query.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().query(request.uri()) {
        Ok(form) => answer(&server, request.headers(), &form).await,
        Err(refused) => refused,
    }
}

/// POST: parameters stand in the body (OpenID Connect Core §3.1.2.1).
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().body(request).await {
        Ok(read) => answer(&server, &read.headers, &read.form).await,
        Err(refused) => refused,
    }
}

async fn answer(server: &AuthorizationServer, headers: &HeaderMap, form: &Form) -> Response {
    let mut browser = server.cookies().read(headers);
    let known = browser.secret.clone();
    let secret = match known.clone().map_or_else(|| server.issuer().new_browser_secret(), Ok) {
        Ok(secret) => secret,
        Err(fault) => return server.fault(&fault),
    };
    browser.secret = Some(secret.clone());
    let request = AuthorizationRequest::read(form);
    let mut response = match server.issuer().authorize(&request, &browser).await {
        Ok(authorization) => render(server, authorization).await,
        Err(fault) => return server.fault(&fault),
    };
    if known.is_none() {
        server.cookies().set_browser(&mut response, &secret);
    }
    response
}

/// Renders what the authorization or the consent decision came to.
pub(super) async fn render(server: &AuthorizationServer, authorization: Authorization) -> Response {
    let Authorization { decision, return_to } = authorization;
    let records = vec![decision.record];
    let response = match (decision.outcome, return_to) {
        (Ok(next), _) => go(server, &next).await,
        (Err(refused), Some(return_to)) => {
            let error = oauth_error(server.url(), refused.rule);
            send_back(server, &return_to, &error_parameters(&error)).await
        }
        (Err(refused), None) => {
            let shown = RefusalPage { frame: server.frame(), rule: refused.rule };
            page(status(refused.rule), &shown, None)
        }
    };
    with_decisions(response, records)
}

/// Sends the browser on.
pub(super) async fn go(server: &AuthorizationServer, next: &Next) -> Response {
    let base = &server.frame().base;
    match next {
        Next::Login { interaction, hint } => {
            let hint = hint.as_deref().map(|hint| format!("&hint={}", encoded(hint)));
            let id = interaction.expose();
            see_other(&format!("{base}/login?interaction={id}{}", hint.unwrap_or_default()))
        }
        Next::Consent { interaction } => {
            see_other(&format!("{base}/consent?interaction={}", interaction.expose()))
        }
        Next::Device { interaction } => {
            see_other(&format!("{base}/device/confirm?interaction={}", interaction.expose()))
        }
        Next::Answer { return_to, parameters } => {
            let plain = parameters.iter().map(|(name, value)| (*name, value.expose()));
            send_back(server, return_to, &plain.collect::<Vec<_>>()).await
        }
    }
}

fn encoded(text: &str) -> String {
    let short: String = text.chars().take(128).collect();
    url::form_urlencoded::byte_serialize(short.as_bytes()).collect()
}

/// RFC 6749 §4.1.2.1.
fn error_parameters(error: &OAuthError) -> [(&'static str, &str); 3] {
    [
        ("error", error.error.as_str()),
        ("error_description", error.description),
        ("error_uri", error.uri.as_str()),
    ]
}

/// The answer, in the way that the request asked for.
async fn send_back(
    server: &AuthorizationServer,
    return_to: &ReturnTo,
    parameters: &[(&str, &str)],
) -> Response {
    match server.issuer().front_channel(return_to, parameters).await {
        Err(fault) => server.fault(&fault),
        Ok(FrontChannel::Redirect(location)) => see_other(&location),
        Ok(FrontChannel::Form { action, fields }) => {
            let shown = FormPostPage {
                frame: server.frame(),
                host: &action.display_host(),
                action: action.as_str(),
                fields: &fields,
            };
            page_that_submits(&shown, &action.csp_source())
        }
    }
}
