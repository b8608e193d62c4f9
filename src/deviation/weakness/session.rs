//! Weaknesses of sessions, their cookies, and the login that begins them.

use http::HeaderValue;
use http::header::SET_COOKIE;

use super::Weakness;
use crate::deviation::{EffectName, Leniency, Outgoing, Seam};
use crate::protocol::Form;
use crate::rule::{self, LOGIN};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &COOKIE_HTTPONLY,
    &COOKIE_SAMESITE,
    &COOKIE_SCOPE,
    &COOKIE_SECURE,
    &LOGIN_CSRF,
    &LOGIN_GET,
    &LOGIN_OPEN_REDIRECT,
    &LOGIN_REFLECTS_PASSWORD,
    &SESSION_FIXATION,
];

static COOKIE_HTTPONLY: Weakness = Weakness {
    id: "cookie-httponly",
    title: "Cookies of the login can be read by scripts",
    seams: &[Seam::Mangle(|outgoing| {
        each_cookie(outgoing, |cookie| without(cookie, "; HttpOnly"));
    })],
    dominates: &[],
};

static COOKIE_SAMESITE: Weakness = Weakness {
    id: "cookie-samesite",
    title: "Cookies of the login go along with requests of other sites",
    seams: &[Seam::Mangle(|outgoing| {
        each_cookie(outgoing, |cookie| without(cookie, "; SameSite=Lax"));
    })],
    dominates: &[],
};

static COOKIE_SCOPE: Weakness = Weakness {
    id: "cookie-scope",
    title: "Cookies of the login are shared below a domain",
    seams: &[Seam::Mangle(|outgoing| {
        each_cookie(outgoing, |cookie| format!("{cookie}; Domain=localhost"));
    })],
    dominates: &[],
};

static COOKIE_SECURE: Weakness = Weakness {
    id: "cookie-secure",
    title: "Cookies of the login are sent over plain HTTP as well",
    seams: &[Seam::Mangle(|outgoing| each_cookie(outgoing, |cookie| without(cookie, "; Secure")))],
    dominates: &[],
};

static LOGIN_CSRF: Weakness = Weakness {
    id: "login-csrf",
    title: "The login form is accepted without the token of its page",
    seams: &[Seam::WaiveAt(&LOGIN, &rule::FORM_CSRF, |_, _| true)],
    dominates: &[],
};

static LOGIN_GET: Weakness = Weakness {
    id: "login-get",
    title: "Name and password are taken from the URL of the login page",
    seams: &[Seam::Read(Leniency::LoginByGet)],
    dominates: &[],
};

static LOGIN_OPEN_REDIRECT: Weakness = Weakness {
    id: "login-open-redirect",
    title: "The login page leads to wherever return_to says",
    seams: &[Seam::Read(Leniency::ReturnAnywhere)],
    dominates: &[],
};

static LOGIN_REFLECTS_PASSWORD: Weakness = Weakness {
    id: "login-reflects-password",
    title: "The login page shows a wrong password again",
    seams: &[Seam::Mangle(|outgoing| {
        let typed = Form::parse(outgoing.asked.body.expose().as_bytes()).ok();
        let typed = typed.as_ref().and_then(|form| form.secret("password"));
        if let (true, Some(typed)) = (outgoing.endpoint.ends_with("/login"), typed) {
            let plain = typed.expose().chars().filter(char::is_ascii_graphic);
            let plain: String = plain.filter(|c| !"<>&\"'".contains(*c)).collect();
            outgoing.body.extend_from_slice(format!("<!-- {plain} -->").as_bytes());
        }
    })],
    dominates: &[],
};

static SESSION_FIXATION: Weakness = Weakness {
    id: "session-fixation",
    title: "The session id does not change at login",
    seams: &[Seam::DropEffect(EffectName::RotateSession)],
    dominates: &[],
};

fn each_cookie(outgoing: &mut Outgoing<'_>, change: impl Fn(&str) -> String) {
    let cookies: Vec<HeaderValue> = outgoing.headers.get_all(SET_COOKIE).iter().cloned().collect();
    outgoing.headers.remove(SET_COOKIE);
    for cookie in cookies {
        let changed = cookie.to_str().map(&change).map(|text| HeaderValue::from_str(&text));
        let mut kept = if let Ok(Ok(changed)) = changed { changed } else { cookie };
        kept.set_sensitive(true);
        outgoing.headers.append(SET_COOKIE, kept);
    }
}

fn without(cookie: &str, attribute: &str) -> String {
    cookie.replace(attribute, "")
}
