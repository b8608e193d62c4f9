//! Cookies, as far as a login needs them (RFC 6265 §5.2 to §5.4), with the name prefixes that
//! browsers enforce. Bounded.

use std::time::Duration;

use url::{Host, Url};

use super::cookie_date;
use crate::clock::Timestamp;
use crate::protocol::{Secret, is_loopback_host};

/// The cookies of one browser. They are shared by the ports of a host, as in every browser.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: Secret,
    host: String,
    host_only: bool,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

const MAX_COOKIES: usize = 300;
const MAX_LENGTH: usize = 4096;

impl CookieJar {
    /// No cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a cookie that `url` set, replaces it, or removes it. What a browser would ignore is
    /// ignored.
    pub fn store(&mut self, url: &Url, header: &str, now: Timestamp) {
        let Some(cookie) = Cookie::parse(url, header, now) else { return };
        let same = |old: &Cookie| {
            old.name == cookie.name && old.host == cookie.host && old.path == cookie.path
        };
        let dead = cookie.expires.is_some_and(|at| at <= now);
        match self.cookies.iter().position(same) {
            Some(at) if dead => drop(self.cookies.remove(at)),
            // In place: the order is that of creation (§5.4).
            Some(at) => self.cookies.splice(at..=at, [cookie]).for_each(drop),
            None if dead || self.cookies.len() >= MAX_COOKIES => {}
            None => self.cookies.push(cookie),
        }
    }

    /// The `Cookie` header for a request (§5.4): longer paths first, then older cookies.
    pub fn header(&self, url: &Url, now: Timestamp) -> Option<Secret> {
        let mut fitting: Vec<_> = self.cookies.iter().filter(|c| c.fits(url, now)).collect();
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pair = |cookie: &&Cookie| format!("{}={}", cookie.name, cookie.value.expose());
        let pairs: Vec<_> = fitting.iter().map(pair).collect();
        (!pairs.is_empty()).then(|| Secret::new(pairs.join("; ")))
    }

    /// The value of a cookie that would be sent to `url`.
    pub fn get(&self, url: &Url, name: &str, now: Timestamp) -> Option<&Secret> {
        self.cookies.iter().find(|c| c.name == name && c.fits(url, now)).map(|c| &c.value)
    }

    /// How many cookies there are.
    pub fn len(&self) -> usize {
        self.cookies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }
}

impl Cookie {
    /// RFC 6265 §5.2 and §5.3.
    fn parse(url: &Url, header: &str, now: Timestamp) -> Option<Self> {
        let has_control = header.bytes().any(|b| b < 0x20 && b != b'\t' || b == 0x7f);
        if header.len() > MAX_LENGTH || has_control {
            return None;
        }
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return None;
        }
        let host = url.host_str()?.to_ascii_lowercase();
        let mut cookie = Self {
            name: name.to_owned(),
            value: Secret::new(value),
            host,
            host_only: true,
            path: default_path(url),
            secure: false,
            expires: None,
        };
        let attributes = Attributes::read(parts, now);
        let whole_host = attributes.domain.is_none() && attributes.path.as_deref() == Some("/");
        if let Some(domain) = &attributes.domain {
            cookie.take_domain(domain, url)?;
        }
        if let Some(path) = attributes.path {
            cookie.path = path;
        }
        cookie.secure = attributes.secure;
        cookie.expires = attributes.max_age.or(attributes.expires);
        let prefix_holds = if has_prefix(name, "__Host-") {
            cookie.secure && whole_host
        } else {
            !has_prefix(name, "__Secure-") || cookie.secure
        };
        (prefix_holds && (!cookie.secure || is_secure(url))).then_some(cookie)
    }

    /// A domain that is not the host's own, or that is a whole top-level domain, refuses the cookie.
    fn take_domain(&mut self, domain: &str, url: &Url) -> Option<()> {
        if domain == self.host {
            // An address, or a name without a dot, has no subdomains to share with.
            self.host_only = !domain.contains('.') || !is_name(url);
            return Some(());
        }
        if !domain.contains('.') || !is_name(url) || !domain_matches(&self.host, domain) {
            return None;
        }
        domain.clone_into(&mut self.host);
        self.host_only = false;
        Some(())
    }

    fn fits(&self, url: &Url, now: Timestamp) -> bool {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let host_fits = host == self.host
            || (!self.host_only && is_name(url) && domain_matches(&host, &self.host));
        let alive = self.expires.is_none_or(|at| at > now);
        host_fits
            && alive
            && path_matches(url.path(), &self.path)
            && (!self.secure || is_secure(url))
    }
}

#[derive(Default)]
struct Attributes {
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
    max_age: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl Attributes {
    /// The last of several attributes of one name counts (§5.3).
    fn read<'h>(parts: impl Iterator<Item = &'h str>, now: Timestamp) -> Self {
        let mut read = Self::default();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    let domain = value.strip_prefix('.').unwrap_or(value);
                    read.domain = Some(domain.to_ascii_lowercase());
                }
                "path" => read.path = value.starts_with('/').then(|| value.to_owned()),
                "secure" => read.secure = true,
                "max-age" => read.max_age = max_age(value, now).or(read.max_age),
                "expires" => read.expires = cookie_date::parse(value).or(read.expires),
                _ => {}
            }
        }
        read
    }
}

/// Zero and negative values expire at once (§5.2.2).
fn max_age(value: &str, now: Timestamp) -> Option<Timestamp> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if value.starts_with('-') {
        return Some(Timestamp::default());
    }
    let seconds = digits.parse().unwrap_or(u64::MAX / 2000);
    Some(if seconds == 0 { Timestamp::default() } else { now.plus(Duration::from_secs(seconds)) })
}

/// §5.1.4: the path of the request up to, but without, its last slash.
fn default_path(url: &Url) -> String {
    let path = url.path();
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(at) => path.get(..at).unwrap_or("/").to_owned(),
    }
}

/// §5.1.4.
fn path_matches(request: &str, cookie: &str) -> bool {
    match request.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

/// §5.1.3, for names.
fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_name(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(_)))
}

/// Browsers take loopback for a secure place, also without TLS.
fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || url.host_str().is_some_and(is_loopback_host)
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
