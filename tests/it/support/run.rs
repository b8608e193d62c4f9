//! Runs programs in a home of their own, without anything of the caller's environment that could
//! steer them, and never longer than a limit.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine; what reaches it hangs.
const LIMIT: Duration = Duration::from_secs(180);

/// A home folder that nobody else uses.
pub(crate) struct Home {
    folder: TempDir,
}

/// The program under test: the one that `OAUTHLAB_TEST_PROGRAM` names (`make test` names the release
/// build), else the one that was built for the tests.
pub(crate) fn under_test() -> PathBuf {
    let named = std::env::var_os("OAUTHLAB_TEST_PROGRAM").map(PathBuf::from);
    let program = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_oauthlab").into());
    assert!(program.is_file(), "{} is not there", program.display());
    program
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("oauthlab-it-").tempdir().unwrap();
        for name in ["run", "bin"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program under test.
    pub(crate) fn oauthlab<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        self.program(under_test().to_str().unwrap(), arguments)
    }

    /// Another program, with the one under test first in its `PATH`.
    pub(crate) fn program<'a>(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Run {
        let built = under_test().parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::iter::once(built).chain(std::env::split_paths(&path));
        let mut command = Command::new(name);
        command.args(arguments).env_clear().env("PATH", std::env::join_paths(path).unwrap());
        command.env("HOME", self.path()).env("XDG_RUNTIME_DIR", self.path().join("run"));
        command.env("TERM", "dumb").env("LANG", "C.UTF-8").current_dir(self.path());
        for name in ["CARGO_HOME", "RUSTUP_HOME", "RUST_BACKTRACE", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        Run { command }
    }
}

/// A program that is about to run.
#[must_use]
pub(crate) struct Run {
    command: Command,
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn current_dir(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// As the standard library starts it.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    #[must_use]
    #[track_caller]
    pub(crate) fn output(mut self) -> Done {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let shown = format!("{:?}", self.command);
        let child = match self.command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{shown} does not start: {error}"),
        };
        let (status, stdout, stderr) = to_its_end(child, &shown);
        Done { shown, status, stdout, stderr }
    }
}

/// Both streams end when the program does: their readers tell when, so that nothing polls.
fn to_its_end(mut child: Child, shown: &str) -> (ExitStatus, String, String) {
    fn reader(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
        receiver
    }
    let out = reader(child.stdout.take().unwrap());
    let err = reader(child.stderr.take().unwrap());
    let (Ok(out), Ok(err)) = (out.recv_timeout(LIMIT), err.recv_timeout(LIMIT)) else {
        child.kill().unwrap();
        panic!("{shown} still runs after {LIMIT:?}");
    };
    (child.wait().unwrap(), out, err)
}

/// A program that has ended.
pub(crate) struct Done {
    shown: String,
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Its exit code must be this one.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        let Self { shown, status, stdout, stderr } = &self;
        assert_eq!(
            status.code(),
            Some(expected),
            "{shown}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        );
        self
    }

    /// It must have ended well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// It must have failed, however.
    #[track_caller]
    pub(crate) fn fails(self) -> Self {
        assert!(!self.status.success(), "{} succeeded:\n{}", self.shown, self.stdout);
        self
    }
}
