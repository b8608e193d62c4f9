//! The built program as it serves, to be stopped, killed and started again on the same ports.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::http::Net;
use super::run::Home;
use super::user::Browser;

/// Where clients and users go: one lab, or whatever stands before several.
pub(crate) trait Site {
    /// With trust in its CA.
    fn net(&self) -> &Net;

    /// Its issuer.
    fn issuer(&self) -> &str;

    /// A URL of the authorization server.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    fn browser(&self) -> Browser {
        Browser::new(self.net().clone(), self.issuer())
    }
}

/// A lab that serves until it is stopped. It is killed when this is dropped.
pub(crate) struct Served {
    child: Child,
    ready: Value,
    net: Net,
}

impl Served {
    /// Starts it, and waits until it answers.
    #[track_caller]
    pub(crate) fn start(home: &Home, flags: &[&str]) -> Self {
        Self::on(home, ["0", "0", "0"], flags)
    }

    /// Starts another one in place of one that has ended: what it issued names its ports.
    #[track_caller]
    pub(crate) fn again(home: &Home, before: &Value, flags: &[&str]) -> Self {
        let port = |member: &str| {
            let url = before[member].as_str().unwrap();
            url.rsplit_once(':').unwrap().1.to_owned()
        };
        let [a, b, c] = [port("issuer"), port("resource"), port("inspector")];
        Self::on(home, [&a, &b, &c], flags)
    }

    #[track_caller]
    fn on(home: &Home, ports: [&str; 3], flags: &[&str]) -> Self {
        let [issuer, resource, inspector] = ports;
        let fixed = ["serve", "-q", "-o", "json", "--port", issuer];
        let others = ["--resource-port", resource, "--inspector-port", inspector];
        let arguments = fixed.iter().chain(&others).chain(flags);
        let mut command = home.oauthlab(arguments.copied()).into_command();
        let log = home.path().join("serve.log");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let _ = child.kill();
            let status = child.wait().unwrap();
            panic!("{status}: {}", std::fs::read_to_string(&log).unwrap())
        };
        let pem = std::fs::read(Path::new(ready["ca_file"].as_str().unwrap())).unwrap();
        let roots = oauthlab::tls::root_store(&pem).unwrap();
        let net = Net::new(oauthlab::tls::client_config(roots).unwrap());
        Self { child, ready, net }
    }

    /// The most memory that it ever held, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Origin of the protected APIs.
    pub(crate) fn resource(&self) -> &str {
        self.ready["resource"].as_str().unwrap()
    }

    /// Asks it to stop (`SIGTERM`).
    pub(crate) fn ask_to_stop(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
    }

    /// Asks it to stop, and waits for that.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Value {
        self.ask_to_stop();
        assert!(self.child.wait().unwrap().success());
        self.ready.clone()
    }

    /// Kills it where it stands (`kill -9`).
    #[track_caller]
    pub(crate) fn kill(mut self) -> Value {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.ready.clone()
    }
}

impl Site for Served {
    fn net(&self) -> &Net {
        &self.net
    }

    fn issuer(&self) -> &str {
        self.ready["issuer"].as_str().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
