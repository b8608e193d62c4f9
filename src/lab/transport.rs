//! What the servers of a lab speak, who vouches for it, and with what its APIs ask their issuer.

use std::sync::Arc;
use std::time::Duration;

use rustls::{RootCertStore, ServerConfig};

use super::LabError;
use crate::clock::{Clock, Timestamp};
use crate::config::{Bind, Config, TlsMode};
use crate::deviation::Deviations;
use crate::fetch::{Guarded, Http, Reach, Roots};
use crate::issuer::ClientAuthority;
use crate::protocol::{IssuerUrl, PeerCertificate};
use crate::server::listener::{Proxies, SURFACES, Wire};
use crate::tls::{
    Authority, ClientTrust, DataDir, HostName, Origin, TlsError, asking_for_certificates,
    server_config, server_config_from_files,
};

/// TLS, or its absence, and the lab's own CA where there is one.
pub(super) struct Transport {
    // Behind proxies that of the inspector alone: browsers come to it directly.
    tls: Option<Arc<ServerConfig>>,
    proxies: Option<Arc<Proxies>>,
    pub(super) authority: Option<(Authority, Origin)>,
}

impl Transport {
    /// Opens what the configuration names.
    pub(super) fn open(config: &Config, data: &DataDir, now: Timestamp) -> Result<Self, LabError> {
        match &config.tls {
            TlsMode::Off => Ok(Self { tls: None, proxies: None, authority: None }),
            TlsMode::BehindProxy(proxies) => {
                let header = proxies.certificate_header.clone();
                let proxies = Arc::new(Proxies::new(proxies.trusted.clone(), header));
                Ok(Self { proxies: Some(proxies), ..Self::self_signed(config, data, now)? })
            }
            TlsMode::Files { cert, key } => {
                let tls = server_config_from_files(cert, key, now)?;
                Ok(Self { tls: Some(tls), proxies: None, authority: None })
            }
            TlsMode::SelfSigned => Self::self_signed(config, data, now),
        }
    }

    fn self_signed(config: &Config, data: &DataDir, now: Timestamp) -> Result<Self, LabError> {
        let (authority, origin) = Authority::open(data, &host_names(config)?, now)?;
        let tls = server_config(&authority, now)?;
        Ok(Self { tls: Some(tls), proxies: None, authority: Some((authority, origin)) })
    }

    /// `https`, or `http` without TLS.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// With what the APIs ask their issuer: trusting the lab's own CA alone where the issuer is the
    /// lab's, and the system's roots beside it where it is somebody else's.
    pub(super) fn outgoing(&self, config: &Config, foreign: bool) -> Result<Http, LabError> {
        let authority = self.authority.iter();
        let own = authority.map(|(authority, _)| authority.certificate().der().clone()).collect();
        // A certificate that is not ours, or one that a proxy shows.
        let given = matches!(config.tls, TlsMode::Files { .. } | TlsMode::BehindProxy(_));
        let roots = if foreign || given { Roots::SystemAnd(own) } else { Roots::Lab(own) };
        Ok(Http::new(roots, Duration::from_secs(10))?)
    }
}

/// Who vouches for client certificates: by the time of the clients, which is not the lab's.
#[derive(Debug)]
struct LabAuthority(ClientTrust);

impl ClientAuthority for LabAuthority {
    fn vouches_for(&self, certificate: &PeerCertificate) -> Result<(), String> {
        let now = Clock::system().now();
        self.0.vouches_for(certificate.der(), certificate.intermediates(), now)
    }
}

impl Transport {
    /// For the servers whose clients may have certificates (RFC 8705 §2).
    pub(super) fn asking(&self, deviations: &Arc<Deviations>) -> Result<Wire, LabError> {
        if let Some(proxies) = &self.proxies {
            return Ok(Wire::Proxied(Arc::clone(proxies)));
        }
        let Some(tls) = &self.tls else { return Ok(Wire::Plain) };
        let tls = asking_for_certificates(tls)?;
        if SURFACES.iter().any(|surface| deviations.opens(*surface)) {
            return Ok(Wire::Odd(tls, Arc::clone(deviations)));
        }
        Ok(Wire::Tls(tls))
    }

    /// For browsers, which would ask their user for a certificate, and which come past any proxy.
    pub(super) fn plain(&self) -> Wire {
        self.tls.clone().map_or(Wire::Plain, Wire::Tls)
    }

    /// Who vouches for client certificates: the lab's own authority, where it has one.
    pub(super) fn client_authority(&self) -> Result<Option<Arc<dyn ClientAuthority>>, LabError> {
        let Some((authority, _)) = &self.authority else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        let own = authority.certificate().der().clone();
        roots.add(own).map_err(TlsError::from)?;
        Ok(Some(Arc::new(LabAuthority(ClientTrust::new(roots)?))))
    }

    /// With what the issuer fetches what its clients point to. A lab on loopback has its clients
    /// there as well; one that others reach must not be led to its own machine.
    pub(super) fn guarded(&self, config: &Config) -> Result<Guarded, LabError> {
        let authority = self.authority.iter();
        let own = authority.map(|(authority, _)| authority.certificate().der().clone()).collect();
        let loopback = match config.issuer.bind {
            Bind::Loopback => true,
            Bind::Address(address) => address.is_loopback(),
        };
        let reach = Reach { loopback, hosts: config.outgoing.allow.clone() };
        Ok(Guarded::new(Roots::SystemAnd(own), reach)?)
    }
}

/// The hosts of all configured URLs: what certificates must name.
pub fn host_names(config: &Config) -> Result<Vec<HostName>, TlsError> {
    let urls = std::iter::once(config.issuer.url.as_str())
        .chain(config.issuer.aliases.iter().map(IssuerUrl::as_str))
        .chain([config.resource.url.as_str()]);
    let hosts = urls.filter_map(|url| url::Url::parse(url).ok()?.host_str().map(str::to_owned));
    let mut names = Vec::new();
    for host in hosts {
        let name = HostName::parse(&host)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
