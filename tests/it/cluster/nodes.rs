//! Two nodes of one lab on one Redis behind nginx, from the files that `oauthlab init --template
//! cluster` writes. Only their ports are others, since tests run side by side.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::super::store::races::GRACE;
use super::super::support::http::Net;
use super::super::support::redis::RedisServer;
use super::super::support::run::{Home, Run};
use super::super::support::served::Site;

/// Seals the store of these tests.
const STORE_KEY: &str = "5ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea1";
pub(super) const WEB_SECRET: &str = "the-secret-of-web-in-the-cluster-tests";

/// These tests bring clients of their own, many at once.
const MORE: &str = "registration: { mode: open }\nlimits: { token: 100000/1m per client, registration: 1000/1h }\n";
/// A client whose key the lab makes, before the others.
pub(super) const KEYED_ID: &str = "keyed";
const KEYED: &str = "clients:
  - id: keyed
    keys: generated
    auth_method: private_key_jwt
    grants: [client_credentials]
    scopes: [\"notes:read\"]
";

/// The two of them, and all that they need.
pub(super) struct Cluster {
    pub(super) home: Home,
    pub(super) redis: RedisServer,
    nodes: [Option<Child>; 2],
    nginx: PathBuf,
    net: Net,
    issuer: String,
    ports: Ports,
    flags: &'static [&'static str],
}

/// What the template numbers, and what stands there in this test.
struct Ports(Vec<(u16, u16)>);

impl Ports {
    fn free() -> Self {
        let written = [9443, 9444, 9101, 9102, 9103, 9201, 9202, 9203, 9301, 9302];
        // All at once, so that they differ.
        let held = written.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let free = held.iter().map(|listener| listener.local_addr().unwrap().port());
        Self(written.into_iter().zip(free).collect())
    }

    fn of(&self, written: u16) -> u16 {
        self.0.iter().find(|(own, _)| *own == written).unwrap().1
    }

    fn renumber(&self, text: &str) -> String {
        // Through names that no port resembles: one may be what another was.
        let named = self.0.iter().fold(text.to_owned(), |text, (written, _)| {
            text.replace(&written.to_string(), &format!("<{written}>"))
        });
        self.0.iter().fold(named, |text, (written, free)| {
            text.replace(&format!("<{written}>"), &free.to_string())
        })
    }
}

impl Cluster {
    /// nginx ends TLS.
    pub(super) fn start() -> Self {
        Self::behind("nginx.conf", &[])
    }

    /// The nodes end TLS.
    pub(super) fn passed_through() -> Self {
        Self::behind("nginx-passthrough.conf", &["--tls", "self-signed"])
    }

    /// The nodes rotate refresh tokens with grace.
    pub(super) fn with_grace() -> Self {
        Self::of("nginx.conf", &[], &format!("{MORE}{GRACE}"))
    }

    fn behind(front: &str, flags: &'static [&'static str]) -> Self {
        Self::of(front, flags, MORE)
    }

    fn of(front: &str, flags: &'static [&'static str], more: &str) -> Self {
        // What was written is on the disk before it is answered: Redis may be killed, too.
        let redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
        let (home, ports) = (Home::new(), Ports::free());
        home.oauthlab(["init", "--template", "cluster"]).output().ok();
        for name in ["oauthlab.yaml", front] {
            let file = home.path().join(name);
            fs::write(&file, ports.renumber(&fs::read_to_string(&file).unwrap())).unwrap();
        }
        let file = home.path().join("oauthlab.yaml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen("clients:\n", KEYED, 1) + more).unwrap();
        let nginx = home.path().join(front);
        if flags.is_empty() {
            let text = with_single_nodes(&fs::read_to_string(&nginx).unwrap(), &ports);
            fs::write(&nginx, text).unwrap();
        }
        steered(home.oauthlab(["ca", "server"]), &redis).output().ok();
        let ca = home.oauthlab(["ca", "path"]).output().ok().stdout;
        let roots = oauthlab::tls::root_store(&fs::read(ca.trim()).unwrap()).unwrap();
        let net = Net::new(oauthlab::tls::client_config(roots).unwrap());
        let issuer = format!("https://localhost:{}", ports.of(9443));
        let mut cluster =
            Self { home, redis, nodes: [None, None], nginx, net, issuer, ports, flags };
        // It listens before it leaves the foreground. Nodes that end TLS see themselves through it.
        cluster.home.program("nginx", ["-p", ".", "-c", front]).output().ok();
        cluster.serve(0);
        cluster.serve(1);
        cluster
    }

    /// Starts a node, and waits until it answers.
    pub(super) fn serve(&mut self, node: usize) {
        let base = [9101, 9201][node];
        let [issuer, resource, inspector] =
            [base, base + 1, base + 2].map(|port| self.ports.of(port).to_string());
        let arguments = [
            "serve",
            "-q",
            "-o",
            "json",
            "--name",
            ["a", "b"][node],
            "--port",
            &issuer,
            "--resource-port",
            &resource,
            "--inspector-port",
            &inspector,
        ];
        let arguments = arguments.iter().chain(self.flags).copied();
        let mut command = steered(self.home.oauthlab(arguments), &self.redis).into_command();
        let log = self.home.path().join(format!("node-{node}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with('{'), "{}", fs::read_to_string(&log).unwrap());
        self.nodes[node] = Some(child);
    }

    /// Kills a node where it stands.
    pub(super) fn kill(&mut self, node: usize) {
        let mut child = self.nodes[node].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// One node alone: nginx hands everything to it.
    pub(super) fn node(&self, node: usize) -> Node<'_> {
        let port = self.ports.of([9301, 9302][node]);
        Node { net: &self.net, url: format!("https://localhost:{port}") }
    }

    /// Everything that the nodes logged.
    pub(super) fn path(&self) -> &Path {
        self.home.path()
    }

    /// A URL of the resource server.
    pub(super) fn resource(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.ports.of(9444))
    }
}

/// One node, past the balance.
pub(super) struct Node<'c> {
    net: &'c Net,
    url: String,
}

impl Site for Node<'_> {
    fn net(&self) -> &Net {
        self.net
    }

    fn issuer(&self) -> &str {
        &self.url
    }
}

impl Site for Cluster {
    fn net(&self) -> &Net {
        &self.net
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }
}

/// With the variables that the template names.
fn steered(run: Run, redis: &RedisServer) -> Run {
    run.env("REDIS_URL", &redis.url())
        .env("OAUTHLAB_STORE_KEY", STORE_KEY)
        .env("WEB_SECRET", WEB_SECRET)
        .env("API_SECRET", "the-secret-of-the-api-in-the-cluster-tests")
}

/// Beside the balance a port for each node, so that a test can choose.
fn with_single_nodes(nginx: &str, ports: &Ports) -> String {
    let one = |front: u16, node: u16| {
        let (front, node) = (ports.of(front), ports.of(node));
        format!(
            "    server {{\n        listen 127.0.0.1:{front} ssl;\n        server_name localhost;\n        \
             location / {{ proxy_pass http://127.0.0.1:{node}; }}\n    }}\n"
        )
    };
    let end = nginx.rfind('}').unwrap();
    format!("{}{}{}}}\n", &nginx[..end], one(9301, 9101), one(9302, 9201))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.nginx.with_file_name("nginx.error.log"));
            let _ = writeln!(std::io::stderr(), "nginx: {}", log.unwrap_or_default());
        }
        for child in self.nodes.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let file = self.nginx.with_file_name("nginx.pid");
        let pid = fs::read_to_string(file).ok().and_then(|pid| pid.trim().parse().ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}
