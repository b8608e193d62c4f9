//! From bound sockets to serving: certificates, secrets, store, servers, record.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::sync::watch;

use super::record::{self, Places};
use super::{CaState, Lab, LabError, LabOptions, Sockets, secrets, sweep};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, TlsMode};
use crate::deviation::Deviations;
use crate::fetch::{Http, Roots};
use crate::issuer::{Issuer, Parts};
use crate::resource::{self, Means, ResourceServer};
use crate::server;
use crate::server::authorization::{self, AuthorizationServer};
use crate::server::listener::{Listener, Served};
use crate::store::{MemoryStore, Store, View};
use crate::tls::{Authority, DataDir, HostName, Origin, server_config, server_config_from_files};

/// What the servers speak, and who vouches for it.
struct Transport {
    tls: Option<Arc<ServerConfig>>,
    authority: Option<(Authority, Origin)>,
}

impl Transport {
    const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

pub(super) fn start(
    mut config: Config,
    options: &LabOptions,
    sockets: Sockets,
) -> Result<Lab, LabError> {
    if let Some(issuer) = options.issuer.clone() {
        config.issuer.url = issuer;
    }
    let secrets = secrets::make(&mut config, &options.random)?;
    // Certificates are for clients, which look at their own clock, wherever the lab's hand stands.
    let transport = transport(&config, &options.data, Clock::system().now())?;
    let config = Arc::new(config);
    let engine: Arc<dyn Store> = Arc::new(MemoryStore::new(options.clock.clone()));
    sweep::start(&engine);
    let store = View::new(engine);
    let kept = store.clone();
    let deviations = Arc::new(Deviations::of(&config.weaknesses));
    let places = Places {
        resource: sockets.resource.is_some(),
        inspector: format!("{}://localhost:{}", transport.scheme(), sockets.inspector.port()),
        authority: transport.authority.as_ref().map(|(authority, _)| authority),
    };
    let ready = record::ready(&config, options, &secrets, &places);
    let (shutdown, stopping) = watch::channel(false);
    let mut served = Vec::with_capacity(3);
    let serve = |listener: Listener, router: Router| {
        serve(listener, router, (transport.tls.clone(), options), stopping.clone())
    };
    let mut authorization = None;
    if let Some(listener) = sockets.issuer {
        let issuer = Issuer::new(Parts {
            config: Arc::clone(&config),
            store: store.clone(),
            clock: options.clock.clone(),
            random: options.random.clone(),
            deviations: Arc::clone(&deviations),
            resource_secret: secrets.resource.clone(),
            initial_access_token: secrets.initial_access_token.clone(),
        })?;
        let server = AuthorizationServer::new(issuer);
        served.push(serve(listener, authorization::router(server.clone())));
        authorization = Some(server);
    }
    if let Some(listener) = sockets.resource {
        let means = Means {
            checker: resource::checker(
                &config,
                secrets.resource.clone(),
                outgoing(&config, transport.authority.as_ref(), options.issuer.is_some())?,
                &options.clock,
            ),
            store,
            clock: options.clock.clone(),
            random: options.random.clone(),
            deviations,
        };
        let server = ResourceServer::new(&config, means)
            .map_err(|error| LabError::Resource(error.to_string()))?;
        served.push(serve(listener, server::resource::router(Arc::new(server))));
    }
    let ca = transport.authority.map(|(authority, origin)| CaState {
        pem: authority.certificate().pem().to_owned(),
        origin,
    });
    let inspector_token = secrets.inspector;
    Ok(Lab { ready, inspector_token, ca, store: kept, authorization, shutdown, served })
}

fn transport(config: &Config, data: &DataDir, now: Timestamp) -> Result<Transport, LabError> {
    match &config.tls {
        TlsMode::Off => Ok(Transport { tls: None, authority: None }),
        TlsMode::Files { cert, key } => {
            let tls = server_config_from_files(cert, key, now)?;
            Ok(Transport { tls: Some(tls), authority: None })
        }
        TlsMode::SelfSigned => {
            let (authority, origin) = Authority::open(data, &names(config)?, now)?;
            let tls = server_config(&authority, now)?;
            Ok(Transport { tls: Some(tls), authority: Some((authority, origin)) })
        }
    }
}

/// With what the APIs ask their issuer: trusting the lab's own CA alone where the issuer is the
/// lab's, and the system's roots beside it where it is somebody else's.
fn outgoing(
    config: &Config,
    authority: Option<&(Authority, Origin)>,
    foreign: bool,
) -> Result<Http, LabError> {
    let own: Vec<_> =
        authority.iter().map(|(authority, _)| authority.certificate().der().clone()).collect();
    let given = matches!(config.tls, TlsMode::Files { .. });
    let roots = if foreign || given { Roots::SystemAnd(own) } else { Roots::Lab(own) };
    Ok(Http::new(roots, Duration::from_secs(10))?)
}

/// The hosts of all configured URLs: what certificates must name.
fn names(config: &Config) -> Result<Vec<HostName>, LabError> {
    let urls = std::iter::once(config.issuer.url.as_str())
        .chain(config.issuer.aliases.iter().map(crate::protocol::IssuerUrl::as_str))
        .chain([config.resource.url.as_str()]);
    let hosts = urls.filter_map(|url| url::Url::parse(url).ok()?.host_str().map(str::to_owned));
    let mut names = Vec::new();
    for host in hosts {
        let name = HostName::parse(&host)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn serve(
    listener: Listener,
    router: Router,
    (tls, options): (Option<Arc<ServerConfig>>, &LabOptions),
    mut stopping: watch::Receiver<bool>,
) -> Served {
    listener.serve(router, tls, options.limits, async move {
        // A lab that is dropped has stopped as well.
        drop(stopping.wait_for(|stop| *stop).await);
    })
}
