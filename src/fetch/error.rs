//! Why a request brought no answer. The texts name an origin, never a query, a field or a body.

use std::time::Duration;

use rustls::CertificateError;

/// Why a request brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection: wrong port, nobody listens, no such name.
    #[error("cannot connect to {origin}: {reason}")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
        /// What the system said.
        reason: String,
    },
    /// A connection, but no trust.
    #[error("no trusted TLS with {origin}: {failure}")]
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// What is wrong with it.
        failure: TlsFailure,
    },
    /// The time that was set for the whole exchange is over.
    #[error("{origin} did not answer within {} seconds", .after.as_secs_f32())]
    TimedOut {
        /// Scheme, host and port.
        origin: String,
        /// The time that was set.
        after: Duration,
    },
    /// More bytes than we read.
    #[error("the answer of {origin} is larger than {limit} bytes")]
    TooLarge {
        /// Scheme, host and port.
        origin: String,
        /// The most that is read.
        limit: usize,
    },
    /// An answer that cannot be read.
    #[error("the answer cannot be read: {detail}")]
    Malformed {
        /// What is wrong, without the content.
        detail: String,
    },
    /// A request that we do not send.
    #[error("not sent: {0}")]
    Refused(#[from] Refused),
    /// The client could not be set up.
    #[error("cannot set up the HTTPS client: {what} cannot be used")]
    Setup {
        /// Which part of it.
        what: &'static str,
    },
}

/// Why a server's TLS is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// Nobody that we trust signed the certificate.
    #[error("its certificate is signed by nobody that we trust")]
    Untrusted,
    /// The certificate is for other names.
    #[error("its certificate is for another name")]
    Name,
    /// The certificate is not valid at this time.
    #[error("its certificate is not valid at this time")]
    Time,
    /// Another fault of the certificate.
    #[error("its certificate is not acceptable: {0}")]
    Certificate(String),
    /// What answered does not speak TLS.
    #[error("what answers there does not speak TLS")]
    NotTls,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Why a request is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an absolute URL with a host.
    #[error("this is no absolute URL with a host")]
    NotAUrl,
    /// Neither `https`, nor `http` on loopback.
    #[error("{scheme}://{host} is neither https, nor http on loopback")]
    Scheme {
        /// The scheme.
        scheme: String,
        /// The host.
        host: String,
    },
    /// An address that is not of the public internet, and not allowed.
    #[error("{host} is not of the public internet, and this lab does not allow it")]
    Address {
        /// The host.
        host: String,
    },
    /// A user name or a password in the URL.
    #[error("the URL holds a user name or a password")]
    UserInfo,
    /// A value with characters that HTTP has no place for.
    #[error("the value of the header {name} holds characters that a header cannot have")]
    HeaderValue {
        /// The field's name.
        name: String,
    },
}

impl FetchError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "check host and port, and that the server runs: `oauthlab serve`".into()
            }
            Self::Tls { failure, .. } => failure.hint().into(),
            Self::TimedOut { .. } => "give it more time with --timeout, or look at its log".into(),
            Self::TooLarge { .. } => "no answer of OAuth is that large: check the URL".into(),
            Self::Malformed { .. } => "check that the URL is that of an OAuth server".into(),
            Self::Refused(refused) => refused.hint().into(),
            Self::Setup { .. } => "check the CA file that was given".into(),
        }
    }
}

impl TlsFailure {
    /// What the operator can do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Untrusted => {
                "for a lab, use the CA file that `oauthlab ca path` prints (same user, same data folder); there is no way to skip this check"
            }
            Self::Name => {
                "use a name that the certificate carries; for a lab, add the name to its aliases"
            }
            Self::Time => "renew the certificate; for a lab, restart it; else check the clock",
            Self::Certificate(_) => "look at it: `openssl s_client -connect HOST:PORT -showcerts`",
            Self::NotTls => "a server without TLS has an http:// URL, on loopback only",
            Self::Other(_) => "the server must speak TLS 1.2 or 1.3",
        }
    }

    pub(super) fn from_rustls(error: &rustls::Error) -> Self {
        use rustls::Error as E;
        match error {
            E::InvalidCertificate(fault) => Self::from_certificate(fault),
            E::InvalidMessage(_) => Self::NotTls,
            other => Self::Other(other.to_string()),
        }
    }

    fn from_certificate(fault: &CertificateError) -> Self {
        use CertificateError as C;
        match fault {
            C::UnknownIssuer | C::BadSignature => Self::Untrusted,
            C::NotValidForName | C::NotValidForNameContext { .. } => Self::Name,
            C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. } => Self::Time,
            other => Self::Certificate(other.to_string()),
        }
    }
}

impl Refused {
    /// What the operator can do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotAUrl => "write the whole URL, such as https://localhost:9443",
            Self::Scheme { .. } => "tokens and secrets travel over https only",
            Self::Address { .. } => {
                "name the host in `outgoing: { allow: [HOST] }` of the lab file if it is yours"
            }
            Self::UserInfo => "leave the user name out of the URL",
            Self::HeaderValue { .. } => "a header holds visible ASCII, without line breaks",
        }
    }
}
