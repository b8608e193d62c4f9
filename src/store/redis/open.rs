//! Connecting: what is checked before anything is entrusted to a server.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};

use super::address;
use super::place::Places;
use crate::protocol::Secret;

/// Why a lab cannot be kept there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisOpenError {
    /// Not a URL of a Redis server. The URL is not shown, it may hold a password.
    #[error("the URL of the store is no redis:// or rediss:// URL")]
    Url,
    /// Nobody answers, or not in the way of Redis.
    #[error("the store at {server} cannot be reached: {reason}")]
    Unreachable {
        /// Its host and port.
        server: String,
        /// What happened.
        reason: String,
    },
    /// It shows a certificate that is not trusted.
    #[error("the certificate of the store at {server} is not trusted: {reason}")]
    Untrusted {
        /// Its host and port.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Files of TLS, and no TLS.
    #[error("ca_file, cert_file and key_file belong to rediss:// URLs")]
    Plain,
    /// A certificate without its key, or a key without its certificate.
    #[error("the URL of the store names one of cert_file and key_file")]
    HalfPair,
    /// A file that the URL names cannot be read.
    #[error("cannot read {}: {reason}", file.display())]
    File {
        /// Which one.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The files hold nothing that TLS can use.
    #[error("the files that the URL of the store names hold no certificates, or no key")]
    Pem,
    /// It would forget live records to make room.
    #[error("the store at {server} evicts records when it is full ({policy})")]
    Evicts {
        /// Its host and port.
        server: String,
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// A newer program wrote it.
    #[error("the store at {server} has schema {found}, this program knows {SCHEMA}")]
    Newer {
        /// Its host and port.
        server: String,
        /// The schema that stands there.
        found: u32,
    },
}

impl RedisOpenError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Url => "write redis://[USER:PASSWORD@]HOST:PORT[/DB], or rediss:// for TLS",
            Self::Unreachable { .. } => {
                "start the server, or look at host, port, user and password"
            }
            Self::Untrusted { .. } => {
                "name the PEM file of its CA: rediss://HOST:PORT?ca_file=FILE; HOST must be in its certificate"
            }
            Self::Plain => "write rediss://, or leave the files out",
            Self::HalfPair => "name both: cert_file=FILE&key_file=FILE",
            Self::File { .. } => "a path is relative to where the program runs",
            Self::Pem => {
                "ca_file and cert_file are certificates in PEM, key_file a private key in PEM"
            }
            Self::Evicts { .. } => {
                "set maxmemory-policy noeviction: a code that is forgotten works twice"
            }
            Self::Newer { .. } => "use the newer oauthlab, or another database number",
        }
    }
}

/// What this program writes.
const SCHEMA: u32 = 2;
/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may take: a request that waits longer is refused with 503.
const ANSWER: Duration = Duration::from_secs(2);
/// Attempts to connect again before the requests that wait are refused; the next one tries anew.
const RETRIES: usize = 2;
const LEAST_DELAY: Duration = Duration::from_millis(20);
const MOST_DELAY: Duration = Duration::from_millis(200);

/// A connection that mends itself.
pub(super) async fn connect(
    url: &Secret,
    places: &Places,
) -> Result<ConnectionManager, RedisOpenError> {
    let client = address::client(url)?;
    let server = client.get_connection_info().addr().to_string();
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(ANSWER))
        .set_number_of_retries(RETRIES)
        .set_min_delay(LEAST_DELAY)
        .set_max_delay(MOST_DELAY);
    let unreachable = |error: ::redis::RedisError| refused(&server, &error);
    let mut connection =
        ConnectionManager::new_with_config(client, config).await.map_err(unreachable)?;
    check_policy(&mut connection, &server).await?;
    let schema = places.schema();
    let mut set = ::redis::cmd("SET");
    set.arg(&schema).arg(SCHEMA).arg("NX");
    set.query_async::<Option<String>>(&mut connection).await.map_err(unreachable)?;
    let mut get = ::redis::cmd("GET");
    let found = get.arg(&schema).query_async::<u32>(&mut connection).await.map_err(unreachable)?;
    if found > SCHEMA {
        return Err(RedisOpenError::Newer { server, found });
    }
    if found < SCHEMA {
        // Records of schema 1 are read as they are: they have no labels. Its programs must not
        // write more of them.
        let mut set = ::redis::cmd("SET");
        set.arg(&schema)
            .arg(SCHEMA)
            .query_async::<()>(&mut connection)
            .await
            .map_err(unreachable)?;
    }
    Ok(connection)
}

/// A server that evicts would forget that a code was spent. One without a bound never evicts.
async fn check_policy(
    connection: &mut ConnectionManager,
    server: &str,
) -> Result<(), RedisOpenError> {
    let mut info = ::redis::cmd("INFO");
    let memory = info.arg("memory").query_async::<String>(connection).await;
    let memory = memory.map_err(|error| refused(server, &error))?;
    let field = |name: &str| {
        memory.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("")
    };
    let policy = field("maxmemory_policy").trim();
    if field("maxmemory").trim() != "0" && policy != "noeviction" {
        let policy = policy.to_owned();
        return Err(RedisOpenError::Evicts { server: server.to_owned(), policy });
    }
    Ok(())
}

fn refused(server: &str, error: &::redis::RedisError) -> RedisOpenError {
    let server = server.to_owned();
    match of_tls(error) {
        Some(rustls::Error::InvalidCertificate(wrong)) => {
            // Its long form quotes the certificate.
            let reason = format!("{wrong:?}");
            let reason = reason.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
            RedisOpenError::Untrusted { server, reason }
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            RedisOpenError::Unreachable { server, reason: format!("it ended TLS: {alert:?}") }
        }
        _ => RedisOpenError::Unreachable { server, reason: reason(error) },
    }
}

/// What TLS says, below what the library says.
fn of_tls(error: &::redis::RedisError) -> Option<&rustls::Error> {
    let inner = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    inner.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()
}

/// What happened, in a few words that repeat nothing that was sent.
fn reason(error: &::redis::RedisError) -> String {
    if error.is_connection_refusal() {
        return "nobody listens there".into();
    }
    if error.is_timeout() {
        return "it did not answer in time".into();
    }
    match error.code() {
        Some(code @ ("WRONGPASS" | "NOAUTH" | "NOPERM")) => format!("access refused ({code})"),
        Some(code) => format!("it answered {code}"),
        None => error.category().to_owned(),
    }
}
