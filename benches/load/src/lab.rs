//! A lab of its own: a folder, two clients, free ports; it ends with the run.

use std::fs::{self, File};
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::Outcome;
use crate::sign::Key;

pub const SECRET_CLIENT: &str = "load-secret";
pub const SECRET: &str = "a-secret-of-the-benchmark-and-of-nothing-else";
pub const KEY_CLIENT: &str = "load-key";
/// A million records may be written before it is ready.
const GIVE_UP: Duration = Duration::from_secs(120);

pub struct Lab {
    child: Child,
    folder: PathBuf,
    ready: Value,
}

impl Lab {
    pub fn start(program: &str, key: &Key) -> Outcome<Self> {
        Self::on(program, key, "memory", "load")
    }

    /// On an engine of the store.
    pub fn on(program: &str, key: &Key, store: &str, name: &str) -> Outcome<Self> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--port", "0", "--resource-port", "0", "--inspector-port", "0"])
            .args(["--name", &format!("{name}-{}", std::process::id()), "--store", store]);
        Self::begin(command, key, name)
    }

    /// By a command that takes `--config` and `--ready-file`.
    pub fn begin(mut command: Command, key: &Key, name: &str) -> Outcome<Self> {
        let name = format!("{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(format!("oauthlab-{name}"));
        fs::create_dir_all(&folder)?;
        let config = json!({ "limits": { "token": "1000000/1m" }, "resources": [
            { "name": "notes", "path": "/api/notes", "scopes": { "notes:read": "Read" } },
        ], "clients": [
            { "id": SECRET_CLIENT, "secret": SECRET, "grants": ["client_credentials"],
              "scopes": ["notes:read"] },
            { "id": KEY_CLIENT, "grants": ["client_credentials"], "scopes": ["notes:read"],
              "auth_method": "private_key_jwt", "jwks": { "keys": [key.public()] } },
        ]});
        // JSON is YAML.
        fs::write(folder.join("oauthlab.yaml"), config.to_string())?;
        let ready = folder.join("ready.json");
        // A lab that began here before has left its own.
        let _ = fs::remove_file(&ready);
        let mut child = command
            .arg("--config")
            .arg(folder.join("oauthlab.yaml"))
            .arg("--ready-file")
            .arg(&ready)
            .env("OAUTHLAB_DATA_DIR", folder.join("data"))
            .env("XDG_RUNTIME_DIR", &folder)
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("log"))?)
            .spawn()?;
        let began = Instant::now();
        let record = loop {
            if let Ok(text) = fs::read_to_string(&ready) {
                break serde_json::from_str(&text)?;
            }
            if child.try_wait()?.is_some() || began.elapsed() > GIVE_UP {
                let _ = child.kill();
                return Err(fs::read_to_string(folder.join("log"))?.into());
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Ok(Self { child, folder, ready: record })
    }

    /// What it said of itself when it was ready.
    pub const fn ready(&self) -> &Value {
        &self.ready
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn issuer(&self) -> &str {
        self.ready["issuer"].as_str().unwrap_or_default()
    }

    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.issuer().trim_end_matches('/'))
    }

    /// The port is in the issuer; it listens on the loopback address.
    pub fn address(&self) -> SocketAddr {
        let port = self.issuer().rsplit(':').next().and_then(|port| port.parse().ok());
        SocketAddr::from(([127, 0, 0, 1], port.unwrap_or_default()))
    }

    pub fn roots(&self) -> Outcome<RootCertStore> {
        let file = self.ready["ca_file"].as_str().ok_or("the ready record names no ca_file")?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_reader_iter(BufReader::new(File::open(file)?)) {
            roots.add(certificate?)?;
        }
        Ok(roots)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
