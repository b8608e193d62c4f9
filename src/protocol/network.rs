//! An address as limits see it.

use std::net::{IpAddr, Ipv6Addr};

/// The part of an address that its holder cannot choose freely: an IPv4 address as it is, an IPv6
/// address without its interface identifier (RFC 4291 §2.5.4). An IPv4 address in IPv6's dress
/// (RFC 4291 §2.5.5.2) is the former.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_whole_network_of_addresses_has_one_limit() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:a:b:c:d"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::1"), "::1");
    }
}
