//! Certificates for clients (RFC 8705 §2): of the lab's own authority, or self-signed. They carry a
//! subject and no other name, so that the authority's name constraints have nothing to refuse.

use std::time::Duration;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::ca::{date, earlier};
use super::{Authority, TlsError};
use crate::clock::Timestamp;

/// How long one is valid, unless its authority ends before.
const LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const BACKDATED: Duration = Duration::from_secs(60 * 60);

/// A client's certificate and its private key, both in PEM. The key is a secret.
#[derive(Clone)]
pub struct ClientIdentity {
    /// The certificate, and those above it if any.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: Zeroizing<String>,
    chain: Vec<CertificateDer<'static>>,
}

impl ClientIdentity {
    /// A certificate for which the authority vouches, with this common name.
    pub fn issue(authority: &Authority, name: &str, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(name, now, authority.certificate().not_after())?;
        params.use_authority_key_identifier_extension = true;
        Self::of(&params.signed_by(&key, authority.issuer())?, &key)
    }

    /// A certificate for which nobody vouches, with this common name.
    pub fn self_signed(name: &str, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let params = params(name, now, now.plus(LIFE))?;
        Self::of(&params.self_signed(&key)?, &key)
    }

    /// A certificate for which nobody vouches, of a P-256 key that is there already (PEM, PKCS#8).
    pub fn self_signed_with(key_pem: &str, name: &str, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::from_pem(key_pem)?;
        let params = params(name, now, now.plus(LIFE))?;
        Self::of(&params.self_signed(&key)?, &key)
    }

    /// From two PEM texts: a chain that begins with the client's own certificate, and its key.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, TlsError> {
        let refused = |detail: String| TlsError::ClientCertificate { detail };
        let chain = CertificateDer::pem_slice_iter(certificate_pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| refused(error.to_string()))?;
        if chain.is_empty() {
            return Err(refused("there is no CERTIFICATE section in it".to_owned()));
        }
        let identity = Self {
            certificate_pem: certificate_pem.to_owned(),
            key_pem: key_pem.to_owned().into(),
            chain,
        };
        identity.key()?;
        Ok(identity)
    }

    /// The client's own certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], |der| der)
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    /// The parser's words about a key are not passed on: they may quote it.
    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(|_| {
            TlsError::ClientCertificate { detail: "its private key cannot be read".to_owned() }
        })
    }

    fn of(certificate: &rcgen::Certificate, key: &KeyPair) -> Result<Self, TlsError> {
        Self::from_pem(&certificate.pem(), &key.serialize_pem())
    }
}

fn params(name: &str, now: Timestamp, end: Timestamp) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::default();
    params.not_before = date(earlier(now, BACKDATED))?;
    params.not_after = date(now.plus(LIFE).min(end))?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientIdentity(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClientTrust, PrivateDir, root_store};
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn authority(path: &std::path::Path) -> Authority {
        Authority::open(&PrivateDir::open(path).unwrap(), &[], now()).unwrap().0
    }

    #[test]
    fn the_lab_authority_vouches_for_its_clients_and_for_nobody_else() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (own, other) = (authority(own.path()), authority(other.path()));
        let trust = ClientTrust::new(root_store(own.certificate().pem().as_bytes()).unwrap());
        let trust = trust.unwrap();
        let vouches = |identity: &ClientIdentity, at| {
            trust.vouches_for(identity.certificate(), &[], at).is_ok()
        };
        let good = ClientIdentity::issue(&own, "worker", now()).unwrap();
        assert!(vouches(&good, now()));
        assert!(!vouches(&good, now().plus(LIFE * 2)), "expired");
        assert!(!vouches(&ClientIdentity::issue(&other, "worker", now()).unwrap(), now()));
        assert!(!vouches(&ClientIdentity::self_signed("worker", now()).unwrap(), now()));
        let server = super::super::Leaf::issue(&own, now()).unwrap();
        let as_client = trust.vouches_for(server.certificate(), &[], now());
        assert!(as_client.is_err(), "a server certificate is none for clients");
    }
}
