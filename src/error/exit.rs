//! Exit codes, and which error ends with which.

use std::io;

use super::Error;
use crate::audit::AuditError;
use crate::audit::probe::Trouble;
use crate::client::ExitClass;
use crate::fetch::FetchError;
use crate::lab::live::LiveError;
use crate::lab::{LabError, StoreKeyError};
use crate::server::listener::ListenError;
use crate::store::{OpenError, RedisOpenError, UpkeepError};
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

impl Error {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Audit(AuditError::Target(_)) => Exit::Usage,
            Self::Person { .. } => Exit::Person,
            Self::Config(_) | Self::File { .. } | Self::Damaged { .. } => Exit::Configuration,
            Self::Live(error) => live_exit(error),
            Self::Tls(error) => tls_exit(error),
            Self::Lab(error) => lab_exit(error),
            Self::Upkeep(error) => upkeep_exit(error),
            Self::Fetch(error) | Self::Audit(AuditError::Trouble(Trouble::Fetch(error))) => {
                fetch_exit(error)
            }
            Self::Client { error, .. } => client_exit(error.class()),
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
            Self::Audit(AuditError::Trouble(
                Trouble::Budget(_) | Trouble::Random(_) | Trouble::Basis(_) | Trouble::Without(_),
            ))
            | Self::NotReady(_)
            | Self::Random(_)
            | Self::Output(_)
            | Self::Json(_)
            | Self::System { .. } => Exit::Internal,
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
        LabError::Listen(ListenError::PortTaken { .. })
        | LabError::Redis(RedisOpenError::Unreachable { .. }) => Exit::Unreachable,
        LabError::Listen(ListenError::NoSuchAddress { .. })
        | LabError::Resource(_)
        | LabError::Redis(
            RedisOpenError::Url
            | RedisOpenError::Untrusted { .. }
            | RedisOpenError::Plain
            | RedisOpenError::HalfPair
            | RedisOpenError::File { .. }
            | RedisOpenError::Pem
            | RedisOpenError::Evicts { .. }
            | RedisOpenError::Newer { .. },
        ) => Exit::Configuration,
        LabError::Listen(
            ListenError::NotPermitted { .. } | ListenError::NoFreePort | ListenError::Socket { .. },
        )
        | LabError::Fetch(_)
        | LabError::Issuer(_)
        | LabError::Interrupted
        | LabError::Key(_)
        | LabError::Random(_) => Exit::Internal,
        LabError::Tls(error) => tls_exit(error),
        LabError::Store(error) => store_exit(error),
        LabError::StoreKey(error) => key_exit(error),
    }
}

const fn upkeep_exit(error: &UpkeepError) -> Exit {
    match error {
        UpkeepError::Open(error) => store_exit(error),
        UpkeepError::Exists(_) => Exit::Usage,
        UpkeepError::Absent(_) | UpkeepError::OtherKey(_) | UpkeepError::Damaged { .. } => {
            Exit::Configuration
        }
    }
}

const fn key_exit(error: &StoreKeyError) -> Exit {
    match error {
        StoreKeyError::Malformed
        | StoreKeyError::MalformedFile(_)
        | StoreKeyError::Exposed { .. }
        | StoreKeyError::Missing(_)
        | StoreKeyError::Other
        | StoreKeyError::File { .. } => Exit::Configuration,
        StoreKeyError::Random | StoreKeyError::Store(_) => Exit::Internal,
    }
}

const fn store_exit(error: &OpenError) -> Exit {
    match error {
        OpenError::File { .. }
        | OpenError::NotADatabase(_)
        | OpenError::Foreign { .. }
        | OpenError::Newer { .. } => Exit::Configuration,
        OpenError::Held(_) => Exit::Unreachable,
        OpenError::Engine { .. } => Exit::Internal,
    }
}

fn client_exit(class: ExitClass) -> Exit {
    match class {
        ExitClass::Internal => Exit::Internal,
        ExitClass::Usage => Exit::Usage,
        ExitClass::NeedsPerson => Exit::Person,
        ExitClass::Unreachable => Exit::Unreachable,
        ExitClass::TimedOut => Exit::TimedOut,
        ExitClass::OAuthError => Exit::OAuth,
        ExitClass::Unverified => Exit::Verification,
    }
}

fn fetch_exit(error: &FetchError) -> Exit {
    match error {
        FetchError::Unreachable { .. } | FetchError::Tls { .. } => Exit::Unreachable,
        FetchError::TimedOut { .. } => Exit::TimedOut,
        FetchError::TooLarge { .. } | FetchError::Malformed { .. } => Exit::Verification,
        FetchError::Refused(_) => Exit::Usage,
        FetchError::Setup { .. } => Exit::Internal,
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
        | TlsError::ClientCertificate { .. }
        | TlsError::Roots { .. }
        | TlsError::Key { .. }
        | TlsError::Mismatch { .. }
        | TlsError::Expired { .. }
        | TlsError::NotYetValid { .. } => Exit::Configuration,
    }
}
