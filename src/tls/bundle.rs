//! What clients trust: the lab CA alone (our own clients), or system roots and lab CA in one
//! file (other people's tools). Reading the system roots is slow: it happens when asked for.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};

use super::{CaCertificate, ClientIdentity, PrivateDir, TlsError, provider};

/// A written bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The file.
    pub path: PathBuf,
    /// How many roots of the system it holds beside the lab CA; none on a bare container.
    pub system_roots: usize,
}

/// Writes system roots and lab CA into one PEM file, for variables such as `SSL_CERT_FILE` that
/// replace the system's roots instead of adding to them. A system without roots is no error.
pub fn write_bundle(ca: &CaCertificate, dir: &PrivateDir, name: &str) -> Result<Bundle, TlsError> {
    let mut pem = ca.pem().trim_end().to_owned() + "\n";
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = roots.iter().filter(|root| *root != ca.der()).collect();
    for root in &roots {
        push_pem(&mut pem, root);
    }
    let path = dir.write_private(name, pem.as_bytes())?;
    Ok(Bundle { path, system_roots: roots.len() })
}

/// A store that trusts the certificates of one PEM text and nothing else.
pub fn root_store(ca_pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let refused = |detail: String| TlsError::Roots { detail };
    let mut store = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(ca_pem) {
        store.add(root.map_err(|error| refused(error.to_string()))?)?;
    }
    if store.is_empty() {
        Err(refused("there is no CERTIFICATE section in it".into()))
    } else {
        Ok(store)
    }
}

/// The system's roots, for servers that are not a lab of ours. Roots that cannot be read are
/// left out.
pub fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

/// A client's TLS settings with these roots. ALPN is left to the caller.
pub fn client_config(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// As `client_config`, for a client that shows a certificate to servers that ask for one.
pub fn client_config_as(
    roots: RootCertStore,
    identity: &ClientIdentity,
) -> Result<ClientConfig, TlsError> {
    let refused = |error: rustls::Error| TlsError::ClientCertificate { detail: error.to_string() };
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_root_certificates(roots)
        .with_client_auth_cert(identity.chain(), identity.key()?)
        .map_err(refused)
}

/// The textual encoding of RFC 7468: 64 characters a line.
fn push_pem(out: &mut String, der: &[u8]) {
    out.push_str("-----BEGIN CERTIFICATE-----\n");
    let body = STANDARD.encode(der);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END CERTIFICATE-----\n");
}
