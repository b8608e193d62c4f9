//! Pages: askama templates, and the headers that keep them from being framed, scripted or cached.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};

use super::reply::{no_store, raw, set};
use crate::rule::Rule;

/// The style sheet.
pub(super) const STYLE_SHEET: &str = include_str!("../../templates/pages/lab.css");

/// Submits the form of [`FormPostPage`].
pub(super) const SUBMIT_SCRIPT: &str = include_str!("../../templates/pages/submit.js");

/// What every page shows.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The lab's name.
    pub(super) lab: String,
    /// The issuer.
    pub(super) issuer: String,
    /// Path of the issuer: prefix of links.
    pub(super) base: String,
    /// Ids of active weaknesses: a banner on every page.
    pub(super) weaknesses: Vec<&'static str>,
    /// Whether the profile has what must not be used any more: a banner as well.
    pub(super) legacy: bool,
}

/// The login page.
#[derive(Template)]
#[template(path = "pages/login.html")]
pub(super) struct LoginPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) client: &'a str,
    pub(super) interaction: &'a str,
    pub(super) csrf: &'a str,
    pub(super) username: &'a str,
    pub(super) problem: Option<&'static str>,
}

/// The consent page.
#[derive(Template)]
#[template(path = "pages/consent.html")]
pub(super) struct ConsentPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) client: &'a str,
    pub(super) client_id: &'a str,
    pub(super) known: bool,
    /// The host of the address that the client is known by.
    pub(super) address: Option<&'a str>,
    pub(super) host: &'a str,
    /// Whether that is this machine, where any program may listen.
    pub(super) loopback: bool,
    pub(super) user: &'a str,
    pub(super) scopes: Vec<(String, String)>,
    pub(super) audience: &'a [String],
    pub(super) claims: &'a [String],
    pub(super) details: Vec<String>,
    pub(super) interaction: &'a str,
    pub(super) csrf: &'a str,
}

/// An answer that the browser posts to the client (OAuth 2.0 Form Post Response Mode §2).
#[derive(Template)]
#[template(path = "pages/form_post.html")]
pub(super) struct FormPostPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) host: &'a str,
    pub(super) action: &'a str,
    pub(super) fields: &'a [(String, String)],
}

/// The page on which a user types the code of a device.
#[derive(Template)]
#[template(path = "pages/device.html")]
pub(super) struct DevicePage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) csrf: &'a str,
    pub(super) user_code: &'a str,
    pub(super) problem: Option<&'static str>,
}

/// The page that asks whether a device may have access.
#[derive(Template)]
#[template(path = "pages/device_confirm.html")]
pub(super) struct DeviceConfirmPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) client: &'a str,
    pub(super) client_id: &'a str,
    pub(super) known: bool,
    pub(super) user: &'a str,
    pub(super) user_code: &'a str,
    pub(super) scopes: Vec<(String, String)>,
    pub(super) audience: &'a [String],
    pub(super) interaction: &'a str,
    pub(super) csrf: &'a str,
}

/// The page after the answer.
#[derive(Template)]
#[template(path = "pages/device_done.html")]
pub(super) struct DeviceDonePage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) denied: Option<&'static str>,
}

/// A refusal that is shown here, since it must not be redirected.
#[derive(Template)]
#[template(path = "pages/refusal.html")]
pub(super) struct RefusalPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) rule: &'static Rule,
}

/// The static page of one or several rules with the same public face.
#[derive(Template)]
#[template(path = "pages/rule.html")]
pub(super) struct RulePage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) page: &'a str,
    pub(super) rules: Vec<&'static Rule>,
}

/// The list of all rule pages.
#[derive(Template)]
#[template(path = "pages/rules.html")]
pub(super) struct RulesPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) rules: &'a [&'static Rule],
}

/// The start page.
#[derive(Template)]
#[template(path = "pages/start.html")]
pub(super) struct StartPage<'a> {
    pub(super) frame: &'a Frame,
    pub(super) links: Vec<(&'static str, String)>,
}

/// Renders a page. `form_action` names a further origin to which its form may lead: browsers apply
/// `form-action` to the redirect after the form as well, and a missing origin is a dead button.
pub(super) fn page(
    status: StatusCode,
    template: &impl Template,
    form_action: Option<&str>,
) -> Response {
    let origin = form_action.map(|origin| format!(" {origin}")).unwrap_or_default();
    rendered(status, template, &format!("form-action 'self'{origin}"))
}

/// Renders a page whose form is submitted at once by a script of ours, and leads to one origin.
/// Without scripts its button does it.
pub(super) fn page_that_submits(template: &impl Template, origin: &str) -> Response {
    let policy = format!("script-src 'self'; form-action {origin}");
    rendered(StatusCode::OK, template, &policy)
}

fn rendered(status: StatusCode, template: &impl Template, policy: &str) -> Response {
    let Ok(body) = template.render() else {
        return raw(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", b"the page failed".to_vec());
    };
    let mut response = no_store(raw(status, "text/html; charset=utf-8", body.into_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'self'; {policy}; frame-ancestors 'none'; base-uri 'none'"
    );
    set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    set(&mut response, REFERRER_POLICY, "no-referrer");
    set(&mut response, http::header::X_FRAME_OPTIONS, "DENY");
    set(&mut response, http::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    response
}
