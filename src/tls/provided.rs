//! Certificate and key that the operator brings (`tls: files`), checked before anything listens.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::certificate::timestamp;
use super::private_dir::read_bounded;
use super::{TlsError, leaf};
use crate::clock::Timestamp;

const LIMIT: u64 = 1024 * 1024;

/// A server's TLS settings from two PEM files.
pub fn server_config_from_files(
    cert: &Path,
    key: &Path,
    now: Timestamp,
) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(cert)?;
    check_dates(cert, &chain, now)?;
    let private_key = read_key(key)?;
    match leaf::configure(chain, private_key) {
        Ok(config) => Ok(Arc::new(config)),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TlsError::Mismatch { cert: cert.to_owned(), key: key.to_owned() })
        }
        Err(Error::InvalidCertificate(reason)) => {
            Err(TlsError::Certificate { path: cert.to_owned(), detail: reason.to_string() })
        }
        Err(Error::General(detail)) => Err(TlsError::Key { path: key.to_owned(), detail }),
        Err(other) => Err(other.into()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let file = File::open(path);
    let file = file.map_err(|reason| TlsError::Read { path: path.to_owned(), reason })?;
    read_bounded(file, path, LIMIT)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refused = |detail: String| TlsError::Certificate { path: path.to_owned(), detail };
    let chain = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refused(error.to_string()))?;
    if chain.is_empty() {
        return Err(refused("there is no CERTIFICATE section in it".into()));
    }
    Ok(chain)
}

/// The parser's words about a key file are not passed on: they may quote it.
fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = read(path)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| {
        let encrypted = bytes.windows(9).any(|window| window == b"ENCRYPTED");
        let detail = match error {
            pem::Error::NoItemsFound if encrypted => "it is encrypted",
            pem::Error::NoItemsFound => "there is no PRIVATE KEY section in it",
            _ => "its PEM is broken",
        };
        TlsError::Key { path: path.to_owned(), detail: detail.into() }
    })
}

fn check_dates(path: &Path, chain: &[CertificateDer<'_>], now: Timestamp) -> Result<(), TlsError> {
    let path = path.to_owned();
    let der = chain.first().map_or(&[][..], |der| der);
    let (_, x509) = match X509Certificate::from_der(der) {
        Ok(parsed) => parsed,
        Err(error) => return Err(TlsError::Certificate { path, detail: error.to_string() }),
    };
    let not_before = timestamp(x509.validity().not_before.timestamp());
    let not_after = timestamp(x509.validity().not_after.timestamp());
    if now > not_after {
        return Err(TlsError::Expired { path, not_after: readable(not_after) });
    }
    if now < not_before {
        return Err(TlsError::NotYetValid { path, not_before: readable(not_before) });
    }
    Ok(())
}

fn readable(at: Timestamp) -> String {
    let since_epoch = at.since(Timestamp::default());
    match UNIX_EPOCH.checked_add(since_epoch) {
        Some(time) => humantime::format_rfc3339_seconds(time).to_string(),
        None => format!("{} s after 1970", at.secs()),
    }
}
