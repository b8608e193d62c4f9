//! Fetches for others: a URL that a client registered must not make us a door into the network
//! that we stand in (OpenID Connect Core §16, RFC 7591 §5, RFC 9126 §7).
//!
//! The address that was checked is the one that is connected to, so that a name which changes its
//! address between look-up and use gains nothing. `https` only, but for loopback where it is allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::http_client::{Http, Roots};
use super::{FetchError, Refused, Request, Response};
use crate::protocol::is_loopback_host;

/// At most this many bytes of an answer are read.
pub const MAX_GUARDED_BODY: usize = 64 * 1024;

/// The time for a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where fetches may go beside the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether `localhost`, the names below it, and loopback addresses may be reached.
    pub loopback: bool,
    /// Hosts that may be reached whatever their address: exact names or addresses.
    pub hosts: Vec<String>,
}

/// A client for URLs that somebody else chose. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Guarded {
    http: Http,
    reach: Arc<Reach>,
}

impl Guarded {
    /// A client with these roots and this reach.
    pub fn new(roots: Roots, reach: Reach) -> Result<Self, FetchError> {
        let reach = Arc::new(reach);
        let http = Http::guarded(roots, TIMEOUT, Arc::clone(&reach))?;
        Ok(Self { http, reach })
    }

    /// GETs a document. Redirects are answers.
    pub async fn get(&self, url: &str) -> Result<Response, FetchError> {
        self.send(Request::get(url).accept("application/json")).await
    }

    /// POSTs a form.
    pub async fn post_form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Response, FetchError> {
        self.send(Request::post_form(url, fields)).await
    }

    /// Sends any request, if its host may be reached.
    pub async fn send(&self, request: Request) -> Result<Response, FetchError> {
        self.reach.check_url(&request.url)?;
        self.http.send(request).await
    }
}

impl Reach {
    /// Judges what can be judged before a name is looked up: addresses never reach the resolver.
    fn check_url(&self, url: &str) -> Result<(), Refused> {
        let url = Url::parse(url).map_err(|_| Refused::NotAUrl)?;
        let address = match url.host().ok_or(Refused::NotAUrl)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let host = url.host_str().ok_or(Refused::NotAUrl)?;
        let refused = match address {
            Some(address) => !self.admits(host, address),
            None => is_loopback_host(host) && !self.admits(host, Ipv4Addr::LOCALHOST.into()),
        };
        if refused { Err(Refused::Address { host: host.to_owned() }) } else { Ok(()) }
    }

    /// Whether this host may be reached at this address. A public name that points to loopback may
    /// not, even where loopback is allowed.
    pub(super) fn admits(&self, host: &str, address: IpAddr) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_named = self.hosts.iter().any(|named| named.eq_ignore_ascii_case(bare));
        let is_here = self.loopback && is_loopback_host(host) && address.is_loopback();
        is_named || is_here || is_public(address)
    }

    /// The addresses of a name that may be reached.
    pub(super) fn filter(
        &self,
        host: &str,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Vec<SocketAddr> {
        found.filter(|address| self.admits(host, address.ip())).collect()
    }
}

