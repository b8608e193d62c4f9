//! Client certificates (RFC 8705 §2): asked for, never required, and whoever shows one must have its
//! key. Whether somebody vouches for it is a question of its own, asked by who needs to know.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};

use super::{TlsError, provider};
use crate::clock::Timestamp;

/// The same server, but it asks for a client certificate.
pub fn asking_for_certificates(config: &ServerConfig) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let mut asking = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(Arc::new(AnyCertificate { algorithms }))
        .with_cert_resolver(Arc::clone(&config.cert_resolver));
    asking.alpn_protocols.clone_from(&config.alpn_protocols);
    Ok(Arc::new(asking))
}

/// Takes any certificate of a peer that has its key. Self-signed ones are as welcome as others: what
/// a client registered decides (RFC 8705 §2.2).
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: a client shall not leave its certificate out because it does not know the authority.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Who may vouch for client certificates (RFC 8705 §2.1): validation as of RFC 5280 §6, for the
/// purpose of client authentication.
#[derive(Clone, Debug)]
pub struct ClientTrust(Arc<dyn ClientCertVerifier>);

impl ClientTrust {
    /// These authorities and nobody else.
    pub fn new(roots: RootCertStore) -> Result<Self, TlsError> {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let verifier =
            verifier.build().map_err(|error| TlsError::Roots { detail: error.to_string() })?;
        Ok(Self(verifier))
    }

    /// Whether one of them vouches for this certificate at this time; else why not.
    pub fn vouches_for(
        &self,
        certificate: &[u8],
        intermediates: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<(), String> {
        let certificate = CertificateDer::from(certificate);
        let intermediates: Vec<_> =
            intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let now = UnixTime::since_unix_epoch(now.since(Timestamp::default()));
        let verified = self.0.verify_client_cert(&certificate, &intermediates, now);
        verified.map(|_| ()).map_err(|error| error.to_string())
    }
}
