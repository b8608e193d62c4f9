//! The lab's cookies: read and set here, worth something only in `issuer`. Cookies ignore ports, so
//! that their names say whose they are; the inspector has none.

use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::issuer::{Begun, Browser};
use crate::protocol::Secret;

/// How cookies are named: over TLS with the `__Host-` prefix, which ties them to this origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieNames {
    /// Over TLS.
    Host,
    /// On a plain loopback lab, where browsers refuse the prefix.
    Plain,
}

/// Cookies longer than this are none of ours.
const MAX_VALUE: usize = 128;

impl CookieNames {
    const fn browser(self) -> &'static str {
        match self {
            Self::Host => "__Host-oauthlab-browser",
            Self::Plain => "oauthlab-browser",
        }
    }

    const fn session(self) -> &'static str {
        match self {
            Self::Host => "__Host-oauthlab-session",
            Self::Plain => "oauthlab-session",
        }
    }

    const fn known(self) -> &'static str {
        match self {
            Self::Host => "__Host-oauthlab-known",
            Self::Plain => "oauthlab-known",
        }
    }

    /// What a browser brought along.
    pub(super) fn read(self, headers: &HeaderMap) -> Browser {
        Browser {
            secret: find(headers, self.browser()),
            session: find(headers, self.session()),
            known: find(headers, self.known()),
            from: None,
        }
    }

    /// Sets the browser's secret.
    pub(super) fn set_browser(self, response: &mut Response, secret: &Secret) {
        self.set(response, self.browser(), secret);
    }

    /// Sets what a login gives: the session, and that the browser is known, which outlives it.
    pub(super) fn set_session(self, response: &mut Response, begun: &Begun) {
        self.set(response, self.session(), &begun.session);
        let known = format!("{}={}", self.known(), begun.known.expose());
        self.write(response, &known, "; Max-Age=7776000");
    }

    /// Takes the browser's secret and the session away.
    pub(super) fn clear(self, response: &mut Response) {
        for name in [self.browser(), self.session()] {
            self.write(response, &format!("{name}="), "; Max-Age=0");
        }
    }

    fn set(self, response: &mut Response, name: &str, value: &Secret) {
        self.write(response, &format!("{name}={}", value.expose()), "");
    }

    fn write(self, response: &mut Response, pair: &str, age: &str) {
        let secure = match self {
            Self::Host => "; Secure",
            Self::Plain => "",
        };
        let cookie = format!("{pair}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
            cookie.set_sensitive(true);
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

/// The one cookie of this name; two of them mean that somebody else planted one.
fn find(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) if (1..=MAX_VALUE).contains(&value.len()) => Some(Secret::new(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn a_planted_second_cookie_makes_both_worthless() {
        let one = headers("a=b; __Host-oauthlab-session=x");
        assert!(CookieNames::Host.read(&one).session.is_some());
        let two = headers("__Host-oauthlab-session=x; __Host-oauthlab-session=y");
        assert!(CookieNames::Host.read(&two).session.is_none());
    }

    #[test]
    fn a_cookie_that_was_taken_away_says_nothing() {
        let mut response = Response::default();
        CookieNames::Host.clear(&mut response);
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2);
        assert!(
            cookies.iter().all(|cookie| cookie.ends_with("; Secure; Max-Age=0")),
            "{cookies:?}"
        );
        let left = CookieNames::Host.read(&headers("__Host-oauthlab-session="));
        assert!(left.session.is_none());
    }

    #[test]
    fn the_prefix_and_all_attributes_are_set() {
        let mut response = Response::default();
        let begun = Begun { session: Secret::new("v"), known: Secret::new("k") };
        CookieNames::Host.set_session(&mut response, &begun);
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        let attributes = "Path=/; HttpOnly; SameSite=Lax; Secure";
        let session = format!("__Host-oauthlab-session=v; {attributes}");
        let known = format!("__Host-oauthlab-known=k; {attributes}; Max-Age=7776000");
        assert_eq!(cookies, [session, known]);
    }
}
