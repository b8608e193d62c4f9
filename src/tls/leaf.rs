//! The lab's server certificate: a new key at each start, signed by the lab CA, short-lived and
//! never written to disk.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};

use super::ca::{date, earlier};
use super::{Authority, HostName, TlsError, provider};
use crate::clock::Timestamp;

/// How long a leaf is valid.
pub(super) const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const BACKDATED: Duration = Duration::from_secs(60 * 60);

/// A server certificate and its key.
#[derive(Debug)]
pub struct Leaf {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Leaf {
    /// Makes a key and has the authority vouch for it, for `localhost`, `127.0.0.1`, `::1` and
    /// the authority's names.
    pub fn issue(authority: &Authority, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params(authority, now)?.signed_by(&key, authority.issuer())?.into();
        Ok(Self { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
    }

    /// The certificate in DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }
}

/// What a server's certificate says: `localhost`, `127.0.0.1`, `::1` and the authority's names.
pub(super) fn params(authority: &Authority, now: Timestamp) -> Result<CertificateParams, TlsError> {
    let always = [
        HostName::Dns("localhost".into()),
        HostName::Ip(Ipv4Addr::LOCALHOST.into()),
        HostName::Ip(Ipv6Addr::LOCALHOST.into()),
    ];
    let names: BTreeSet<_> = always.iter().chain(authority.names()).collect();
    let mut params = CertificateParams::default();
    params.subject_alt_names = names.into_iter().map(HostName::to_san).collect::<Result<_, _>>()?;
    params.not_before = date(earlier(now, BACKDATED))?;
    params.not_after = date(now.plus(LIFE).min(authority.certificate().not_after()))?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name.push(DnType::CommonName, "oauthlab lab server");
    Ok(params)
}

/// A server's TLS settings with a new leaf of this authority.
pub fn server_config(authority: &Authority, now: Timestamp) -> Result<Arc<ServerConfig>, TlsError> {
    let leaf = Leaf::issue(authority, now)?;
    Ok(Arc::new(configure(vec![leaf.certificate], leaf.key)?))
}

/// TLS 1.3 and 1.2, HTTP/2 before HTTP/1.1, no client certificates (`asking_for_certificates`).
pub(super) fn configure(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
