//! What a check finds: severity, verdict, and the reasons for it. All of it is pure.

mod bracket;

pub use bracket::{Bracket, Outcome, Tried};

/// How bad a failed check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A weakness that needs others to be of use.
    Low,
    /// Helps an attacker under conditions.
    Medium,
    /// Breaks a protection that others rely on.
    High,
    /// Gives an attacker tokens, codes or another's data.
    Critical,
}

/// How sure a failed check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A hint: look at it.
    Low,
    /// Inferred from what the server says.
    Medium,
    /// Shown by effect.
    High,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The weakness is there.
    Fail,
    /// The control failed, or an answer cannot be read: nothing is known.
    Inconclusive,
    /// The weakness is not there, and the control shows that it was looked for.
    Pass,
    /// The server does not have what the check is about.
    NotApplicable,
    /// The audit lacks something that the check needs.
    Skipped(Need),
}

/// What a check needs of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A client with a secret, for the code grant and refresh tokens.
    ConfidentialClient,
    /// A client without a secret, for the code grant and refresh tokens.
    PublicClient,
    /// A second client with a secret, for the code grant.
    SecondClient,
    /// A client with a secret, for client credentials.
    MachineClient,
    /// A client that signs assertions with a key of the audit.
    AssertingClient,
    /// A client for the device authorization grant.
    DeviceClient,
    /// A second client for the device authorization grant.
    SecondDeviceClient,
    /// A user and the password.
    User,
    /// A second user.
    SecondUser,
    /// A protected API.
    Api,
    /// A second protected API of the same issuer.
    SecondApi,
    /// A notes API of a lab, whose objects belong to users.
    NotesApi,
    /// A Model Context Protocol endpoint.
    McpApi,
    /// Registration that is open to the audit.
    Registration,
    /// An introspection endpoint.
    Introspection,
    /// A revocation endpoint.
    Revocation,
    /// An endpoint for pushed authorization requests.
    Pushed,
    /// A device authorization endpoint.
    Device,
    /// A userinfo endpoint.
    Userinfo,
    /// A logout endpoint.
    EndSession,
    /// The server's log, shown to the audit.
    ServerLog,
    /// The operator's word that attempts may be counted against accounts, clients and addresses.
    Noisy,
    /// The operator's word that the audit may wait for something to expire.
    Slow,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What a sound server does.
    pub expected: String,
    /// What this one did.
    pub got: String,
    /// The positive control, if one was run.
    pub control: Option<String>,
}

impl Judgement {
    /// A verdict over something that was read rather than tried.
    pub fn read(sound: bool, expected: impl Into<String>, got: impl Into<String>) -> Self {
        let verdict = if sound { Verdict::Pass } else { Verdict::Fail };
        Self { verdict, expected: expected.into(), got: got.into(), control: None }
    }

    /// Nothing is known.
    pub fn inconclusive(expected: impl Into<String>, why: impl Into<String>) -> Self {
        let (expected, got) = (expected.into(), why.into());
        Self { verdict: Verdict::Inconclusive, expected, got, control: None }
    }

    /// There is nothing to judge.
    pub fn not_applicable(why: impl Into<String>) -> Self {
        let (expected, got) = (String::new(), why.into());
        Self { verdict: Verdict::NotApplicable, expected, got, control: None }
    }
}

impl Severity {
    /// Every severity, the lowest first.
    pub const ALL: &'static [Self] =
        &[Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.as_str() == text)
    }
}

impl Confidence {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Verdict {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
            Self::Skipped(_) => "skipped",
        }
    }
}

impl Need {
    /// What is missing, in words that say how to provide it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfidentialClient => "a confidential client (authorization_code, refresh_token)",
            Self::PublicClient => "a public client (authorization_code, refresh_token)",
            Self::SecondClient => "a second confidential client (authorization_code)",
            Self::MachineClient => "a confidential client (client_credentials)",
            Self::AssertingClient => "a client that registers with private_key_jwt",
            Self::DeviceClient => "a client (device_code)",
            Self::SecondDeviceClient => "a second client (device_code)",
            Self::User => "a user with a password",
            Self::SecondUser => "a second user with a password",
            Self::Api => "a protected API",
            Self::SecondApi => "a second protected API of the same issuer",
            Self::NotesApi => "the notes API of a lab",
            Self::McpApi => "an MCP endpoint",
            Self::Registration => "registration that is open to the audit",
            Self::Introspection => "an introspection endpoint",
            Self::Revocation => "a revocation endpoint",
            Self::Pushed => "an endpoint for pushed authorization requests",
            Self::Device => "a device authorization endpoint",
            Self::Userinfo => "a userinfo endpoint",
            Self::EndSession => "a logout endpoint",
            Self::ServerLog => "the server's log: --server-log FILE",
            Self::Noisy => "--noisy: attempts that count against accounts, clients and addresses",
            Self::Slow => "--slow: waiting until something expires",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_named() {
        assert!(Severity::ALL.is_sorted());
        for &severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
    }
}
