//! Ports inside of exact URL strings: found and replaced as text, so that nothing else of an
//! identifier changes: clients demand the very same string (RFC 8414 §3.3, RFC 9728 §3.3).

use std::ops::Range;

use super::Config;
use crate::protocol::{IssuerUrl, ResourceUri};

/// The three listening ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Of the authorization server.
    pub issuer: Option<u16>,
    /// Of the resource server.
    pub resource: Option<u16>,
    /// Of the inspector.
    pub inspector: Option<u16>,
}

impl Config {
    /// This lab on other listening ports, before any socket is bound. A URL follows its port when
    /// it named the same one before. Port 0 makes the URL a template for [`Config::bound_to`].
    #[must_use]
    pub fn with_ports(mut self, ports: Ports) -> Self {
        if let Some(port) = ports.issuer {
            self.move_issuer(port);
        }
        if let Some(port) = ports.resource {
            self.move_resource(port);
        }
        if let Some(port) = ports.inspector {
            self.inspector.port = port;
        }
        self
    }

    /// This lab with the ports that the system chose written into every URL that was a template.
    #[must_use]
    pub fn bound_to(self, issuer_port: u16, resource_port: u16, inspector_port: u16) -> Self {
        self.with_ports(Ports {
            issuer: Some(issuer_port),
            resource: Some(resource_port),
            inspector: Some(inspector_port),
        })
    }

    fn move_issuer(&mut self, port: u16) {
        let from = self.issuer.port;
        self.issuer.port = port;
        if port == 0 {
            return;
        }
        let urls = std::iter::once(&mut self.issuer.url).chain(&mut self.issuer.aliases);
        for url in urls {
            let moved = moved(url.as_str(), from, port).and_then(|t| IssuerUrl::parse(&t).ok());
            if let Some(moved) = moved {
                *url = moved;
            }
        }
    }

    fn move_resource(&mut self, port: u16) {
        let from = self.resource.port;
        self.resource.port = port;
        if port == 0 {
            return;
        }
        let Some(origin) = moved(&self.resource.url, from, port) else { return };
        let before = std::mem::replace(&mut self.resource.url, origin);
        for identifier in self.apis.iter_mut().flat_map(|api| &mut api.identifiers) {
            let below = identifier.as_str().strip_prefix(&before);
            let below = below.filter(|rest| rest.is_empty() || rest.starts_with('/'));
            let moved = below.map(|rest| format!("{}{rest}", self.resource.url));
            if let Some(moved) = moved.and_then(|text| ResourceUri::parse(&text).ok()) {
                *identifier = moved;
            }
        }
    }
}

/// The URL with its port replaced, or `None` when its port is another than the one that moves.
/// Port 0 as the former port stands for a template: then every port moves.
fn moved(url: &str, from: u16, to: u16) -> Option<String> {
    let digits = port_digits(url)?;
    let named = port_of(url)?;
    if named == to || (named != from && from != 0 && named != 0) {
        return None;
    }
    let (head, tail) = (url.get(..digits.start)?, url.get(digits.end..)?);
    let colon = if digits.is_empty() { ":" } else { "" };
    Some(format!("{head}{colon}{to}{tail}"))
}

/// The port that a URL names, or the default one of its scheme.
pub(super) fn port_of(url: &str) -> Option<u16> {
    match url.get(port_digits(url)?)? {
        "" if url.starts_with("https:") => Some(443),
        "" => Some(80),
        digits => digits.parse().ok(),
    }
}

/// Where the digits of the port stand; empty, at the end of the host, when there are none.
fn port_digits(url: &str) -> Option<Range<usize>> {
    let host_at = url.find("://")? + 3;
    let rest = url.get(host_at..)?;
    let authority = rest.get(..rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    // Behind the bracket of an IPv6 literal, whose own colons are no port.
    let host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let end = host_at + authority.len();
    match authority.get(host..)?.rfind(':') {
        Some(colon) => Some(host_at + host + colon + 1..end),
        None => Some(end..end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_replaced_as_text_and_nothing_else_changes() {
        for (url, expected) in [
            ("https://localhost:9443", "https://localhost:7"),
            ("https://LOCALHOST:9443/Tenant/", "https://LOCALHOST:7/Tenant/"),
            ("https://[::1]:9443/a:b", "https://[::1]:7/a:b"),
        ] {
            assert_eq!(moved(url, 9443, 7).as_deref(), Some(expected), "{url}");
        }
        assert_eq!(moved("https://localhost", 0, 7).as_deref(), Some("https://localhost:7"));
        assert_eq!(moved("https://[::1]/x", 0, 7).as_deref(), Some("https://[::1]:7/x"));
    }

    #[test]
    fn a_url_with_another_port_stays() {
        assert_eq!(moved("https://lab.example", 9443, 7), None);
        assert_eq!(moved("https://lab.example:8443", 9443, 7), None);
        assert_eq!(moved("https://lab.example:7", 0, 7), None);
    }

    #[test]
    fn a_bound_lab_has_its_ports_in_every_url() {
        let zero = Ports { issuer: Some(0), resource: Some(0), inspector: Some(0) };
        let lab = Config::builtin().unwrap().with_ports(zero);
        assert_eq!((lab.issuer.port, lab.resource.port, lab.inspector.port), (0, 0, 0));
        let lab = lab.bound_to(4001, 4002, 4003);
        assert_eq!(lab.issuer.url.as_str(), "https://localhost:4001");
        assert_eq!(lab.resource.url, "https://localhost:4002");
        assert_eq!(lab.identifier(&lab.apis[0]), "https://localhost:4002/notes");
        assert_eq!((lab.issuer.port, lab.resource.port, lab.inspector.port), (4001, 4002, 4003));
    }
}
