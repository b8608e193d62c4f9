//! A Redis server of a test's own: on a socket in its own folder, gone with the test. The tests of the
//! whole program include this file as well.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running `redis-server`.
pub(crate) struct RedisServer {
    process: Child,
    folder: TempDir,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts one, with more of its options.
    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let process = spawn(&folder, &options);
        Self { process, folder, options }
    }

    /// At once, as a crash does.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Again at the same place.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.process = spawn(&self.folder, &self.options);
    }

    pub(crate) fn url(&self) -> String {
        let socket = self.folder.path().join("redis.sock");
        format!("redis+unix://{}", socket.display())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &TempDir, options: &[String]) -> Child {
    let mut process = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocketperm", "700"])
        .arg("--unixsocket")
        .arg(folder.path().join("redis.sock"))
        .arg("--dir")
        .arg(folder.path())
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .expect("`make setup` installs redis-server");
    let said = BufReader::new(process.stdout.take().unwrap());
    // It logs this once its socket is open. Reading on keeps its pipe from filling up.
    let mut lines = said.lines().map_while(Result::ok);
    // Versions differ in one word of it.
    assert!(lines.any(|line| line.to_lowercase().contains("ready to accept connections")));
    std::thread::spawn(move || lines.for_each(drop));
    process
}
