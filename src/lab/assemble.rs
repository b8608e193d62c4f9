//! From bound sockets to serving: secrets, store, servers with their trace layers, record.

use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use super::readiness::Ready;
use super::record::{self, Places};
use super::remember::Memory;
use super::secrets::Secrets;
use super::traffic::Connections;
use super::transport::Transport;
use super::{CaState, Lab, LabError, LabOptions, Sockets, Stage, secrets, sweep};
use crate::clock::Clock;
use crate::config::Config;
use crate::deviation::Deviations;
use crate::issuer::{Issuer, Parts};
use crate::metrics::Metrics;
use crate::random::Random;
use crate::resource::{self, Means, ResourceServer};
use crate::server::authorization::{self, AuthorizationServer};
use crate::server::flood::{self, Flood};
use crate::server::health::{self, Readiness};
use crate::server::inspector::{self, Access, Inspected, InspectorState, LabView};
use crate::server::listener::{Listener, Served};
use crate::server::trace_layer::{self, Recorder};
use crate::store::{Store, View};
use crate::trace::{self, Bounds, Redactor, Ring};

/// A lab in the making: everything that its servers share.
struct Assembly<'o> {
    config: Arc<Config>,
    options: &'o LabOptions,
    secrets: Secrets,
    transport: Transport,
    store: View,
    // Randomness that every node and every restart shares.
    lasting: Random,
    metrics: Arc<Metrics>,
    deviations: Arc<Deviations>,
    recorder: Arc<Recorder>,
    readiness: Arc<dyn Readiness>,
    flood: Option<Arc<Flood>>,
    shutdown: watch::Sender<Stage>,
}

pub(super) async fn start(
    mut config: Config,
    options: &LabOptions,
    sockets: Sockets,
    memory: Memory,
) -> Result<Lab, LabError> {
    if let Some(issuer) = options.issuer.clone() {
        config.issuer.url = issuer;
    }
    let assembly = Assembly::of(config, options, memory).await?;
    let places = Places {
        resource: sockets.resource.is_some(),
        inspector: format!(
            "{}://localhost:{}",
            assembly.transport.scheme(),
            sockets.inspector.port()
        ),
        authority: assembly.transport.authority.as_ref().map(|(authority, _)| authority),
    };
    let ready = record::ready(&assembly.config, options, &assembly.secrets, &places);
    let (served, authorization) = assembly.open(sockets).await?;
    let ca = assembly.transport.authority.map(|(authority, origin)| CaState {
        pem: authority.certificate().pem().to_owned(),
        origin,
    });
    Ok(Lab {
        ready,
        inspector_token: assembly.secrets.inspector,
        client_keys: assembly.secrets.client_keys,
        ca,
        store: assembly.store,
        ring: Arc::clone(assembly.recorder.ring()),
        authorization,
        shutdown: assembly.shutdown,
        drain: assembly.config.drain,
        served,
    })
}

impl<'o> Assembly<'o> {
    async fn of(
        mut config: Config,
        options: &'o LabOptions,
        memory: Memory,
    ) -> Result<Self, LabError> {
        let shared = memory.lasting.is_some().then(|| View::new(Arc::clone(&memory.engine)));
        // A seed was asked for by name.
        let lasting = memory.lasting.filter(|_| !options.random.is_seeded());
        let lasting = lasting.unwrap_or_else(|| options.random.clone());
        let secrets =
            secrets::make(&mut config, &lasting, &options.random, shared.as_ref()).await?;
        // Certificates are for clients, which look at their own clock, wherever the lab's stands.
        let transport = Transport::open(&config, &options.data, Clock::system().now())?;
        let metrics = Arc::new(Metrics::new(Clock::system().now()));
        let engine = metrics.metered(memory.engine, config.store.name(), options.clock.clone());
        let engine: Arc<dyn Store> = Arc::new(engine);
        sweep::start(&engine);
        let ring = Arc::new(Ring::new(Bounds::default()));
        let recorder = Recorder::new(ring, options.clock.clone(), options.random.clone())
            .counting(Arc::clone(&metrics));
        let shutdown = watch::Sender::new(Stage::Serving);
        let flood = Flood::new(&config.limits, options.clock.clone()).map(Arc::new);
        let readiness = Ready::new(Arc::clone(&engine), shutdown.subscribe(), &options.clock)?;
        Ok(Self {
            deviations: Arc::new(Deviations::of(&config.weaknesses)),
            config: Arc::new(config),
            options,
            secrets,
            transport,
            store: View::new(engine),
            lasting,
            metrics,
            recorder: Arc::new(recorder),
            readiness: Arc::new(readiness),
            flood,
            shutdown,
        })
    }

