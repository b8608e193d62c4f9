//! The client itself: connection pool, bounds, and the translation of what can go wrong.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::header::USER_AGENT;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use std::sync::OnceLock;
use tokio::sync::OnceCell;
use url::Url;

use super::guard::{MAX_GUARDED_BODY, Reach};
use super::resolver::{OutOfReach, Resolver};
use super::{FetchError, MAX_BODY, Refused, Request, Response, TlsFailure};
use crate::protocol::is_loopback_host;
use crate::tls::{self, ClientIdentity};

/// Whom to trust.
#[derive(Clone, Debug)]
pub enum Roots {
    /// These certificates and nothing else.
    Lab(Vec<CertificateDer<'static>>),
    /// The system's roots. They are read at the first request.
    System,
    /// The system's roots and these certificates.
    SystemAnd(Vec<CertificateDer<'static>>),
}

/// The client. Clones share one pool of connections.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    roots: Roots,
    timeout: Duration,
    /// Where it may go, for requests that somebody else chose.
    reach: Option<Arc<Reach>>,
    client: OnceCell<HyperClient>,
    identity: Option<ClientIdentity>,
    /// The same client, but with a certificate to show.
    presenting: OnceLock<Http>,
}

type HyperClient = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// A connection is made within this time, or within the whole timeout if that is shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 64;
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;
const MAX_HEADER_LIST: u32 = 64 * 1024;
const AGENT: &str = concat!("oauthlab/", env!("CARGO_PKG_VERSION"));

impl Http {
    /// A client with these roots; each exchange, from connecting to the last byte, takes at most
    /// `timeout`. Fails if a given certificate cannot be read.
    pub fn new(roots: Roots, timeout: Duration) -> Result<Self, FetchError> {
        Self::within(roots, timeout, None, None)
    }

    /// From the next request on, this client and its clones show a certificate to servers that ask
    /// for one (RFC 8705 §2). Only the first certificate counts.
    pub fn present(&self, identity: ClientIdentity) -> Result<(), FetchError> {
        let Inner { roots, timeout, reach, presenting, .. } = &*self.0;
        let other = Self::within(roots.clone(), *timeout, reach.clone(), Some(identity))?;
        // Whoever was first stays.
        let _ = presenting.set(other);
        Ok(())
    }

    /// As `new`, but it connects to nothing out of reach, and reads less. URLs that hold addresses
    /// are the caller's to check: no resolver sees them.
    pub(super) fn guarded(
        roots: Roots,
        timeout: Duration,
        reach: Arc<Reach>,
    ) -> Result<Self, FetchError> {
        Self::within(roots, timeout, Some(reach), None)
    }

    fn within(
        roots: Roots,
        timeout: Duration,
        reach: Option<Arc<Reach>>,
        identity: Option<ClientIdentity>,
    ) -> Result<Self, FetchError> {
        let client = OnceCell::new();
        if let Roots::Lab(certificates) = &roots {
            let store = with_certificates(RootCertStore::empty(), certificates)?;
            // The cell is new and empty: setting it cannot fail.
            let _ = client.set(build(store, timeout, reach.clone(), identity.as_ref())?);
        }
        let presenting = OnceLock::new();
        Ok(Self(Arc::new(Inner { roots, timeout, reach, client, identity, presenting })))
    }

    /// Sends a request and reads the whole answer. Redirects are answers.
    pub async fn send(&self, request: Request) -> Result<Response, FetchError> {
        let target = Target::parse(&request.url)?;
        let exchange = async {
            let client = self.0.presenting.get().unwrap_or(self).client().await?;
            exchange(client, request, &target, self.body_limit()).await
        };
        let after = self.0.timeout;
        let result = match tokio::time::timeout(after, exchange).await {
            Ok(result) => result,
            Err(_) => Err(FetchError::TimedOut { origin: target.origin.clone(), after }),
        };
        // The origin alone: paths and queries of others may hold what is secret.
        let origin = &target.origin;
        match &result {
            Ok(response) => tracing::debug!(origin, status = response.status, "fetched"),
            Err(error) => tracing::debug!(origin, %error, "not fetched"),
        }
        result
    }

    /// The time that an exchange may take.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    fn body_limit(&self) -> usize {
        if self.0.reach.is_some() { MAX_GUARDED_BODY } else { MAX_BODY }
    }

    async fn client(&self) -> Result<&HyperClient, FetchError> {
        let inner = &self.0;
        inner
            .client
            .get_or_try_init(|| async {
                let extra = match &inner.roots {
                    Roots::System => &[][..],
                    Roots::Lab(certificates) | Roots::SystemAnd(certificates) => certificates,
                };
                // Reads files: some hundred small ones, or one large one.
                let system = tokio::task::spawn_blocking(tls::system_roots).await;
                let system =
                    system.map_err(|_| FetchError::Setup { what: "the system's roots" })?;
                let store = with_certificates(system, extra)?;
                build(store, inner.timeout, inner.reach.clone(), inner.identity.as_ref())
            })
            .await
    }
}

