//! From bound sockets to serving: secrets, store, servers with their trace layers, record.

use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use super::record::{self, Places};
use super::secrets::Secrets;
use super::transport::Transport;
use super::{CaState, Lab, LabError, LabOptions, Sockets, secrets, sweep};
use crate::clock::Clock;
use crate::config::Config;
use crate::deviation::Deviations;
use crate::issuer::{Issuer, Parts};
use crate::resource::{self, Means, ResourceServer};
use crate::server::authorization::{self, AuthorizationServer};
use crate::server::inspector::{self, Access, Inspected, InspectorState, LabView};
use crate::server::listener::{Listener, Served};
use crate::server::trace_layer::{self, Recorder};
use crate::store::{MemoryStore, Store, View};
use crate::trace::{self, Bounds, Redactor, Ring};

/// A lab in the making: everything that its servers share.
struct Assembly<'o> {
    config: Arc<Config>,
    options: &'o LabOptions,
    secrets: Secrets,
    transport: Transport,
    store: View,
    deviations: Arc<Deviations>,
    recorder: Arc<Recorder>,
    shutdown: watch::Sender<bool>,
}

pub(super) fn start(
    mut config: Config,
    options: &LabOptions,
    sockets: Sockets,
) -> Result<Lab, LabError> {
    if let Some(issuer) = options.issuer.clone() {
        config.issuer.url = issuer;
    }
    let assembly = Assembly::of(config, options)?;
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
    let mut served = Vec::with_capacity(3);
    let mut authorization = None;
    if let Some(listener) = sockets.issuer {
        let server = AuthorizationServer::new(assembly.issuer()?);
        let router = authorization::router(server.clone());
        served.push(assembly.serve(listener, router, trace::Listener::Issuer)?);
        authorization = Some(server);
    }
    if let Some(listener) = sockets.resource {
        let router = crate::server::resource::router(Arc::new(assembly.apis()?));
        served.push(assembly.serve(listener, router, trace::Listener::Resource)?);
    }
    let router = assembly.inspector(sockets.inspector.port(), authorization.clone())?;
    served.push(assembly.serve(sockets.inspector, router, trace::Listener::Inspector)?);
    let ca = assembly.transport.authority.map(|(authority, origin)| CaState {
        pem: authority.certificate().pem().to_owned(),
        origin,
    });
    Ok(Lab {
        ready,
        inspector_token: assembly.secrets.inspector,
        ca,
        store: assembly.store,
        ring: Arc::clone(assembly.recorder.ring()),
        authorization,
        shutdown: assembly.shutdown,
        served,
    })
}

impl<'o> Assembly<'o> {
    fn of(mut config: Config, options: &'o LabOptions) -> Result<Self, LabError> {
        let secrets = secrets::make(&mut config, &options.random)?;
        // Certificates are for clients, which look at their own clock, wherever the lab's stands.
        let transport = Transport::open(&config, &options.data, Clock::system().now())?;
        let engine: Arc<dyn Store> = Arc::new(MemoryStore::new(options.clock.clone()));
        sweep::start(&engine);
        let ring = Arc::new(Ring::new(Bounds::default()));
        let recorder = Recorder::new(ring, options.clock.clone(), options.random.clone());
        Ok(Self {
            deviations: Arc::new(Deviations::of(&config.weaknesses)),
            config: Arc::new(config),
            options,
            secrets,
            transport,
            store: View::new(engine),
            recorder: Arc::new(recorder),
            shutdown: watch::Sender::new(false),
        })
    }

    fn issuer(&self) -> Result<Issuer, LabError> {
        Ok(Issuer::new(Parts {
            config: Arc::clone(&self.config),
            store: self.store.clone(),
            clock: self.options.clock.clone(),
            random: self.options.random.clone(),
            deviations: Arc::clone(&self.deviations),
            outgoing: self.transport.guarded(&self.config)?,
            client_authority: self.transport.client_authority()?,
            resource_secret: self.secrets.resource.clone(),
            initial_access_token: self.secrets.initial_access_token.clone(),
        })?)
    }

    fn apis(&self) -> Result<ResourceServer, LabError> {
        let http = self.transport.outgoing(&self.config, self.options.issuer.is_some())?;
        let secret = self.secrets.resource.clone();
        let means = Means {
            checker: resource::checker(&self.config, secret, http, &self.options.clock),
            store: self.store.clone(),
            clock: self.options.clock.clone(),
            random: self.options.random.clone(),
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
        let access = Access { token: self.secrets.inspector.clone(), port };
        let (ring, clock) = (Arc::clone(self.recorder.ring()), self.options.clock.clone());
        let lab = Inspected { view: LabView::of(&self.config), authorization };
        Ok(inspector::router(InspectorState::new(ring, redactor, clock, lab, access)))
    }

    fn serve(
        &self,
        listener: Listener,
        router: Router,
        which: trace::Listener,
    ) -> Result<Served, LabError> {
        // The inspector is for browsers, which would ask their user for a certificate.
        let tls = match which {
            trace::Listener::Issuer | trace::Listener::Resource => self.transport.asking()?,
            trace::Listener::Inspector => self.transport.tls.clone(),
        };
        let traced = router.layer(trace_layer::layer(Arc::clone(&self.recorder), which));
        let mut stopping = self.shutdown.subscribe();
        Ok(listener.serve(traced, tls, self.options.limits, async move {
            // A lab that is dropped has stopped as well.
            drop(stopping.wait_for(|stop| *stop).await);
        }))
    }
}
