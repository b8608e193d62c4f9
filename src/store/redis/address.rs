//! Where the server is, and whom TLS trusts: `rediss://HOST:PORT?ca_file=FILE&cert_file=FILE&key_file=FILE`
//! names PEM files; everything else in the URL is the library's.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use ::redis::{Client, ClientTlsConfig, TlsCertificates};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;
use zeroize::Zeroizing;

use super::RedisOpenError;
use crate::protocol::Secret;

/// The schemes of a store.
const KNOWN: [&str; 3] = ["redis://", "rediss://", "redis+unix://"];
/// What this program reads from the query.
const FILES: [&str; 3] = ["ca_file", "cert_file", "key_file"];
/// A PEM file is never longer.
const LONGEST: u64 = 1024 * 1024;

/// A client of the server; it has not connected yet. Without files TLS trusts the system's roots, and
/// what `SSL_CERT_FILE` names.
pub(super) fn client(url: &Secret) -> Result<Client, RedisOpenError> {
    let text = url.expose();
    if !KNOWN.iter().any(|scheme| text.starts_with(scheme)) {
        return Err(RedisOpenError::Url);
    }
    let (rest, files) = files_of(text)?;
    if files.iter().all(Option::is_none) {
        return Client::open(text).map_err(|_| RedisOpenError::Url);
    }
    if !text.starts_with("rediss://") {
        return Err(RedisOpenError::Plain);
    }
    let [root_cert, client_cert, client_key] = files;
    let client_tls = match (client_cert, client_key) {
        (Some(cert), Some(key)) => Some(ClientTlsConfig {
            client_cert: bytes(cert)?.to_vec(),
            client_key: bytes(key)?.to_vec(),
        }),
        (None, None) => None,
        _ => return Err(RedisOpenError::HalfPair),
    };
    let root_cert = root_cert.map(authorities).transpose()?;
    Client::build_with_tls(rest.expose(), TlsCertificates { client_tls, root_cert })
        .map_err(|_| RedisOpenError::Pem)
}

/// The URL as the library reads it, and the files that it names.
fn files_of(text: &str) -> Result<(Secret, [Option<PathBuf>; 3]), RedisOpenError> {
    let mut url = Url::parse(text).map_err(|_| RedisOpenError::Url)?;
    let mut files = [None, None, None];
    let mut others = Vec::new();
    for (name, value) in url.query_pairs() {
        match FILES.iter().position(|own| *own == name).and_then(|at| files.get_mut(at)) {
            Some(file) => *file = Some(PathBuf::from(value.into_owned())),
            None => others.push((name.into_owned(), value.into_owned())),
        }
    }
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    Ok((Secret::new(url.to_string()), files))
}

/// Certificates in PEM. The library would take a file without any for a CA that vouches for nobody.
fn authorities(file: PathBuf) -> Result<Vec<u8>, RedisOpenError> {
    let pem = bytes(file)?;
    match CertificateDer::pem_slice_iter(&pem).next() {
        Some(Ok(_)) => Ok(pem.to_vec()),
        Some(Err(_)) | None => Err(RedisOpenError::Pem),
    }
}

/// What is in a file.
fn bytes(file: PathBuf) -> Result<Zeroizing<Vec<u8>>, RedisOpenError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(&file).and_then(|open| open.take(LONGEST).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(reason) => Err(unread(file, &reason)),
    }
}

fn unread(file: PathBuf, reason: &std::io::Error) -> RedisOpenError {
    RedisOpenError::File { file, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_out_of_the_url_and_the_rest_stays() {
        let url = "rediss://lab:p%40ss@host:6380/2?protocol=resp3&ca_file=/etc/a%20b.pem";
        let (rest, [ca, cert, key]) = files_of(url).unwrap();
        assert_eq!(rest.expose(), "rediss://lab:p%40ss@host:6380/2?protocol=resp3");
        assert_eq!(ca, Some(PathBuf::from("/etc/a b.pem")));
        assert_eq!((cert, key), (None, None));
    }

    #[test]
    fn files_are_for_tls_and_a_certificate_has_a_key() {
        let refused = |url: &str| client(&Secret::new(url)).err().unwrap();
        assert_eq!(refused("redis://host?ca_file=ca.pem"), RedisOpenError::Plain);
        assert_eq!(refused("rediss://host?cert_file=a.pem"), RedisOpenError::HalfPair);
        assert_eq!(refused("http://host"), RedisOpenError::Url);
        let missing = refused("rediss://host?ca_file=/nowhere/ca.pem");
        assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");
        assert!(!missing.hint().is_empty());
    }
}
