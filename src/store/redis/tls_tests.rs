//! A Redis server over TLS: its CA is named, and nothing else is trusted.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

use super::testing::RedisServer;
use super::*;

/// A CA with one certificate, for the server and for clients.
fn authority(folder: &Path, name: &str) {
    let (key, own) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, format!("the {name} authority"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let write = |part: &str, text: String| {
        fs::write(folder.join(format!("{name}-{part}.pem")), text).unwrap();
    };
    write("ca", params.self_signed(&key).unwrap().pem());
    let issuer = Issuer::new(params, key);
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, format!("a {name} server"));
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    write("cert", params.signed_by(&own, &issuer).unwrap().pem());
    write("key", own.serialize_pem());
}

/// A server that wants a certificate of its clients, too, and its URL.
fn server(folder: &Path, clients: &str) -> (RedisServer, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = |name: &str| folder.join(name).display().to_string();
    let server = RedisServer::with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &file("good-cert.pem"),
        "--tls-key-file",
        &file("good-key.pem"),
        "--tls-ca-cert-file",
        &file("good-ca.pem"),
        "--tls-auth-clients",
        clients,
    ]);
    (server, format!("rediss://localhost:{port}/0?ca_file={}", file("good-ca.pem")))
}

async fn open(url: &str) -> Result<RedisStore, RedisOpenError> {
    RedisStore::open(&Secret::new(url), "https://localhost", Clock::system()).await
}

async fn works(store: &RedisStore) {
    let key = Key::of(&["a"]);
    let soon = Clock::system().now().plus(Duration::from_secs(60));
    let new = Content::new(b"1".to_vec(), soon);
    store.put(Kind::Note, key, new).await.unwrap();
    assert_eq!(store.take(Kind::Note, key).await.unwrap().unwrap().value, b"1");
}

#[tokio::test]
async fn over_tls_the_named_ca_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path(), "good");
    authority(folder.path(), "other");
    let (_server, url) = server(folder.path(), "no");
    works(&open(&url).await.unwrap()).await;
    let (plain, _) = url.split_once('?').unwrap();
    for url in [url.replace("good-ca", "other-ca"), plain.to_owned()] {
        let refused = open(&url).await.unwrap_err();
        assert!(matches!(refused, RedisOpenError::Untrusted { .. }), "{refused}");
        assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
        assert!(refused.hint().contains("ca_file"), "{}", refused.hint());
    }
    // The right CA, and a name that is not in the certificate.
    let refused = open(&url.replace("localhost", "127.0.0.1")).await.unwrap_err();
    assert!(matches!(refused, RedisOpenError::Untrusted { .. }), "{refused}");
    fs::write(folder.path().join("good-ca.pem"), "nonsense").unwrap();
    assert_eq!(open(&url).await.unwrap_err(), RedisOpenError::Pem);
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path(), "good");
    let (_server, url) = server(folder.path(), "yes");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let showing =
        format!("{url}&cert_file={}&key_file={}", file("good-cert.pem"), file("good-key.pem"));
    works(&open(&showing).await.unwrap()).await;
    let refused = open(&url).await.unwrap_err();
    assert!(matches!(refused, RedisOpenError::Unreachable { .. }), "{refused}");
}
