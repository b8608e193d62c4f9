//! How the pieces become one running lab: sockets, certificates, secrets, servers, and the record
//! that tells others where they are.
//!
//! Order matters: bind first (so that URLs with real ports exist), then make what needs the URLs.
//! Nothing slow stands on this path: RSA keys and system roots come later, in the background.

mod assemble;
mod audited;
mod client_key;
mod error;
pub mod live;
mod readiness;
pub mod ready;
mod record;
mod remember;
mod secrets;
pub mod store_key;
mod sweep;
mod traffic;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use client_key::ClientKey;
pub use error::LabError;
pub use store_key::StoreKeyError;
pub use transport::host_names;

use crate::clock::Clock;
use crate::config::Config;
use crate::protocol::{IssuerUrl, Secret};
use crate::random::Random;
use crate::server::authorization::AuthorizationServer;
use crate::server::listener::{Limits, Listener, Served};
use crate::store::{Store, View};
use crate::tls::{DataDir, Origin};
use crate::trace::Ring;
use ready::ReadyRecord;

/// What a lab is started with, beside its configuration.
#[derive(Clone, Debug)]
pub struct LabOptions {
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Where the CA and the bundle live.
    pub data: DataDir,
    /// The name of this run; the live record carries it.
    pub name: String,
    /// Which half to run.
    pub only: Option<Only>,
    /// With [`Only::Resource`]: whose tokens the APIs accept.
    pub issuer: Option<IssuerUrl>,
    /// Bounds of each listener.
    pub limits: Limits,
    /// What remembers, in place of what the configuration names.
    pub engine: Option<Arc<dyn Store>>,
    /// The key that seals a store outside of this process; without it there is one in a file beside
    /// the database.
    pub store_key: Option<Secret>,
}

/// Half a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// The authorization server alone.
    Issuer,
    /// The resource server alone.
    Resource,
}

/// A running lab. Dropping it ends its servers at once; [`Lab::stop`] drains them.
#[derive(Debug)]
pub struct Lab {
    ready: ReadyRecord,
    inspector_token: Secret,
    client_keys: BTreeMap<String, ClientKey>,
    ca: Option<CaState>,
    store: View,
    ring: Arc<Ring>,
    authorization: Option<AuthorizationServer>,
    shutdown: watch::Sender<Stage>,
    drain: Duration,
    served: Vec<Served>,
}

/// How far a lab is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It serves.
    Serving,
    /// It serves, and tells those who route requests to it that it leaves.
    Leaving,
    /// It takes no more connections.
    Stopped,
}

/// The lab's own CA, where it has one.
#[derive(Clone, Debug)]
pub struct CaState {
    /// Its certificate in PEM.
    pub pem: String,
    /// Whether it is new, and why.
    pub origin: Origin,
}

impl LabOptions {
    /// A whole lab with default bounds.
    pub fn new(data: DataDir, name: impl Into<String>) -> Self {
        Self {
            clock: Clock::system(),
            random: Random::system(),
            data,
            name: name.into(),
            only: None,
            issuer: None,
            limits: Limits::default(),
            engine: None,
            store_key: None,
        }
    }
}

impl Lab {
    /// Starts a lab. It serves from the moment this returns.
    pub async fn start(config: Config, options: LabOptions) -> Result<Self, LabError> {
        let sockets = Sockets::bind(&config, options.only)?;
        let port = |listener: &Option<Listener>, configured| {
            listener.as_ref().map_or(configured, Listener::port)
        };
        let issuer = port(&sockets.issuer, config.issuer.port);
        let resource = port(&sockets.resource, config.resource.port);
        let config = config.bound_to(issuer, resource, sockets.inspector.port());
        let memory = remember::open(&config, &options).await?;
        let lab = assemble::start(config, &options, sockets, memory).await?;
        let ReadyRecord { name, issuer, profile, strict, .. } = lab.ready();
        tracing::debug!(name, issuer, profile, strict, "the lab serves");
        Ok(lab)
    }

    /// Where it is and how to use it.
    pub const fn ready(&self) -> &ReadyRecord {
        &self.ready
    }

    /// The inspector's bearer token: for the live record, and nothing else.
    pub const fn inspector_token(&self) -> &Secret {
        &self.inspector_token
    }

    /// Keys that were made for its clients, by their id: for the live record, and nothing else.
    pub const fn client_keys(&self) -> &BTreeMap<String, ClientKey> {
        &self.client_keys
    }

    /// The lab's own CA; `None` where the certificate came from files, or TLS is off.
    pub const fn ca(&self) -> Option<&CaState> {
        self.ca.as_ref()
    }

    /// What it remembers.
    pub const fn store(&self) -> &View {
        &self.store
    }

    /// What happened in it.
    pub const fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// The authorization server, for those who call it in process.
    pub const fn authorization(&self) -> Option<&AuthorizationServer> {
        self.authorization.as_ref()
    }

    /// Says at `/health/ready` that the lab leaves, and goes on serving for as long as `drain` gives
    /// those who route requests to it.
    pub async fn leave(&self) {
        self.shutdown.send_replace(Stage::Leaving);
        if !self.drain.is_zero() {
            tracing::info!(seconds = self.drain.as_secs(), "the lab leaves, and serves meanwhile");
            tokio::time::sleep(self.drain).await;
        }
    }

    /// Stops accepting, lets requests in flight end, and waits for that.
    pub async fn stop(mut self) {
        self.shutdown.send_replace(Stage::Stopped);
        let mut cut = 0;
        for served in std::mem::take(&mut self.served) {
            cut += served.drained().await.cut;
        }
        tracing::debug!(cut, "the lab has stopped");
    }
}

/// The bound sockets of a lab.
#[derive(Debug)]
pub(crate) struct Sockets {
    issuer: Option<Listener>,
    resource: Option<Listener>,
    inspector: Listener,
}

impl Sockets {
    fn bind(config: &Config, only: Option<Only>) -> Result<Self, LabError> {
        let bind = config.issuer.bind;
        let issuer = (only != Some(Only::Resource))
            .then(|| Listener::bind(bind, config.issuer.port))
            .transpose()?;
        let resource = (only != Some(Only::Issuer))
            .then(|| Listener::bind(bind, config.resource.port))
            .transpose()?;
        // The inspector knows everything: it never leaves this machine.
        let inspector = Listener::bind(crate::config::Bind::Loopback, config.inspector.port)?;
        Ok(Self { issuer, resource, inspector })
    }
}
