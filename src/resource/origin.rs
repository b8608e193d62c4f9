//! Which web pages may talk to the APIs: the guard against DNS rebinding (MCP 2026-07-28,
//! Streamable HTTP, Security & Endpoint), and the origins that CORS admits.

use url::{Host, Url};

use crate::config::Config;

/// The admitted origins.
#[derive(Clone, Debug)]
pub struct Origins {
    own: String,
    configured: Vec<String>,
    strict: bool,
}

impl Origins {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            own: config.resource.url.trim_end_matches('/').to_owned(),
            configured: config.cors_origins.clone(),
            strict: config.strict,
        }
    }

    /// Whether pages of this origin may call. `null` is nobody's origin. A rebound page still has
    /// the origin of its stranger's host, so that pages of this machine are safe to admit: local
    /// clients in a browser need no configuration, except in a strict lab.
    pub fn admits(&self, origin: &str) -> bool {
        origin == self.own
            || self.configured.iter().any(|own| own == origin)
            || (!self.strict && is_loopback(origin))
    }

    /// Whether even APIs that need a token in a header answer known origins only.
    pub const fn is_narrowed(&self) -> bool {
        self.strict
    }

    /// The admitted origins, for people.
    pub(super) fn described(&self) -> impl Iterator<Item = &str> {
        let loopback = (!self.strict).then_some("any origin on loopback");
        std::iter::once(self.own.as_str())
            .chain(self.configured.iter().map(String::as_str))
            .chain(loopback)
    }
}

fn is_loopback(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let web = matches!(url.scheme(), "http" | "https");
    // An origin has no path; a URL library adds the slash that the header must not have.
    let bare = url.origin().ascii_serialization() == origin;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    web && bare && here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_configured_origins_are_admitted_and_strangers_are_not() {
        let origins = Origins::of(&Config::builtin().unwrap());
        for good in [
            "https://localhost:9444",
            "https://app.localhost",
            "http://localhost:6274",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
        ] {
            assert!(origins.admits(good), "{good}");
        }
        for bad in [
            "null",
            "",
            "https://attacker.test",
            "http://localhost.attacker.test",
            "http://127.0.0.1.nip.io",
            "file://localhost",
            "http://localhost:6274/",
            "http://user@localhost",
            "https://app.localhost, https://attacker.test",
        ] {
            assert!(!origins.admits(bad), "{bad}");
        }
    }

    #[test]
    fn strict_admits_only_its_own_and_the_configured() {
        let mut config = Config::builtin().unwrap();
        config.strict = true;
        let origins = Origins::of(&config);
        assert!(origins.admits("https://app.localhost"));
        assert!(!origins.admits("http://localhost:6274"));
    }
}
