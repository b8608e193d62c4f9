//! Where the lab stands: issuer, resource server, transport, store, origins.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use http::HeaderName;
use ipnet::IpNet;
use url::Url;

use super::GENERATED;
use crate::config::fault::Faults;
use crate::config::file::{
    ClientDocuments, Field, Issuer, Lab, Proxies, ResourceServer, Store, Tls,
};
use crate::config::ports::port_of;
use crate::config::{
    Bind, ClientIdMetadata, IssuerConfig, OutgoingConfig, ProxyConfig, ResourceServerConfig,
    StoreConfig, TlsMode,
};
use crate::protocol::{ClientId, IssuerUrl};

/// The issuer of a file that names none.
pub(in crate::config) const ISSUER: &str = "https://localhost:9443";
/// The resource server of a file that names none.
pub(in crate::config) const RESOURCE: &str = "https://localhost:9444";

pub(super) fn issuer(section: &Issuer, faults: &Faults) -> Option<IssuerConfig> {
    let url = faults.parsed(&section.url, ISSUER, IssuerUrl::parse);
    let aliases = faults.each(&section.aliases, alias);
    let bind = faults.parsed(&section.bind, "loopback", bind);
    let url = url?;
    let port = section.port.value.or_else(|| port_of(url.as_str())).unwrap_or(0);
    Some(IssuerConfig { url, aliases, bind: bind?, port })
}

fn alias(text: &str) -> Result<IssuerUrl, String> {
    let url = IssuerUrl::parse(text).map_err(|error| error.to_string())?;
    if url.origin() == url.as_str() {
        Ok(url)
    } else {
        Err(format!("an alias has no path; write `{}`", url.origin()))
    }
}

fn bind(text: &str) -> Result<Bind, &'static str> {
    match text {
        "loopback" => Ok(Bind::Loopback),
        address => address
            .parse()
            .map(Bind::Address)
            .map_err(|_| "`bind` is `loopback` or an IP address such as `0.0.0.0`"),
    }
}

pub(super) fn resource_server(
    section: &ResourceServer,
    faults: &Faults,
) -> Option<ResourceServerConfig> {
    let client = section.client.or_default();
    let url = faults.parsed(&section.url, RESOURCE, resource_origin);
    let client_id = faults.parsed(&client.id, "resource-server", ClientId::parse);
    faults.secret(&client.secret);
    let url = url?;
    Some(ResourceServerConfig {
        port: section.port.value.or_else(|| port_of(&url)).unwrap_or(0),
        url,
        client_id: client_id?,
        client_secret: client.secret.value.filter(|secret| secret.expose() != GENERATED),
    })
}

fn resource_origin(text: &str) -> Result<String, String> {
    let hint = "the resource server's URL is an https origin such as https://localhost:9444";
    let url = IssuerUrl::parse(text).map_err(|_| hint.to_owned())?;
    if url.origin() == text {
        Ok(text.to_owned())
    } else {
        Err(format!("the resource server's URL has no path; write `{}`", url.origin()))
    }
}

pub(super) fn tls(lab: &Lab, base: &Path, faults: &Faults) -> Option<TlsMode> {
    let Some(mode) = &lab.tls.value else {
        return (!lab.tls.is_given()).then_some(TlsMode::SelfSigned);
    };
    match &mode.0 {
        Tls::SelfSigned => Some(TlsMode::SelfSigned),
        Tls::Off => Some(TlsMode::Off),
        Tls::Files(files) => {
            let cert = faults.required(&files.cert, lab.tls.span, "`tls` needs a `cert`", path);
            let key = faults.required(&files.key, lab.tls.span, "`tls` needs a `key`", path);
            Some(TlsMode::Files { cert: base.join(cert?), key: base.join(key?) })
        }
        Tls::BehindProxy(section) => behind_proxy(section, lab, faults),
    }
}

fn behind_proxy(section: &Proxies, lab: &Lab, faults: &Faults) -> Option<TlsMode> {
    let trusted = faults.each(&section.trusted, network);
    if !section.trusted.is_given() {
        let help = "write `trusted: [127.0.0.1/32]`: the addresses of the proxies";
        faults.add_with_help(lab.tls.span, "`behind-proxy` needs `trusted` addresses", help);
        return None;
    }
    let header = &section.certificate_header;
    let certificate_header = match header.value.as_deref().map(header_name).transpose() {
        Ok(name) => name,
        Err(message) => {
            faults.add(header.span, message);
            return None;
        }
    };
    Some(TlsMode::BehindProxy(ProxyConfig { trusted, certificate_header }))
}

/// An address alone is a network of one.
fn network(text: &str) -> Result<IpNet, String> {
    let parsed = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = parsed.map_err(|_| format!("`{text}` is no address or network"))?;
    if network.prefix_len() == 0 {
        return Err("a network of everybody trusts nobody in particular".to_owned());
    }
    Ok(network.trunc())
}