    /// Serves on every socket.
    async fn open(
        &self,
        sockets: Sockets,
    ) -> Result<(Vec<Served>, Option<AuthorizationServer>), LabError> {
        let mut served = Vec::with_capacity(3);
        let mut traffic = Vec::with_capacity(3);
        let mut open = |listener, router, which, name| {
            let one = self.serve(listener, router, which)?;
            traffic.push((name, Arc::clone(one.traffic())));
            served.push(one);
            Ok::<_, LabError>(())
        };
        let mut authorization = None;
        if let Some(listener) = sockets.issuer {
            let server = AuthorizationServer::new(self.issuer().await?);
            let router = self.watched(authorization::router(server.clone()), true);
            open(listener, router, trace::Listener::Issuer, "issuer")?;
            authorization = Some(server);
        }
        if let Some(listener) = sockets.resource {
            let router = crate::server::resource::router(Arc::new(self.apis()?));
            open(listener, self.watched(router, false), trace::Listener::Resource, "resource")?;
        }
        let router = self.inspector(sockets.inspector.port(), authorization.clone())?;
        open(sockets.inspector, router, trace::Listener::Inspector, "inspector")?;
        self.metrics.join(Box::new(Connections(traffic)));
        Ok((served, authorization))
    }

    /// With the probes of whoever routes requests to it.
    fn watched(&self, router: Router, below_issuer: bool) -> Router {
        let issuer = self.config.issuer.url.clone();
        let base = if below_issuer { issuer.path().to_owned() } else { String::new() };
        // Probes come from one address, and often: they have no limit.
        let limited = match &self.flood {
            Some(flood) => flood::around(router, issuer.clone(), Arc::clone(flood)),
            None => router,
        };
        health::around(limited, &base, issuer, Arc::clone(&self.readiness))
    }

    async fn issuer(&self) -> Result<Issuer, LabError> {
        let parts = Parts {
            config: Arc::clone(&self.config),
            store: self.store.clone(),
            clock: self.options.clock.clone(),
            random: self.options.random.clone(),
            lasting: self.lasting.clone(),
            deviations: Arc::clone(&self.deviations),
            outgoing: self.transport.guarded(&self.config)?,
            client_authority: self.transport.client_authority()?,
            resource_secret: self.secrets.resource.clone(),
            initial_access_token: self.secrets.initial_access_token.clone(),
        };
        Ok(Issuer::open(parts).await?)
    }

    fn apis(&self) -> Result<ResourceServer, LabError> {
        let http = self.transport.outgoing(&self.config, self.options.issuer.is_some())?;
        let secret = self.secrets.resource.clone();
        let means = Means {
            checker: resource::checker(&self.config, secret, http, &self.options.clock),
            store: self.store.clone(),
            clock: self.options.clock.clone(),
            random: self.options.random.clone(),
            lasting: self.lasting.clone(),
            deviations: Arc::clone(&self.deviations),
        };
        let server = ResourceServer::new(&self.config, means);
        server.map_err(|error| LabError::Resource(error.to_string()))
    }

    fn inspector(
        &self,
        port: u16,
        authorization: Option<AuthorizationServer>,
    ) -> Result<Router, LabError> {
        let key = self.options.random.bytes::<32>("fingerprint")?;
        let redactor = Redactor::new(&key, self.config.inspector.redact);
        let access = Access {
            token: self.secrets.inspector.clone(),
            metrics: self.config.inspector.metrics_token.clone(),
            port,
        };
        let (ring, clock) = (Arc::clone(self.recorder.ring()), self.options.clock.clone());
        let lab = Inspected {
            view: LabView::of(&self.config),
            metrics: Arc::clone(&self.metrics),
            readiness: Arc::clone(&self.readiness),
            authorization,
        };
        Ok(inspector::router(InspectorState::new(ring, redactor, clock, lab, access)))
    }

    fn serve(
        &self,
        listener: Listener,
        router: Router,
        which: trace::Listener,
    ) -> Result<Served, LabError> {
        let wire = match which {
            trace::Listener::Issuer | trace::Listener::Resource => {
                self.transport.asking(&self.deviations)?
            }
            trace::Listener::Inspector => self.transport.plain(),
        };
        let traced = router.layer(trace_layer::layer(Arc::clone(&self.recorder), which));
        let mut stopping = self.shutdown.subscribe();
        Ok(listener.serve(traced, wire, self.options.limits, async move {
            // A lab that is dropped has stopped as well.
            drop(stopping.wait_for(|stage| *stage == Stage::Stopped).await);
        }))
    }
}
