//! The logout endpoint (OpenID Connect RP-Initiated Logout 1.0 §2), and what the browser does for
//! the clients afterwards (OpenID Connect Front-Channel Logout 1.0 §3).

use axum::extract::{Request, State};
use axum::response::Response;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, StatusCode};

use crate::issuer::{LoggedOut, LogoutAnswer, LogoutNext, LogoutPage};
use crate::protocol::{Form, LogoutRequest, RedirectUri, Secret, Subject};
use crate::server::authorization::AuthorizationServer;
use crate::server::page::{RefusalPage, page};
use crate::server::reply::{see_other, set, status, with_decisions};
use crate::server::session_page::{AskLogoutPage, LoggedOutPage};

/// Set by our own page, where a POST came without cookies: the next one has those that there are.
const CONTINUED: &str = "continued";

/// GET: a client sends the browser here. Nothing in a query answers our page.
pub(in crate::server) async fn get(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.reader().query(request.uri()) {
        Ok(form) => answer(&server, request.headers(), &form, LogoutAnswer::default()).await,
        Err(refused) => refused,
    }
}

/// POST: a client's request, or the answer of our own page.
pub(in crate::server) async fn post(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let read = match server.reader().body(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let given = LogoutAnswer {
        csrf: read.form.secret("csrf").cloned(),
        decision: read.form.get("decision").map(str::to_owned),
        may_lack_cookies: read.form.get(CONTINUED).is_none(),
    };
    answer(&server, &read.headers, &read.form, given).await
}

async fn answer(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: &Form,
    given: LogoutAnswer,
) -> Response {
    let browser = server.cookies().read(headers);
    let request = LogoutRequest::read(form);
    let decision = match server.issuer().logout(&request, &given, &browser).await {
        Ok(decision) => decision,
        Err(fault) => return server.fault(&fault),
    };
    let response = match decision.outcome {
        Ok(LogoutNext::Ask(asked)) => ask(server, &request, &asked),
        Ok(LogoutNext::Done(done)) => {
            let mut response = logged_out(server, &done);
            // Only then: any site can have a browser ask for this without its cookies.
            if done.ended {
                server.cookies().clear(&mut response);
            }
            response
        }
        Err(refused) => {
            let shown = RefusalPage { frame: server.frame(), rule: refused.rule };
            page(status(refused.rule), &shown, None)
        }
    };
    with_decisions(response, vec![decision.record])
}

/// The request travels with the form, so that nothing has to be remembered meanwhile.
fn ask(server: &AuthorizationServer, request: &LogoutRequest, asked: &LogoutPage) -> Response {
    let fields = [
        ("id_token_hint", request.id_token_hint.as_ref().map(Secret::expose)),
        ("client_id", request.client_id.as_deref()),
        ("post_logout_redirect_uri", request.post_logout_redirect_uri.as_deref()),
        ("state", request.state.as_deref()),
        ("csrf", asked.csrf.as_ref().map(Secret::expose)),
        (CONTINUED, asked.csrf.is_none().then_some("1")),
    ];
    let template = AskLogoutPage {
        frame: server.frame(),
        client: asked.client.as_ref().map(crate::issuer::Client::display_name),
        user: asked.subject.as_ref().map(Subject::as_str),
        host: asked.return_to.as_ref().map(RedirectUri::display_host),
        fields: fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
    };
    let source = asked.return_to.as_ref().map(RedirectUri::csp_source);
    page(StatusCode::OK, &template, source.as_deref())
}

/// Without frames the browser goes on at once; with them it stays until they have been loaded.
pub(super) fn logged_out(server: &AuthorizationServer, done: &LoggedOut) -> Response {
    let location = done.location.as_deref();
    if let Some(location) = location
        && done.automatic
        && done.frames.is_empty()
    {
        return see_other(location);
    }
    let host = location.and_then(|to| RedirectUri::parse(to).ok());
    let template = LoggedOutPage {
        frame: server.frame(),
        location,
        host: host.map(|uri| uri.display_host()).unwrap_or_default(),
        refresh: location.filter(|_| done.automatic),
        frames: &done.frames,
    };
    let mut response = page(StatusCode::OK, &template, None);
    if !done.frames.is_empty() {
        let mut origins: Vec<_> = done.frames.iter().map(|frame| frame.origin.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        let policy = format!(
            "default-src 'none'; style-src 'self'; frame-src {}; form-action 'none'; \
             frame-ancestors 'none'; base-uri 'none'",
            origins.join(" ")
        );
        set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    }
    response
}
