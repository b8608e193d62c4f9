//! What the operator is told: one variant a module, a hint, an exit code. What goes wrong at the
//! peer is `protocol::OAuthError`; here stands what the person at the keyboard can act on.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

use crate::config::ConfigError;
use crate::fetch::FetchError;
use crate::lab::LabError;
use crate::lab::live::LiveError;
use crate::random::RandomFailed;
use crate::server::listener::ListenError;
use crate::tls::TlsError;

/// Exit codes. They are stable: scripts depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Something that is not the operator's fault.
    Internal,
    /// The command line.
    Usage,
    /// The configuration.
    Configuration,
    /// A person is needed, and none is there.
    Person,
    /// The server cannot be reached or trusted, or is not ready.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The server answered with an OAuth error.
    OAuth,
    /// The answer failed verification.
    Verification,
    /// The token is inactive, or lacks a scope or an audience.
    Token,
    /// An expectation was not met.
    Expectation,
    /// `serve -- CMD`: the lab failed after its configuration was accepted.
    LabFailed,
    /// `serve -- CMD`: the command cannot be executed.
    NotExecutable,
    /// `serve -- CMD`: the command was not found.
    NotFound,
    /// Interrupted (SIGINT).
    Interrupted,
}

impl Exit {
    /// Every exit code of ours with its class and its meaning, for the help text.
    pub const TABLE: &'static [(u8, &'static str, &'static str)] = &[
        (0, "success", "done, or the expected refusal"),
        (1, "internal", "an internal or unclassified failure"),
        (2, "usage", "the command line is wrong"),
        (3, "configuration", "the configuration is invalid, or a file cannot be used"),
        (4, "person", "a person is needed: a browser, a login or a consent"),
        (5, "unreachable", "the server cannot be reached, is not ready, or its TLS is not trusted"),
        (6, "timeout", "it took too long"),
        (7, "oauth", "the server answered with an OAuth error"),
        (8, "verification", "the answer failed: state, iss, nonce, signature or audience"),
        (9, "token", "the token is inactive, or lacks a scope or an audience (introspect -e)"),
        (10, "expectation", "an expectation was not met (--expect-error, --expect-refusal)"),
        (11, "audit", "the highest finding is informational"),
        (12, "audit", "the highest finding is low"),
        (13, "audit", "the highest finding is medium"),
        (14, "audit", "the highest finding is high"),
        (15, "audit", "the highest finding is critical"),
        (16, "audit", "a selected check was inconclusive, and none failed"),
        (125, "lab", "serve -- CMD: the lab failed after its configuration was accepted"),
        (126, "command", "serve -- CMD: CMD cannot be executed"),
        (127, "command", "serve -- CMD: CMD was not found"),
        (130, "interrupted", "interrupted; serve exits 0"),
        (143, "terminated", "terminated; serve exits 0"),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Person => 4,
            Self::Unreachable => 5,
            Self::TimedOut => 6,
            Self::OAuth => 7,
            Self::Verification => 8,
            Self::Token => 9,
            Self::Expectation => 10,
            Self::LabFailed => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Interrupted => 130,
        }
    }

    /// The class in machine-readable errors.
    pub fn class(self) -> &'static str {
        let known = Self::TABLE.iter().find(|(code, ..)| *code == self.code());
        known.map_or("internal", |(_, class, _)| class)
    }
}

