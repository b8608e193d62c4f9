//! The program itself, serving until the test is done with it: what it prints is looked at.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::super::support::http::{Answer, Net, Request};
use super::super::support::run::{Home, under_test};
use super::super::support::user::Browser;

/// Longer than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

pub(super) struct Printed {
    home: Home,
    child: Child,
    ready: Value,
    net: Net,
    streams: Vec<Receiver<String>>,
}

impl Printed {
    /// Starts a lab of this file, with these arguments.
    #[track_caller]
    pub(super) fn start(file: &str, arguments: &[&str]) -> Self {
        let home = Home::new();
        std::fs::write(home.path().join("oauthlab.yaml"), file).unwrap();
        let ports = ["--port", "0", "--resource-port", "0", "--inspector-port", "0"];
        let mut child = Command::new(under_test())
            .args(["serve", "-o", "json"].iter().chain(&ports).chain(arguments))
            .env_clear()
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path().join("run"))
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = kept(child.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let why = || errors.recv_timeout(LIMIT).unwrap();
        assert!(!line.is_empty(), "the lab does not start: {}", why());
        let ready: Value = serde_json::from_str(&line).unwrap();
        let ca = std::fs::read(ready["ca_file"].as_str().unwrap()).unwrap();
        let roots = oauthlab::tls::root_store(&ca).unwrap();
        let net = Net::new(oauthlab::tls::client_config(roots).unwrap());
        Self { home, child, ready, net, streams: vec![kept(stdout), errors] }
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.ready["issuer"].as_str().unwrap())
    }

    pub(super) fn api(&self, path: &str) -> String {
        format!("{}{path}", self.ready["resource"].as_str().unwrap())
    }

    pub(super) fn inspector(&self, path: &str) -> String {
        format!("{}{path}", self.ready["inspector"].as_str().unwrap())
    }

    pub(super) fn send(&self, request: &Request) -> Answer {
        self.net.send(request)
    }

    pub(super) fn browser(&self) -> Browser {
        Browser::new(self.net.clone(), self.ready["issuer"].as_str().unwrap())
    }

    /// The live record, with the inspector's token.
    pub(super) fn live(&self) -> Value {
        let folder = self.home.path().join("run/oauthlab");
        let mut entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let path = entries.find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// Asks it to stop; everything that it printed, after the ready record.
    #[track_caller]
    pub(super) fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let printed = std::mem::take(&mut self.streams);
        let texts = printed.into_iter().map(|stream| stream.recv_timeout(LIMIT).unwrap());
        let text = texts.collect();
        assert!(self.child.wait().unwrap().success());
        text
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        // Of a test that failed, or of one that is done with it: then there is nobody to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end, so that the program never waits for a reader.
fn kept(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
