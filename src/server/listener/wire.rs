//! What a listener speaks, and whom it believes about the client.
//!
//! Behind a proxy the connection is the proxy's. Who the client is then stands in headers, and
//! anybody can write those: they are read from listed proxies alone, and nobody else is answered.
//! `Forwarded`, `X-Forwarded-Host` and `X-Forwarded-Proto` are never read, since the issuer's URL
//! is configured.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::deviation::Deviations;
use crate::protocol::PeerCertificate;

/// What a listener speaks.
#[derive(Clone, Debug)]
pub enum Wire {
    /// HTTP.
    Plain,
    /// HTTP over TLS.
    Tls(Arc<ServerConfig>),
    /// HTTP over TLS, but for what a weakness does before TLS begins.
    Odd(Arc<ServerConfig>, Arc<Deviations>),
    /// HTTP from proxies that end TLS.
    Proxied(Arc<Proxies>),
}

/// The proxies in front of a listener.
#[derive(Clone, Debug)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    certificate: Option<HeaderName>,
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) certificate: Option<PeerCertificate>,
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Hops that are looked at; a longer list is a client's own invention.
const MOST_HOPS: usize = 16;

/// A certificate with its chain is a few kilobytes.
const MOST_CERTIFICATE: usize = 16 * 1024;

impl Proxies {
    /// Those of these networks. With a header's name they also say which certificate the client
    /// showed: as in RFC 9440 section 2.1, or as PEM in URL encoding (nginx).
    pub fn new(trusted: Vec<IpNet>, certificate: Option<HeaderName>) -> Self {
        Self { trusted, certificate }
    }

    /// Whether this is one of them.
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        // An IPv4 client of a socket for both families.
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The client behind a trusted proxy.
    pub(super) fn client(&self, headers: &HeaderMap, proxy: SocketAddr) -> Peer {
        let address = match self.first_stranger(headers) {
            Some(address) => SocketAddr::new(address, 0),
            None => proxy,
        };
        Peer { address, certificate: self.certificate(headers) }
    }

    /// From the nearest hop on: each trusted proxy vouches for the one before it, and what stands
    /// further left may be the client's own words.
    fn first_stranger(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        let nearest_first = hops.iter().rev().take(MOST_HOPS);
        let mut addresses = nearest_first.map_while(|hop| hop.trim().parse::<IpAddr>().ok());
        addresses.find(|address| !self.trust(*address))
    }

    fn certificate(&self, headers: &HeaderMap) -> Option<PeerCertificate> {
        let mut lines = headers.get_all(self.certificate.as_ref()?).iter();
        let (line, None) = (lines.next()?, lines.next()) else {
            // Two of them: one is not the proxy's.
            return None;
        };
        let text = line.to_str().ok().filter(|text| text.len() <= MOST_CERTIFICATE)?;
        let der = match text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
            Some(base64) => STANDARD.decode(base64).ok()?,
            None => from_pem(text)?,
        };
        let (rest, _) = x509_parser::parse_x509_certificate(&der).ok()?;
        rest.is_empty().then(|| PeerCertificate::new(vec![der]))?
    }
}

fn from_pem(text: &str) -> Option<Vec<u8>> {
    // Only `%XX` is decoded: a plus sign is a part of the base64.
    let decoded = percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
    let mut certificates = CertificateDer::pem_slice_iter(&decoded);
    Some(certificates.next()?.ok()?.to_vec())
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    fn proxies() -> Proxies {
        let trusted = ["127.0.0.0/8", "10.1.0.0/16", "::1/128"].map(|net| net.parse().unwrap());
        Proxies::new(trusted.to_vec(), Some(HeaderName::from_static("client-cert")))
    }

    fn client(lines: &[(&'static str, &str)]) -> Peer {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxies().client(&headers, "127.0.0.1:4000".parse().unwrap())
    }

    fn address(lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| (FORWARDED_FOR, *line)).collect();
        client(&lines).address.ip().to_string()
    }

    #[test]
    fn the_client_is_the_nearest_hop_that_no_trusted_proxy_is() {
        assert_eq!(address(&[]), "127.0.0.1");
        assert_eq!(address(&["203.0.113.7"]), "203.0.113.7");
        assert_eq!(address(&["198.51.100.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(address(&["198.51.100.1", "203.0.113.7, 10.1.2.3"]), "203.0.113.7");
        assert_eq!(address(&["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn rubbish_beyond_a_trusted_hop_is_not_believed() {
        assert_eq!(address(&["203.0.113.7, unknown, 10.1.2.3"]), "127.0.0.1");
        assert_eq!(address(&["203.0.113.7:99"]), "127.0.0.1");
        assert_eq!(address(&[", ,"]), "127.0.0.1");
        let many = format!("203.0.113.7{}", ", 10.1.2.3".repeat(1000));
        assert_eq!(address(&[&many]), "127.0.0.1");
    }

    #[test]
    fn addresses_of_both_families_are_known_again() {
        let of = |text: &str| proxies().trust(text.parse().unwrap());
        assert!(of("127.8.9.1") && of("::ffff:127.0.0.1") && of("::1") && of("10.1.255.255"));
        assert!(!of("10.2.0.1") && !of("::2") && !of("192.0.2.1"));
    }

    #[test]
    fn a_certificate_comes_in_either_form_and_once() {
        let made = rcgen::generate_simple_self_signed(vec!["client".to_owned()]).unwrap();
        let der = made.cert.der().to_vec();
        let structured = format!(":{}:", STANDARD.encode(&der));
        let escaped = utf8_percent_encode(&made.cert.pem(), NON_ALPHANUMERIC).to_string();
        for value in [&structured, &escaped] {
            let shown = client(&[("client-cert", value)]).certificate.unwrap();
            assert_eq!(shown.der(), der);
        }
        let twice = [("client-cert", structured.as_str()), ("client-cert", &structured)];
        assert!(client(&twice).certificate.is_none());
        for rubbish in ["", ":", "::", ":!:", "-----BEGIN", "%00", "%2D%2D"] {
            assert!(client(&[("client-cert", rubbish)]).certificate.is_none(), "{rubbish:?}");
        }
        let huge = format!(":{}:", "A".repeat(MOST_CERTIFICATE));
        assert!(client(&[("client-cert", &huge)]).certificate.is_none());
        assert!(client(&[("x-client-cert", &structured)]).certificate.is_none());
    }
}