fn header_name(text: &str) -> Result<HeaderName, &'static str> {
    text.parse().map_err(|_| "a header's name has letters, digits and `-` only")
}

fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() { Err("a path must not be empty") } else { Ok(PathBuf::from(text)) }
}

/// A lab of fewer records does not even start; one of more does not fit into any machine.
const CAPACITY: RangeInclusive<u64> = 1000..=100_000_000;

fn capacity(field: &Field<u64>, faults: &Faults) -> Option<usize> {
    let records = field.value?;
    if CAPACITY.contains(&records) {
        return usize::try_from(records).ok();
    }
    let (least, most) = (CAPACITY.start(), CAPACITY.end());
    let help = "a record takes up to 1 KiB";
    let message = format!("`store.memory.capacity` must be from {least} to {most} records");
    faults.add_with_help(field.span, message, help);
    None
}

pub(super) fn store(lab: &Lab, base: &Path, faults: &Faults) -> Option<StoreConfig> {
    let span = lab.store.span;
    match &lab.store.value {
        None if lab.store.is_given() => None,
        None => Some(StoreConfig::Memory { capacity: None }),
        Some(Store::Memory { capacity }) => {
            Some(StoreConfig::Memory { capacity: self::capacity(capacity, faults) })
        }
        Some(Store::Sqlite(file)) => match path(file) {
            Ok(path) => Some(StoreConfig::Sqlite(base.join(path))),
            Err(wrong) => {
                faults.add(span, format!("`store.sqlite`: {wrong}"));
                None
            }
        },
        Some(Store::Redis(url)) => {
            let known = ["redis://", "rediss://", "redis+unix://"];
            if known.iter().any(|scheme| url.expose().starts_with(scheme)) {
                return Some(StoreConfig::Redis(url.clone()));
            }
            let help = "write redis://HOST:PORT, or rediss:// for TLS, best as ${REDIS_URL}";
            faults.add_with_help(span, "`store.redis` is no URL of a Redis server", help);
            None
        }
    }
}

pub(super) fn cors_origins(lab: &Lab, faults: &Faults) -> Vec<String> {
    faults.each(&lab.cors.or_default().origins, origin)
}

pub(super) fn client_id_metadata(lab: &Lab, faults: &Faults) -> ClientIdMetadata {
    match lab.client_id_metadata.value.as_ref().map(|mode| &mode.0) {
        None | Some(ClientDocuments::Off) => ClientIdMetadata::Off,
        Some(ClientDocuments::On) => ClientIdMetadata::On,
        Some(ClientDocuments::Allow(hosts)) => {
            let hosts = hosts.iter().filter(|item| item.value.is_some());
            ClientIdMetadata::Hosts(
                hosts.filter_map(|item| faults.parsed(item, "", host)).collect(),
            )
        }
    }
}

pub(super) fn outgoing(lab: &Lab, faults: &Faults) -> OutgoingConfig {
    OutgoingConfig { allow: faults.each(&lab.outgoing.or_default().allow, host) }
}

/// A host as the host part of a URL has it, an IPv6 address without its brackets.
fn host(text: &str) -> Result<String, String> {
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        return Ok(address.to_string());
    }
    let parsed = url::Host::parse(text);
    let parsed = parsed.map_err(|_| "a host looks like `idp.test` or `10.0.0.7`".to_owned())?;
    Ok(parsed.to_string().trim_start_matches('[').trim_end_matches(']').to_owned())
}

/// An origin as a browser sends it (RFC 6454), so that comparing strings is enough.
fn origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Err("`*` is not needed: public endpoints admit every origin anyway".to_owned());
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or("an origin looks like `https://app.localhost`")?;
    let serialized = url.origin().ascii_serialization();
    if serialized == text {
        Ok(serialized)
    } else {
        Err(format!("browsers send this origin as `{serialized}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_host_is_a_name_or_an_address() {
        assert_eq!(host("IdP.test"), Ok("idp.test".to_owned()));
        assert_eq!(host("10.0.0.7"), Ok("10.0.0.7".to_owned()));
        for text in ["FD00::7", "[fd00::7]"] {
            assert_eq!(host(text), Ok("fd00::7".to_owned()));
        }
        for text in ["https://idp.test", "idp.test:8443", "*.test/", ""] {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_what_browsers_send() {
        assert_eq!(origin("https://app.localhost"), Ok("https://app.localhost".to_owned()));
        assert_eq!(origin("http://localhost:5173"), Ok("http://localhost:5173".to_owned()));
        for text in ["*", "https://a/", "https://A", "https://a:443", "a", "file:///a", "null"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn resource_servers_and_aliases_have_no_path() {
        assert!(resource_origin("https://localhost:9444").is_ok());
        assert!(resource_origin("https://localhost:9444/").is_err());
        assert!(alias("https://host.docker.internal:9443/x").is_err());
    }
}