/// Whether an address is one of the public internet (the IANA special-purpose registries of
/// RFC 6890). What carries an IPv4 address inside an IPv6 one is not: it could lead anywhere.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match a {
        // This network, private, loopback, multicast, reserved and broadcast.
        0 | 10 | 127 | 224..=255 => true,
        // Shared address space of carriers (RFC 6598 §7).
        100 => (64..128).contains(&b),
        // Link-local, where clouds keep their metadata.
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        // Benchmarks, documentation.
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // All global unicast addresses so far begin with 001: neither mapped, translated, unique-local,
    // link-local nor multicast ones do.
    let is_global = a & 0xe000 == 0x2000;
    let is_special = match a {
        // Protocol assignments (with Teredo), documentation.
        0x2001 => b < 0x0200 || b == 0x0db8,
        // 6to4 carries an IPv4 address.
        0x2002 => true,
        0x3fff => b < 0x1000,
        _ => false,
    };
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use proptest::prelude::*;

    use super::*;

    fn guarded(reach: Reach) -> Guarded {
        Guarded::new(Roots::Lab(Vec::new()), reach).unwrap()
    }

    const SPECIAL: &str = "0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 \
        169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 \
        198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 \
        :: ::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::a00:1 100::1 2001::1 \
        2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1";
    const PUBLIC: &str = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 \
        192.0.1.1 198.17.0.1 198.20.0.1 223.255.255.255 2606:4700::1111 2001:4860:4860::8888 \
        2a00::1";

    #[test]
    fn special_addresses_are_not_public() {
        for (list, wanted) in [(SPECIAL, false), (PUBLIC, true)] {
            for text in list.split_whitespace() {
                assert_eq!(is_public(text.parse().unwrap()), wanted, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_address_that_the_standard_library_calls_special_is_public(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local()
                || v4.is_multicast() || v4.is_broadcast() || v4.is_documentation()
                || v4.is_unspecified();
            prop_assert!(!special || !is_public_v4(v4));
            prop_assert!(!is_public_v6(v4.to_ipv6_mapped()));
            prop_assert!(!is_public_v6(v4.to_ipv6_compatible()));
        }

        #[test]
        fn no_local_ipv6_address_is_public(bits: u128) {
            let v6 = Ipv6Addr::from_bits(bits);
            let special = v6.is_loopback() || v6.is_multicast() || v6.is_unspecified()
                || v6.is_unique_local() || v6.is_unicast_link_local()
                || v6.to_ipv4_mapped().is_some();
            prop_assert!(!special || !is_public_v6(v6));
        }
    }

    #[test]
    fn a_public_name_that_points_inward_is_filtered() {
        let reach = Reach { loopback: true, hosts: vec!["intra.test".into()] };
        let inward: Vec<SocketAddr> = ["127.0.0.1:0", "10.0.0.7:0", "[::1]:0", "[fd00::1]:0"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert!(reach.filter("rebind.test", inward.iter().copied()).is_empty());
        assert_eq!(reach.filter("intra.test", inward.iter().copied()).len(), 4);
        let outward: SocketAddr = "1.1.1.1:0".parse().unwrap();
        let mixed = inward.iter().copied().chain([outward]);
        assert_eq!(reach.filter("rebind.test", mixed), [outward]);
    }

    #[tokio::test]
    async fn addresses_in_urls_are_judged_in_every_spelling() {
        let client = guarded(Reach { loopback: false, hosts: Vec::new() });
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://localhost/",
            "https://a.localhost/",
            "https://LOCALHOST/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "http://127.0.0.1/",
        ] {
            let error = client.get(url).await.unwrap_err();
            let refused = matches!(error, FetchError::Refused(Refused::Address { .. }));
            assert!(refused, "{url}: {error:?}");
        }
        let error = client.get("http://example.com/").await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(Refused::Scheme { .. })), "{error:?}");
    }

    #[tokio::test]
    async fn loopback_answers_where_it_is_allowed_but_not_without_end() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/fits", get(|| async { vec![b'x'; MAX_GUARDED_BODY] }))
            .route("/large", get(|| async { vec![b'x'; MAX_GUARDED_BODY + 1] }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = guarded(Reach { loopback: true, hosts: Vec::new() });
        let fits = client.get(&format!("{origin}/fits")).await.unwrap();
        assert_eq!(fits.body.len(), MAX_GUARDED_BODY);
        let error = client.get(&format!("{origin}/large")).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit: MAX_GUARDED_BODY, .. }), "{error:?}");
        let sealed = guarded(Reach::default());
        let error = sealed.get(&format!("{origin}/fits")).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(Refused::Address { .. })), "{error:?}");
    }
}
