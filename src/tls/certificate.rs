//! The public half of the lab CA: what clients trust and the operator may look at.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{PrivateDir, TlsError, names};
use crate::clock::Timestamp;

/// The file in the data folder.
pub(super) const CA_FILE: &str = "ca.pem";
const LIMIT: u64 = 64 * 1024;

/// The lab CA's certificate, without its key.
#[derive(Clone, Debug)]
pub struct CaCertificate {
    path: PathBuf,
    pem: String,
    der: CertificateDer<'static>,
    public_key: Vec<u8>,
    permitted: BTreeSet<String>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl CaCertificate {
    /// Reads the CA certificate of a data folder; `None` if no lab has made one yet.
    /// Needs no key and changes nothing: this is what client commands use.
    pub fn read(dir: &PrivateDir) -> Result<Option<Self>, TlsError> {
        let Some(bytes) = dir.read(CA_FILE, LIMIT)? else { return Ok(None) };
        let path = dir.file(CA_FILE)?;
        match Self::parse(&path, bytes) {
            Ok(certificate) => Ok(Some(certificate)),
            Err(detail) => Err(TlsError::Certificate { path, detail }),
        }
    }

    fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, String> {
        let pem = String::from_utf8(bytes).map_err(|error| error.to_string())?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| e.to_string())?;
        let (_, x509) = X509Certificate::from_der(&der).map_err(|error| error.to_string())?;
        if !x509.is_ca() {
            return Err("it is not a CA's".into());
        }
        let constraints = x509.name_constraints().map_err(|error| error.to_string())?;
        let permitted = constraints.and_then(|found| found.value.permitted_subtrees.as_ref());
        let permitted = permitted.into_iter().flatten();
        let permitted = permitted.map(|subtree| names::describe_read(&subtree.base)).collect();
        Ok(Self {
            path: path.to_owned(),
            permitted,
            public_key: x509.public_key().raw.to_vec(),
            not_before: timestamp(x509.validity().not_before.timestamp()),
            not_after: timestamp(x509.validity().not_after.timestamp()),
            der: der.clone(),
            pem,
        })
    }

    /// The file that clients are pointed at.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The certificate in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificate in DER.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The SHA-256 fingerprint as other tools print it: upper-case hex with colons.
    pub fn fingerprint_sha256(&self) -> String {
        let mut text = String::with_capacity(95);
        for byte in Sha256::digest(&self.der) {
            let colon = if text.is_empty() { "" } else { ":" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// What this CA may vouch for: names, addresses and subnets, in one order.
    pub fn permitted(&self) -> &BTreeSet<String> {
        &self.permitted
    }

    /// When it starts to be valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// When it ends to be valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DER of its `SubjectPublicKeyInfo`.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

/// From seconds since the epoch; a time before it counts as the epoch.
pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_secs(u64::try_from(seconds).unwrap_or(0))
}
