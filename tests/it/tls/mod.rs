//! The lab CA and what it signs, judged by other implementations: OpenSSL, curl, Node, webpki.
//! A tool that is missing fails its test; `make test` installs them.

mod ca;
mod files;
mod trust;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use oauthlab::clock::{Clock, Timestamp};
use oauthlab::tls::{Authority, HostName, Origin, PrivateDir};

/// A data folder that goes away with the test.
struct Place {
    root: tempfile::TempDir,
    dir: PrivateDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(root.path().join("data")).unwrap();
        Self { root, dir }
    }

    #[track_caller]
    fn open(&self, names: &[&str]) -> (Authority, Origin) {
        self.open_at(names, now())
    }

    #[track_caller]
    fn open_at(&self, names: &[&str], at: Timestamp) -> (Authority, Origin) {
        let names: Vec<_> = names.iter().map(|name| HostName::parse(name).unwrap()).collect();
        Authority::open(&self.dir, &names, at).unwrap()
    }

    /// A file beside the data folder, for what a test makes itself.
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn now() -> Timestamp {
    Clock::system().now()
}

fn fingerprint(authority: &Authority) -> String {
    authority.certificate().fingerprint_sha256()
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| {
        panic!("{program} is needed here, `make test` installs it: {error}")
    })
}

#[track_caller]
fn openssl(arguments: &[&str]) -> String {
    let output = run("openssl", arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
