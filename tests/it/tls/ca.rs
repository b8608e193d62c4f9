//! When a CA is made, kept and replaced.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use oauthlab::tls::{Authority, CaCertificate, Origin, TlsError, Why};

use super::{Place, fingerprint, now, openssl, text};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn why(origin: Origin) -> Why {
    match origin {
        Origin::Replaced { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ca_is_made_once_and_kept() {
    let place = Place::new();
    assert!(CaCertificate::read(&place.dir).unwrap().is_none());
    let (first, origin) = place.open(&[]);
    assert_eq!(origin, Origin::Created);
    let (second, origin) = place.open(&["localhost", "127.0.0.1", "idp.localhost"]);
    assert_eq!(origin, Origin::Existing);
    assert_eq!(fingerprint(&first), fingerprint(&second));
    let read = CaCertificate::read(&place.dir).unwrap().unwrap();
    assert_eq!(read.fingerprint_sha256(), fingerprint(&first));
    for file in ["ca.key", "ca.pem"] {
        let mode = fs::metadata(place.dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn its_fingerprint_is_the_one_that_openssl_prints() {
    let place = Place::new();
    let (authority, _) = place.open(&[]);
    let path = text(authority.certificate().path());
    let printed = openssl(&["x509", "-in", path, "-noout", "-fingerprint", "-sha256"]);
    assert!(printed.trim_end().ends_with(&fingerprint(&authority)), "{printed}");
}

#[test]
fn it_is_a_short_lived_ca_for_leaves_of_named_hosts_only() {
    let place = Place::new();
    let (authority, _) = place.open(&["lab.test", "192.0.2.7"]);
    let certificate = authority.certificate();
    let life = certificate.not_after().since(certificate.not_before());
    assert!(life <= DAY * 825, "{life:?}");
    let path = text(certificate.path());
    let printed = openssl(&["x509", "-in", path, "-noout", "-text"]);
    for line in [
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
        "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n",
        "X509v3 Name Constraints: critical\n                Permitted:\n",
        "DNS:localhost\n",
        "DNS:lab.test\n",
        "IP:127.0.0.0/255.0.0.0\n",
        "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF\n",
        "IP:192.0.2.7/255.255.255.255\n",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
    assert_eq!(printed.matches("DNS:").count() + printed.matches("IP:").count(), 5);
}

#[test]
fn changed_names_make_a_new_ca_and_it_says_which() {
    let place = Place::new();
    let (first, _) = place.open(&["lab.test"]);
    let (second, origin) = place.open(&["192.0.2.7"]);
    let expected =
        Why::NamesChanged { added: vec!["192.0.2.7".into()], removed: vec!["lab.test".into()] };
    assert_eq!(why(origin), expected);
    assert_eq!(
        expected.to_string(),
        "the configured names changed; added: 192.0.2.7; removed: lab.test"
    );
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(place.open(&["192.0.2.7"]).1, Origin::Existing);
}

#[test]
fn a_ca_that_would_end_before_its_leaf_is_replaced() {
    let place = Place::new();
    let (first, _) = place.open(&[]);
    let end = first.certificate().not_after();
    let margin = end.since(now()).checked_sub(DAY * 31).unwrap();
    assert_eq!(place.open_at(&[], now().plus(margin)).1, Origin::Existing);
    let (second, origin) = place.open_at(&[], now().plus(margin + DAY * 2));
    assert_eq!(why(origin), Why::Expiring);
    assert!(second.certificate().not_after() > end);
    // The clock goes back to the present.
    assert_eq!(why(place.open(&[]).1), Why::NotYetValid);
}

#[test]
fn a_damaged_or_incomplete_pair_is_replaced() {
    let place = Place::new();
    let (mut last, _) = place.open(&[]);
    let other = Place::new();
    let _ = other.open(&[]);
    let foreign = fs::read(other.dir.path().join("ca.pem")).unwrap();
    let damages: [(&str, Option<&[u8]>, &str); 6] = [
        ("ca.pem", Some(b""), "no items found"),
        ("ca.pem", Some(b"\xff\xfe"), "utf-8"),
        ("ca.pem", Some(&foreign), "do not belong together"),
        ("ca.pem", None, "ca.pem is missing"),
        ("ca.key", Some(b"-----BEGIN PRIVATE KEY-----\nAAAA\n"), "no P-256 key"),
        ("ca.key", None, "ca.key is missing"),
    ];
    for (file, bytes, expected) in damages {
        match bytes {
            Some(bytes) => drop(place.dir.write_private(file, bytes).unwrap()),
            None => place.dir.remove(file).unwrap(),
        }
        let (next, origin) = place.open(&[]);
        let why = why(origin);
        assert!(matches!(&why, Why::Damaged { detail } if detail.contains(expected)), "{why}");
        assert_ne!(fingerprint(&next), fingerprint(&last));
        last = next;
    }
    assert_eq!(place.open(&[]).1, Origin::Existing);
}

#[test]
fn an_exposed_key_is_refused_and_not_replaced() {
    let place = Place::new();
    let (first, _) = place.open(&[]);
    let key = place.dir.path().join("ca.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let error = Authority::open(&place.dir, &[], now()).unwrap_err();
    assert!(matches!(error, TlsError::FileOpen { mode: 0o644, .. }), "{error}");
    assert!(error.hint().contains("ca.key"));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fingerprint(&place.open(&[]).0), fingerprint(&first));
}

#[test]
fn a_certificate_that_was_opened_to_others_stays_in_use() {
    let place = Place::new();
    let (first, _) = place.open(&[]);
    fs::set_permissions(first.certificate().path(), Permissions::from_mode(0o644)).unwrap();
    let (second, origin) = place.open(&[]);
    assert_eq!(origin, Origin::Existing);
    assert_eq!(fingerprint(&first), fingerprint(&second));
}

#[test]
fn two_hundred_labs_that_start_at_once_share_one_ca() {
    let place = Place::new();
    let opened: Vec<_> = thread::scope(|scope| {
        let labs: Vec<_> = (0..200).map(|_| scope.spawn(|| place.open(&["lab.test"]))).collect();
        labs.into_iter().map(|lab| lab.join().unwrap()).collect()
    });
    let made = opened.iter().filter(|(_, origin)| *origin == Origin::Created).count();
    assert_eq!(made, 1);
    let first = fingerprint(&opened[0].0);
    assert!(opened.iter().all(|(authority, _)| fingerprint(authority) == first));
    assert!(opened.iter().all(|(_, origin)| !matches!(origin, Origin::Replaced { .. })));
}
