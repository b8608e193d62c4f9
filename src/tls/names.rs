//! The names under which a lab is reached, and the name constraints that follow from them
//! (RFC 5280 sections 4.2.1.6 and 4.2.1.10).

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};
use rustls::pki_types::DnsName;
use x509_parser::extensions::GeneralName;

use super::TlsError;

/// A host name or an IP address that a certificate can carry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostName {
    /// A DNS name, in lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl HostName {
    /// Reads a name as it stands in the host part of a URL; an IPv6 address may have its brackets.
    pub fn parse(name: &str) -> Result<Self, TlsError> {
        let refused = || TlsError::HostName { name: name.to_owned() };
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Ip(address));
        }
        let dns = DnsName::try_from(name).map_err(|_| refused())?;
        // The trailing dot of an absolute name has no place in a certificate.
        if name.ends_with('.') {
            Err(refused())
        } else {
            Ok(Self::Dns(dns.as_ref().to_lowercase()))
        }
    }

    /// Whether it means this machine: `localhost`, a name below it (RFC 6761 section 6.3), or a
    /// loopback address.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Dns(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Ip(address) => address.is_loopback(),
        }
    }

    pub(super) fn to_san(&self) -> Result<SanType, TlsError> {
        Ok(match self {
            Self::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
            Self::Ip(address) => SanType::IpAddress(*address),
        })
    }

    fn to_subtree(&self) -> GeneralSubtree {
        match self {
            Self::Dns(name) => GeneralSubtree::DnsName(name.clone()),
            Self::Ip(address) => {
                let prefix = if address.is_ipv4() { 32 } else { 128 };
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, prefix))
            }
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

/// What a CA for these names may vouch for: this machine, and nothing else but the names.
pub(super) fn constraints(names: &[HostName]) -> NameConstraints {
    let loopback = [
        GeneralSubtree::DnsName("localhost".into()),
        GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
        GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
            std::net::Ipv6Addr::LOCALHOST.octets(),
            128,
        )),
    ];
    let beyond: BTreeSet<_> = names.iter().filter(|name| !name.is_loopback()).collect();
    let permitted_subtrees =
        loopback.into_iter().chain(beyond.into_iter().map(HostName::to_subtree)).collect();
    NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() }
}

/// The permitted subtrees in one comparable, readable form.
pub(super) fn describe(constraints: &NameConstraints) -> BTreeSet<String> {
    let describe = |subtree: &GeneralSubtree| match subtree {
        GeneralSubtree::DnsName(name) => name.clone(),
        GeneralSubtree::IpAddress(CidrSubnet::V4(address, mask)) => subnet(address, mask),
        GeneralSubtree::IpAddress(CidrSubnet::V6(address, mask)) => subnet(address, mask),
        other => format!("{other:?}"),
    };
    constraints.permitted_subtrees.iter().map(describe).collect()
}

/// The same form for a subtree that was read from a certificate.
pub(super) fn describe_read(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            subnet(address, mask)
        }
        other => format!("{other:?}"),
    }
}

/// `address` or `address/prefix`; a single address has no prefix.
fn subnet(address: &[u8], mask: &[u8]) -> String {
    let prefix: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let text = match (<[u8; 4]>::try_from(address), <[u8; 16]>::try_from(address)) {
        (Ok(octets), _) => IpAddr::from(octets).to_string(),
        (_, Ok(octets)) => IpAddr::from(octets).to_string(),
        _ => format!("{address:?}"),
    };
    if mask.iter().all(|byte| *byte == 0xff) { text } else { format!("{text}/{prefix}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> HostName {
        HostName::parse(name).unwrap()
    }

    #[test]
    fn names_and_addresses_are_told_apart_and_normalised() {
        assert_eq!(parse("Host.Docker.Internal"), HostName::Dns("host.docker.internal".into()));
        assert_eq!(parse("192.0.2.7"), HostName::Ip([192, 0, 2, 7].into()));
        assert_eq!(parse("[::1]"), parse("::1"));
        for name in ["", "a b", "a.", "*.example", "https://a", "a:1", "ü.example", "[a]"] {
            assert!(HostName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for name in ["localhost", "idp.localhost", "127.0.0.1", "127.8.8.8", "::1"] {
            assert!(parse(name).is_loopback(), "{name}");
        }
        for name in ["localhost.example", "notlocalhost", "10.0.0.1", "::2"] {
            assert!(!parse(name).is_loopback(), "{name}");
        }
    }

    #[test]
    fn constraints_are_this_machine_and_the_names_in_one_order() {
        let names = [parse("b.test"), parse("192.0.2.7"), parse("a.localhost"), parse("b.test")];
        let described = describe(&constraints(&names));
        let expected = ["127.0.0.0/8", "192.0.2.7", "::1", "b.test", "localhost"];
        assert_eq!(described, expected.into_iter().map(str::to_owned).collect());
    }
}