/// Everything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that cannot be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Only a person could go on.
    #[error("{message}")]
    Person {
        /// What for.
        message: String,
        /// The flag that makes it work without.
        hint: String,
    },
    /// The YAML or the flags about it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The running lab, or its record.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// Certificates and private files.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A lab that does not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A lab that was started and does not answer.
    #[error("the lab does not answer: {0}")]
    NotReady(FetchError),
    /// Anything that stopped a lab around a command after its configuration was accepted.
    #[error(transparent)]
    AroundCommand(Box<Error>),
    /// The command that a lab was to be run around.
    #[error("cannot run {}: {reason}", program.display())]
    Command {
        /// As it was typed.
        program: OsString,
        /// Why not.
        reason: io::Error,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// A file that the command line named.
    #[error("cannot {verb} {}: {reason}", path.display())]
    File {
        /// `read` or `write`.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A kept file of ours is not what we wrote.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The token is not good for what was asked.
    #[error("{message}")]
    Token {
        /// What it lacks.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Something else was expected.
    #[error("expected {expected}, but {got}")]
    Expectation {
        /// What should have happened.
        expected: String,
        /// What did.
        got: String,
    },
    /// A wait ended without a result.
    #[error("{what} took longer than {}", humantime::format_duration(*limit))]
    TimedOut {
        /// What was waited for.
        what: &'static str,
        /// The limit.
        limit: std::time::Duration,
    },
    /// SIGINT.
    #[error("interrupted")]
    Interrupted,
    /// stdout does not take the answer.
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
    /// A document could not be rendered.
    #[error("cannot render JSON: {0}")]
    Json(serde_json::Error),
    /// A secret with control characters in it (RFC 6749 appendix A allows none).
    #[error("the server's value holds control characters, which no token may have")]
    UnprintableSecret,
    /// A part of the system refused.
    #[error("cannot {verb}: {reason}")]
    System {
        /// What was tried.
        verb: &'static str,
        /// Why not.
        reason: io::Error,
    },
}

/// An error as it leaves: the same facts for people and programs. Absent members are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `oauthlab.error/v1`.
    pub schema: &'static str,
    /// The class of the exit code.
    pub class: &'static str,
    /// The exit code.
    pub exit: u8,
    /// The OAuth error code, when a server said one; else the class.
    pub error: String,
    /// What happened.
    pub error_description: String,
    /// The endpoint that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The number of the step that failed, as in the transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The rule that was broken, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it is written.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Error {
    /// The error of a lab around a command: 125, but for what the command line, the configuration
    /// or another lab is to blame for, and for the command itself.
    pub fn around_command(error: Self) -> Self {
        match error.exit() {
            Exit::Usage
            | Exit::Configuration
            | Exit::Unreachable
            | Exit::NotExecutable
            | Exit::NotFound => error,
            _ => Self::AroundCommand(Box::new(error)),
        }
    }

    /// A usage error with a hint.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Person { .. } => Exit::Person,
            Self::Config(_) | Self::File { .. } | Self::Damaged { .. } => Exit::Configuration,
            Self::Live(error) => live_exit(error),
            Self::Tls(error) => tls_exit(error),
            Self::Lab(error) => lab_exit(error),
            Self::AroundCommand(_) => Exit::LabFailed,
            Self::Command { reason, .. } if reason.kind() == io::ErrorKind::NotFound => {
                Exit::NotFound
            }
            Self::Command { .. } => Exit::NotExecutable,
            Self::Token { .. } => Exit::Token,
            Self::Expectation { .. } => Exit::Expectation,
            Self::TimedOut { .. } => Exit::TimedOut,
            Self::Interrupted => Exit::Interrupted,
            Self::UnprintableSecret => Exit::Verification,
            Self::NotReady(_)
            | Self::Random(_)
            | Self::Output(_)
            | Self::Json(_)
            | Self::System { .. } => Exit::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Person { hint, .. } | Self::Token { hint, .. } => {
                Some(hint.clone())
            }
            Self::Live(error) => Some(error.hint()),
            Self::Tls(error) => Some(error.hint()),
            Self::Lab(error) => Some(error.hint()),
            Self::NotReady(error) => Some(error.hint()),
            Self::AroundCommand(error) => error.hint(),
            Self::Damaged { path } => Some(format!("remove {} and try again", path.display())),
            Self::Expectation { .. } => Some("`oauthlab why last` shows what was checked".into()),
            Self::TimedOut { .. } => Some("give it more time with --timeout".into()),
            // The problems of a configuration carry their own.
            Self::Config(_)
            | Self::File { .. }
            | Self::Command { .. }
            | Self::Random(_)
            | Self::Interrupted
            | Self::Output(_)
            | Self::Json(_)
            | Self::UnprintableSecret
            | Self::System { .. } => None,
        }
        .filter(|hint| !hint.is_empty())
    }

    /// Everything at once.
    pub fn report(&self) -> Report {
        let exit = self.exit();
        Report {
            schema: "oauthlab.error/v1",
            class: exit.class(),
            exit: exit.code(),
            error: exit.class().to_owned(),
            error_description: self.to_string(),
            endpoint: None,
            step: None,
            rule: None,
            help: self.hint(),
            reference: None,
        }
    }
}

fn live_exit(error: &LiveError) -> Exit {
    match error {
        LiveError::None
        | LiveError::Unknown { .. }
        | LiveError::Gone { .. }
        | LiveError::Taken { .. } => Exit::Unreachable,
        LiveError::Several { .. } => Exit::Usage,
        LiveError::Foreign { .. } | LiveError::Damaged { .. } => Exit::Configuration,
        LiveError::Lock { .. } => Exit::Internal,
        LiveError::Files(error) => tls_exit(error),
    }
}

fn lab_exit(error: &LabError) -> Exit {
    match error {
        LabError::Listen(ListenError::PortTaken { .. }) => Exit::Unreachable,
        LabError::Listen(ListenError::NoSuchAddress { .. }) | LabError::Resource(_) => {
            Exit::Configuration
        }
        LabError::Listen(
            ListenError::NotPermitted { .. } | ListenError::NoFreePort | ListenError::Socket { .. },
        )
        | LabError::Fetch(_)
        | LabError::Issuer(_)
        | LabError::Random(_) => Exit::Internal,
        LabError::Tls(error) => tls_exit(error),
    }
}

fn tls_exit(error: &TlsError) -> Exit {
    match error {
        TlsError::Write { .. }
        | TlsError::Locked { .. }
        | TlsError::Clock
        | TlsError::Generate(_)
        | TlsError::Setup(_) => Exit::Internal,
        TlsError::NoDataDir
        | TlsError::Folder { .. }
        | TlsError::FolderOpen { .. }
        | TlsError::FileName { .. }
        | TlsError::Read { .. }
        | TlsError::TooLarge { .. }
        | TlsError::FileOpen { .. }
        | TlsError::HostName { .. }
        | TlsError::Certificate { .. }
        | TlsError::Roots { .. }
        | TlsError::Key { .. }
        | TlsError::Mismatch { .. }
        | TlsError::Expired { .. }
        | TlsError::NotYetValid { .. } => Exit::Configuration,
    }
}
