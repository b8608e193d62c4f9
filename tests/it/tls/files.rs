//! Certificates that the operator brings: what is accepted, and how each fault is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use oauthlab::tls::{TlsError, server_config_from_files};

use super::{Place, now, openssl, text};

/// A self-signed certificate and its key, made by another tool.
fn make(place: &Place, name: &str) -> (PathBuf, PathBuf) {
    let cert = place.write(&format!("{name}.pem"), "");
    let key = place.write(&format!("{name}.key"), "");
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "10",
        "-subj",
        "/CN=lab.test",
        "-keyout",
        text(&key),
        "-out",
        text(&cert),
    ]);
    (cert, key)
}

#[track_caller]
fn refused(cert: &Path, key: &Path) -> TlsError {
    server_config_from_files(cert, key, now()).unwrap_err()
}

#[test]
fn a_pair_of_another_tool_is_accepted() {
    let place = Place::new();
    let (cert, key) = make(&place, "own");
    let config = server_config_from_files(&cert, &key, now()).unwrap();
    assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
}

#[test]
fn a_missing_file_is_named() {
    let place = Place::new();
    let (cert, key) = make(&place, "own");
    let missing = place.root.path().join("missing.pem");
    for error in [refused(&missing, &key), refused(&cert, &missing)] {
        assert!(matches!(&error, TlsError::Read { path, .. } if *path == missing), "{error}");
    }
}

#[test]
fn a_file_without_a_certificate_is_told_apart_from_a_broken_one() {
    let place = Place::new();
    let (_, key) = make(&place, "own");
    let error = refused(&key, &key);
    assert!(error.to_string().contains("no CERTIFICATE section"), "{error}");
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    for text in ["-----BEGIN CERTIFICATE-----\nMIIB", broken] {
        let error = refused(&place.write("broken.pem", text), &key);
        assert!(matches!(error, TlsError::Certificate { .. }), "{error}");
    }
}

#[test]
fn a_key_that_is_missing_encrypted_or_broken_is_told_without_quoting_it() {
    let place = Place::new();
    let (cert, key) = make(&place, "own");
    let error = refused(&cert, &cert);
    assert!(error.to_string().contains("no PRIVATE KEY section"), "{error}");
    let encrypted = place.write("encrypted.key", "");
    openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        text(&key),
        "-passout",
        "pass:secret",
        "-out",
        text(&encrypted),
    ]);
    let error = refused(&cert, &encrypted);
    assert!(error.to_string().contains("it is encrypted"), "{error}");
    let bad = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    for text in [bad, "-----BEGIN PRIVATE KEY-----\nc2V*jcmV0\n-----END PRIVATE KEY-----\n"] {
        let error = refused(&cert, &place.write("broken.key", text));
        assert!(matches!(error, TlsError::Key { .. }), "{error}");
        assert!(!error.to_string().contains("jcmV0"), "{error}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let place = Place::new();
    let ((cert, _), (_, key)) = (make(&place, "own"), make(&place, "other"));
    let error = refused(&cert, &key);
    assert!(matches!(error, TlsError::Mismatch { .. }), "{error}");
    assert!(!error.hint().is_empty());
}

#[test]
fn a_certificate_outside_of_its_dates_is_refused() {
    let place = Place::new();
    let (cert, key) = make(&place, "own");
    let day = Duration::from_secs(24 * 60 * 60);
    let late = server_config_from_files(&cert, &key, now().plus(day * 11)).unwrap_err();
    assert!(matches!(late, TlsError::Expired { .. }), "{late}");
    let early = now().since(oauthlab::clock::Timestamp::default().plus(day * 2));
    let early = oauthlab::clock::Timestamp::default().plus(early);
    let early = server_config_from_files(&cert, &key, early).unwrap_err();
    assert!(matches!(early, TlsError::NotYetValid { .. }), "{early}");
}
