//! The issuer's cookies: read and set here, worth something only in `issuer`. No other server of the
//! lab has any.

use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::issuer::{Begun, Browser};
use crate::protocol::{IssuerUrl, Secret};

/// How cookies are named: over TLS with the `__Host-` prefix, which ties them to this host. Cookies
/// ignore ports, so that the names say whose they are: those of the issuer, at its port. Two labs of
/// one machine then leave each other's sessions alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CookieNames {
    browser: String,
    session: String,
    known: String,
    secure: bool,
}

/// Cookies longer than this are none of ours.
const MAX_VALUE: usize = 128;

impl CookieNames {
    /// Of an issuer; `secure` is false on a plain loopback lab, where browsers refuse the prefix.
    pub(super) fn of(issuer: &IssuerUrl, secure: bool) -> Self {
        let port = Url::parse(issuer.as_str()).ok().and_then(|url| url.port_or_known_default());
        let (prefix, port) = (if secure { "__Host-" } else { "" }, port.unwrap_or_default());
        let name = |what: &str| format!("{prefix}oauthlab-issuer-{port}-{what}");
        let [browser, session, known] = ["browser", "session", "known"].map(name);
        Self { browser, session, known, secure }
    }

    /// What a browser brought along.
    pub(super) fn read(&self, headers: &HeaderMap) -> Browser {
        Browser {
            secret: find(headers, &self.browser),
            session: find(headers, &self.session),
            known: find(headers, &self.known),
            from: None,
        }
    }

    /// Sets the browser's secret.
    pub(super) fn set_browser(&self, response: &mut Response, secret: &Secret) {
        self.set(response, &self.browser, secret);
    }

    /// Sets what a login gives: the session, and that the browser is known, which outlives it.
    pub(super) fn set_session(&self, response: &mut Response, begun: &Begun) {
        self.set(response, &self.session, &begun.session);
        let known = format!("{}={}", self.known, begun.known.expose());
        self.write(response, &known, "; Max-Age=7776000");
    }

    /// Takes the browser's secret and the session away.
    pub(super) fn clear(&self, response: &mut Response) {
        for name in [&self.browser, &self.session] {
            self.write(response, &format!("{name}="), "; Max-Age=0");
        }
    }

    fn set(&self, response: &mut Response, name: &str, value: &Secret) {
        self.write(response, &format!("{name}={}", value.expose()), "");
    }

    fn write(&self, response: &mut Response, pair: &str, age: &str) {
        let secure = if self.secure { "; Secure" } else { "" };
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

    fn host() -> CookieNames {
        CookieNames::of(&IssuerUrl::parse("https://localhost:9443").unwrap(), true)
    }

    #[test]
    fn labs_on_two_ports_of_one_host_have_cookies_of_their_own() {
        let other = CookieNames::of(&IssuerUrl::parse("https://localhost:9543").unwrap(), true);
        let cookie = headers(&format!("{}=theirs; {}=mine", other.session, host().session));
        assert_eq!(host().read(&cookie).session.unwrap().expose(), "mine");
        let default = IssuerUrl::parse("https://as.example").unwrap();
        assert_eq!(CookieNames::of(&default, true).known, "__Host-oauthlab-issuer-443-known");
    }

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn a_planted_second_cookie_makes_both_worthless() {
        let one = headers("a=b; __Host-oauthlab-issuer-9443-session=x");
        assert!(host().read(&one).session.is_some());
        let two =
            headers("__Host-oauthlab-issuer-9443-session=x; __Host-oauthlab-issuer-9443-session=y");
        assert!(host().read(&two).session.is_none());
    }

    #[test]
    fn a_cookie_that_was_taken_away_says_nothing() {
        let mut response = Response::default();
        host().clear(&mut response);
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2);
        assert!(
            cookies.iter().all(|cookie| cookie.ends_with("; Secure; Max-Age=0")),
            "{cookies:?}"
        );
        let left = host().read(&headers("__Host-oauthlab-issuer-9443-session="));
        assert!(left.session.is_none());
    }

    #[test]
    fn the_prefix_and_all_attributes_are_set() {
        let mut response = Response::default();
        let begun = Begun { session: Secret::new("v"), known: Secret::new("k") };
        host().set_session(&mut response, &begun);
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        let attributes = "Path=/; HttpOnly; SameSite=Lax; Secure";
        let session = format!("__Host-oauthlab-issuer-9443-session=v; {attributes}");
        let known = format!("__Host-oauthlab-issuer-9443-known=k; {attributes}; Max-Age=7776000");
        assert_eq!(cookies, [session, known]);
    }
}
