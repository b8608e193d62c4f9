//! Why a flow ended without what it was for, and which exit code that is.

use std::time::Duration;

use super::check::Check;
use crate::fetch::FetchError;
use crate::random::RandomFailed;

/// The classes of failure that have an exit code of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitClass {
    /// A fault of ours, or of this machine.
    Internal = 1,
    /// The caller asked for something that makes no sense.
    Usage = 2,
    /// A page needs a person.
    NeedsPerson = 4,
    /// Nobody answers there, or nobody that we trust.
    Unreachable = 5,
    /// The time was over.
    TimedOut = 6,
    /// The server said no.
    OAuthError = 7,
    /// The server's answer is not what a client may accept.
    Unverified = 8,
}

impl ExitClass {
    /// The exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Why a flow ended. Texts of other servers are in here: escape them where they are shown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// No answer.
    #[error("{endpoint}: {source}")]
    Fetch {
        /// The URL, without query.
        endpoint: String,
        /// What happened.
        source: FetchError,
    },
    /// An OAuth error response.
    #[error(transparent)]
    OAuth(#[from] Box<ErrorResponse>),
    /// A proof that had the very nonce that the server had just given.
    #[error("{} gave a nonce, and then refused the proof that has it: {}", .0.endpoint, .0.error)]
    NonceRefused(Box<ErrorResponse>),
    /// A status that is no success, without an OAuth error.
    #[error("{endpoint} answered with status {status} and no OAuth error")]
    Status {
        /// The URL, without query.
        endpoint: String,
        /// The status.
        status: u16,
        /// The beginning of the body, or what the page says. Untrusted.
        excerpt: String,
        /// The trace that one of our own servers gave to the exchange.
        trace_id: Option<String>,
    },
    /// A success that cannot be read.
    #[error("{endpoint}: {detail}")]
    Malformed {
        /// The URL, without query.
        endpoint: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A check failed.
    #[error(transparent)]
    Unverified(#[from] Box<Unverified>),
    /// No metadata document.
    #[error("there is no authorization server metadata for {issuer}")]
    NoMetadata {
        /// The issuer as given.
        issuer: String,
        /// Each URL that was tried, and what it brought.
        tried: Vec<(String, String)>,
    },
    /// The metadata lacks what the flow needs.
    #[error("{issuer} does not offer {what}")]
    NotOffered {
        /// The issuer.
        issuer: String,
        /// The metadata member that is missing, or the value that is not in it.
        what: String,
    },
    /// Something that the caller gave makes no sense.
    #[error("{what} is not usable: {detail}")]
    Input {
        /// What was given.
        what: &'static str,
        /// Why it is not usable.
        detail: String,
    },
    /// Nobody came back to the redirect URI in time.
    #[error("nobody came back to {redirect_uri} within {} seconds", .after.as_secs())]
    NobodyCame {
        /// Where we listened.
        redirect_uri: String,
        /// How long.
        after: Duration,
    },
    /// The user of a device did not answer in time.
    #[error("nobody answered at {verification_uri} within {} seconds", .after.as_secs())]
    NobodyAnswered {
        /// Where the user had to go. Untrusted.
        verification_uri: String,
        /// How long.
        after: Duration,
    },
    /// The redirect URI's port cannot be opened.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Address and port.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The server does not take the user name and password.
    #[error("{page} does not accept the password of {user}")]
    WrongPassword {
        /// The page, without query.
        page: String,
        /// The user.
        user: String,
        /// What the page says, if it says so in an alert. Untrusted.
        says: Option<String>,
        /// The trace that one of our own servers gave to the exchange.
        trace_id: Option<String>,
    },
    /// A page that we cannot go on from without a person.
    #[error("{page} needs a person: {reason}")]
    NeedsPerson {
        /// The page, without query.
        page: String,
        /// Its title. Untrusted.
        title: String,
        /// Why.
        reason: &'static str,
    },
    /// Pages led on and on.
    #[error("after {limit} pages and redirects, the redirect URI was not reached (last: {page})")]
    NeverArrived {
        /// The last page, without query.
        page: String,
        /// The most that we follow.
        limit: usize,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

/// An error response: RFC 6749 §5.2 (token endpoint and its kin), §4.1.2.1 (redirect), RFC 6750
/// §3.1 (challenge), RFC 7591 §3.2.2. The members are the server's words. Untrusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint} answered {error}{}", .description.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
pub struct ErrorResponse {
    /// The URL, without query.
    pub endpoint: String,
    /// The status; `None` for an error that came as a redirect.
    pub status: Option<u16>,
    /// `error`.
    pub error: String,
    /// `error_description`.
    pub description: Option<String>,
    /// `error_uri`.
    pub uri: Option<String>,
    /// The trace that one of our own servers gave to the exchange.
    pub trace_id: Option<String>,
}

/// An answer that failed a check.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{from}: {} does not hold", .failed.criterion.title)]
pub struct Unverified {
    /// What was looked at: an endpoint without query, or `the redirect`.
    pub from: String,
    /// The first broken check.
    pub failed: Check,
    /// All checks, in order.
    pub checks: Vec<Check>,
    /// The error response that came in the same message, if any.
    pub error: Option<Box<ErrorResponse>>,
    /// The trace that one of our own servers gave to the exchange.
    pub trace_id: Option<String>,
}

impl ClientError {
    /// The class, and with it the exit code.
    pub fn class(&self) -> ExitClass {
        match self {
            Self::Fetch { source, .. } => match source {
                FetchError::Unreachable { .. } | FetchError::Tls { .. } => ExitClass::Unreachable,
                FetchError::TimedOut { .. } => ExitClass::TimedOut,
                FetchError::TooLarge { .. } | FetchError::Malformed { .. } => ExitClass::Unverified,
                FetchError::Refused(_) => ExitClass::Usage,
                FetchError::Setup { .. } => ExitClass::Internal,
            },
            Self::OAuth(_)
            | Self::NonceRefused(_)
            | Self::Status { .. }
            | Self::WrongPassword { .. } => ExitClass::OAuthError,
            Self::Malformed { .. } | Self::Unverified(_) | Self::NeverArrived { .. } => {
                ExitClass::Unverified
            }
            Self::NoMetadata { .. } | Self::Listen { .. } => ExitClass::Unreachable,
            Self::NotOffered { .. } | Self::Input { .. } => ExitClass::Usage,
            Self::NobodyCame { .. } | Self::NobodyAnswered { .. } => ExitClass::TimedOut,
            Self::NeedsPerson { .. } => ExitClass::NeedsPerson,
            Self::Random(_) => ExitClass::Internal,
        }
    }

    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Fetch { source, .. } => source.hint(),
            Self::OAuth(response) => response.hint(),
            Self::NonceRefused(_) => NONCE_HINT.into(),
            Self::Status { trace_id: Some(id), .. } => {
                format!("see every rule that was checked: oauthlab why {id}")
            }
            Self::Status { .. } => "check that this is the URL of an OAuth endpoint".into(),
            Self::Malformed { .. } => "the server breaks the specification: look at its log".into(),
            Self::Unverified(unverified) => unverified.failed.criterion.stops.into(),
            Self::NoMetadata { tried, .. } => {
                let tried: Vec<_> =
                    tried.iter().map(|(url, why)| format!("{url} ({why})")).collect();
                format!(
                    "give the issuer exactly as the server writes it; tried {}",
                    tried.join(", ")
                )
            }
            Self::NotOffered { what, .. } if what == "pushed_authorization_request_endpoint" => {
                "the server takes no pushed requests: leave --par out".into()
            }
            Self::NotOffered { .. } => "use a flow that the server's metadata names".into(),
            Self::Input { .. } => "see `oauthlab help`".into(),
            Self::NobodyCame { .. } => {
                "open the printed URL in a browser on this machine, or use --user".into()
            }
            Self::NobodyAnswered { .. } => {
                "type the code in a browser on any machine, or use --user".into()
            }
            Self::Listen { .. } => "choose another port with --callback, or none at all".into(),
            Self::WrongPassword { .. } => "check the user's name and password".into(),
            Self::NeedsPerson { .. } => "use a browser: leave --user out".into(),
            Self::NeverArrived { .. } => {
                "look at the server's log: its pages lead in a circle".into()
            }
            Self::Random(_) => {
                "the system gives no random numbers: nothing secret can be made".into()
            }
        }
    }

    /// The trace that one of our own servers gave to the failed exchange.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::OAuth(response) | Self::NonceRefused(response) => response.trace_id.as_deref(),
            Self::Unverified(unverified) => unverified.trace_id.as_deref(),
            Self::Status { trace_id, .. } | Self::WrongPassword { trace_id, .. } => {
                trace_id.as_deref()
            }
            _ => None,
        }
    }
}

const NONCE_HINT: &str = "a nonce is tried once, so this is not tried again; nodes of the server \
                          that do not share their nonces, or whose clocks differ, behave like this";

impl ErrorResponse {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match (&self.trace_id, &self.uri) {
            (Some(id), _) => format!("see every rule that was checked: oauthlab why {id}"),
            (None, Some(uri)) => format!("the server explains it at {uri}"),
            (None, None) => format!("see what it means: oauthlab explain {}", self.error),
        }
    }
}