/// A URL that we are willing to send to.
struct Target {
    uri: Uri,
    origin: String,
}

impl Target {
    fn parse(text: &str) -> Result<Self, Refused> {
        let mut url = Url::parse(text).map_err(|_| Refused::NotAUrl)?;
        let host = url.host_str().ok_or(Refused::NotAUrl)?.to_owned();
        let loopback = url.scheme() == "http" && is_loopback_host(&host);
        if url.scheme() != "https" && !loopback {
            return Err(Refused::Scheme { scheme: url.scheme().to_owned(), host });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::UserInfo);
        }
        url.set_fragment(None);
        let uri = url.as_str().parse().map_err(|_| Refused::NotAUrl)?;
        Ok(Self { uri, origin: url.origin().ascii_serialization() })
    }
}

fn with_certificates(
    mut store: RootCertStore,
    certificates: &[CertificateDer<'static>],
) -> Result<RootCertStore, FetchError> {
    for certificate in certificates {
        store
            .add(certificate.clone())
            .map_err(|_| FetchError::Setup { what: "a root certificate" })?;
    }
    Ok(store)
}

fn build(
    store: RootCertStore,
    timeout: Duration,
    reach: Option<Arc<Reach>>,
    identity: Option<&ClientIdentity>,
) -> Result<HyperClient, FetchError> {
    let config = match identity {
        None => tls::client_config(store).map_err(|_| "the TLS settings"),
        Some(identity) => {
            tls::client_config_as(store, identity).map_err(|_| "the client certificate")
        }
    };
    let config = config.map_err(|what| FetchError::Setup { what })?;
    let mut tcp = HttpConnector::new_with_resolver(Resolver::new(reach));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT.min(timeout)));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
        .http1_max_headers(MAX_HEADERS)
        .http1_max_buf_size(MAX_HEADER_BYTES)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .build(connector))
}

async fn exchange(
    client: &HyperClient,
    request: Request,
    target: &Target,
    limit: usize,
) -> Result<Response, FetchError> {
    let mut builder = http::Request::builder().method(&request.method).uri(target.uri.clone());
    let fields = request.header_values()?;
    if !fields.iter().any(|(name, _)| name == USER_AGENT) {
        builder = builder.header(USER_AGENT, AGENT);
    }
    for (name, value) in fields {
        builder = builder.header(name, value);
    }
    let body = Full::new(Bytes::from(request.body));
    let request = builder.body(body).map_err(|_| Refused::NotAUrl)?;
    let answer = client.request(request).await.map_err(|error| failure(&error, target))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, limit).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            FetchError::TooLarge { origin: target.origin.clone(), limit }
        } else {
            broken_off(&target.origin)
        }
    })?;
    let body = body.to_bytes().to_vec();
    Ok(Response { status: head.status.as_u16(), headers: head.headers, body })
}

/// Finds the cause in the chain of errors that the library built.
fn failure(error: &hyper_util::client::legacy::Error, target: &Target) -> FetchError {
    let origin = target.origin.clone();
    let mut deepest = None;
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(failure) = tls_cause(cause) {
            return FetchError::Tls { origin, failure };
        }
        let io = cause.downcast_ref::<std::io::Error>();
        let inner = io.and_then(std::io::Error::get_ref);
        if inner.and_then(|inner| inner.downcast_ref::<OutOfReach>()).is_some() {
            let host = target.uri.host().unwrap_or_default().to_owned();
            return Refused::Address { host }.into();
        }
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return FetchError::TimedOut { origin, after: CONNECT_TIMEOUT };
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_parse_too_large() {
                return FetchError::TooLarge { origin, limit: MAX_HEADER_BYTES };
            }
            if http.is_parse() {
                let detail = format!("{origin} answered with something that is not HTTP");
                return FetchError::Malformed { detail };
            }
        }
        deepest = Some(cause);
        next = cause.source();
    }
    if error.is_connect() {
        let reason = deepest.map_or_else(|| "no connection".into(), ToString::to_string);
        return FetchError::Unreachable { origin, reason };
    }
    broken_off(&origin)
}

/// A TLS error stands in the chain as itself or inside of I/O errors, which do not name what they
/// hold as their source.
fn tls_cause(cause: &(dyn StdError + 'static)) -> Option<TlsFailure> {
    if let Some(found) = cause.downcast_ref::<rustls::Error>() {
        return Some(TlsFailure::from_rustls(found));
    }
    tls_cause(cause.downcast_ref::<std::io::Error>()?.get_ref()?)
}

fn broken_off(origin: &str) -> FetchError {
    let reason = "the connection ended before the answer did".into();
    FetchError::Unreachable { origin: origin.to_owned(), reason }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http(at most {:?})", self.0.timeout)
    }
}
