//! Who accepts a leaf of the lab CA, and for which names.

use std::fs;
use std::sync::Arc;

use oauthlab::tls::{
    Authority, Leaf, client_config, root_store, server_config, system_roots, write_bundle,
};
use rcgen::{CertificateParams, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, ServerConnection, SupportedProtocolVersion,
};

use super::{Place, now, openssl, pem, run, text};

/// What webpki says about a certificate for a name under this CA alone.
fn judge(authority: &Authority, leaf: &CertificateDer<'_>, name: &str) -> Result<(), String> {
    let roots = Arc::new(root_store(authority.certificate().pem().as_bytes()).unwrap());
    let provider = Arc::new(default_provider());
    let builder = rustls::client::WebPkiServerVerifier::builder_with_provider(roots, provider);
    let verifier = builder.build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let verdict = rustls::client::danger::ServerCertVerifier::verify_server_cert(
        &*verifier,
        leaf,
        &[],
        &name,
        &[],
        UnixTime::now(),
    );
    verdict.map(drop).map_err(|error| format!("{error:?}"))
}

/// A certificate for any names, signed with the CA's stolen key.
fn forge(place: &Place, names: &[&str]) -> CertificateDer<'static> {
    let read = |file: &str| fs::read_to_string(place.dir.path().join(file)).unwrap();
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&read("ca.key"), &PKCS_ECDSA_P256_SHA256);
    let issuer = Issuer::from_ca_cert_pem(&read("ca.pem"), key.unwrap()).unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    params.signed_by(&key, &issuer).unwrap().into()
}

#[test]
fn webpki_accepts_the_leaf_for_its_names_and_no_others() {
    let place = Place::new();
    let (authority, _) = place.open(&["lab.test", "192.0.2.7", "idp.localhost"]);
    let leaf = Leaf::issue(&authority, now()).unwrap();
    let names = ["localhost", "127.0.0.1", "::1", "lab.test", "192.0.2.7", "idp.localhost"];
    for name in names {
        assert_eq!(judge(&authority, leaf.certificate(), name), Ok(()), "{name}");
    }
    for name in ["example.com", "sub.lab.test", "127.0.0.2", "other.localhost"] {
        let verdict = judge(&authority, leaf.certificate(), name).unwrap_err();
        assert!(verdict.contains("NotValidForName"), "{name}: {verdict}");
    }
}

#[test]
fn a_stolen_ca_key_is_of_no_use_for_other_hosts() {
    let place = Place::new();
    let (authority, _) = place.open(&["lab.test"]);
    // The positive control: the forged form is fine, only names can be wrong with it.
    for name in ["localhost", "other.localhost", "127.9.9.9", "lab.test"] {
        assert_eq!(judge(&authority, &forge(&place, &[name]), name), Ok(()), "{name}");
    }
    for names in [&["example.com"][..], &["localhost", "example.com"], &["10.0.0.1"], &["::2"]] {
        let forged = forge(&place, names);
        let verdict = judge(&authority, &forged, names[0]).unwrap_err();
        assert!(verdict.contains("NameConstraintViolation"), "{names:?}: {verdict}");
        let file = place.write("forged.pem", pem(&forged));
        let ca = text(authority.certificate().path());
        let judged = run("openssl", &["verify", "-CAfile", ca, text(&file)]);
        let said = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert!(said.contains("permitted subtree violation"), "{names:?}: {said}");
    }
}

#[test]
fn openssl_accepts_the_leaf_by_its_strict_rules() {
    let place = Place::new();
    let (authority, _) = place.open(&["lab.test"]);
    let leaf = Leaf::issue(&authority, now()).unwrap();
    let leaf = place.write("leaf.pem", pem(leaf.certificate()));
    let ca = text(authority.certificate().path());
    let names = [
        ("-verify_hostname", "localhost"),
        ("-verify_hostname", "lab.test"),
        ("-verify_ip", "127.0.0.1"),
        ("-verify_ip", "::1"),
    ];
    for (kind, name) in names {
        openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            ca,
            kind,
            name,
            text(&leaf),
        ]);
    }
    let foreign = ["verify", "-CAfile", ca, "-verify_hostname", "example.com", text(&leaf)];
    assert!(!run("openssl", &foreign).status.success());
}

#[test]
fn each_start_has_its_own_key() {
    let place = Place::new();
    let (authority, _) = place.open(&[]);
    let issue = || Leaf::issue(&authority, now()).unwrap().certificate().clone();
    assert_ne!(issue(), issue());
}

/// A handshake in memory: what was negotiated.
fn handshake(
    authority: &Authority,
    versions: &[&'static SupportedProtocolVersion],
) -> (ClientConnection, ServerConnection) {
    let roots = root_store(authority.certificate().pem().as_bytes()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut server = ServerConnection::new(server_config(authority, now()).unwrap()).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        client.write_tls(&mut to_server).unwrap();
        server.read_tls(&mut &to_server[..]).unwrap();
        server.process_new_packets().unwrap();
        server.write_tls(&mut to_client).unwrap();
        client.read_tls(&mut &to_client[..]).unwrap();
        client.process_new_packets().unwrap();
    }
    (client, server)
}

#[test]
fn tls_1_3_uses_the_post_quantum_exchange_and_http_2() {
    let place = Place::new();
    let (authority, _) = place.open(&[]);
    let (client, _server) = handshake(&authority, &[&TLS13]);
    let group = client.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    assert_eq!(client.handshake_kind(), Some(HandshakeKind::Full));
    assert_eq!(client.alpn_protocol(), Some(&b"h2"[..]));
}

#[test]
fn tls_1_2_works_too() {
    let place = Place::new();
    let (authority, _) = place.open(&[]);
    let (client, _server) = handshake(&authority, &[&TLS12]);
    assert_eq!(client.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
}

#[test]
fn a_bundle_is_the_lab_ca_beside_the_roots_of_the_system() {
    let place = Place::new();
    let (authority, _) = place.open(&[]);
    let bundle = write_bundle(authority.certificate(), &place.dir, "bundle.pem").unwrap();
    let written = fs::read(&bundle.path).unwrap();
    let store = root_store(&written).unwrap();
    assert_eq!(bundle.system_roots, system_roots().len());
    assert_eq!(store.len(), bundle.system_roots + 1);
    let leaf = Leaf::issue(&authority, now()).unwrap();
    let leaf = place.write("leaf.pem", pem(leaf.certificate()));
    openssl(&["verify", "-CAfile", text(&bundle.path), text(&leaf)]);
    client_config(store).unwrap();
}

#[test]
fn a_file_without_certificates_trusts_nobody_and_says_so() {
    for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nMIIB"] {
        assert!(root_store(text.as_bytes()).is_err(), "{text:?}");
    }
}
