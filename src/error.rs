//! What the operator is told: one variant a module, a hint, an exit code. What goes wrong at the
//! peer is `protocol::OAuthError`; here stands what the person at the keyboard can act on.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::audit::AuditError;
use crate::client::ClientError;
use crate::config::ConfigError;
use crate::fetch::FetchError;
use crate::lab::LabError;
use crate::lab::live::LiveError;
use crate::random::RandomFailed;
use crate::store::UpkeepError;
use crate::tls::TlsError;

mod exit;
mod report;

pub use exit::Exit;
pub use report::Report;

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
    /// A database that cannot be copied, restored or trusted.
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
    /// A lab that does not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A flow that ended without what it was for.
    #[error("{error}")]
    Client {
        /// Why.
        error: Box<ClientError>,
        /// The number of the step, as in the transcript.
        step: Option<usize>,
        /// The rule that a lab of ours refused by.
        rule: Option<Box<BrokenRule>>,
        /// What this command knows to do about it.
        advice: Option<String>,
    },
    /// An audit that cannot begin.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A request that brought no answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
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

/// What a lab tells its own user about a refusal, and the wire does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule's id.
    pub id: String,
    /// What should have held.
    pub title: String,
    /// Where it is written.
    pub spec: String,
    /// How to put it right.
    pub fix: String,
    /// The exchange.
    pub trace: String,
}

impl From<ClientError> for Error {
    fn from(error: ClientError) -> Self {
        Self::Client { error: Box::new(error), step: None, rule: None, advice: None }
    }
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

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Person { hint, .. } | Self::Token { hint, .. } => {
                Some(hint.clone())
            }
            Self::Live(error) => Some(error.hint()),
            Self::Tls(error) => Some(error.hint()),
            Self::Lab(error) => Some(error.hint()),
            Self::Upkeep(error) => Some(error.hint()),
            Self::Client { advice: Some(advice), .. } => Some(advice.clone()),
            Self::Client { rule: Some(rule), .. } => {
                Some(format!("{}\nall rules: oauthlab why {}", rule.fix, rule.trace))
            }
            Self::Client { error, .. } => Some(error.hint()),
            Self::Audit(error) => Some(error.hint()),
            Self::NotReady(error) | Self::Fetch(error) => Some(error.hint()),
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
}
