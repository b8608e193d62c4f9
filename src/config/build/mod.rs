//! Shape → [`Config`]: grammars, names and what must agree. Every part is built, and every fault
//! noted, before a missing part ends it.

mod apis;
mod check;
mod clients;
mod literal;
mod place;
mod registration;
mod tokens;
mod trust;
mod users;

pub(super) use check::unknown_weakness;
pub(super) use place::{ISSUER, RESOURCE};

use std::path::Path;
use std::time::Duration;

use super::fault::Faults;
use super::file::{Lab, Login, Remember};
use super::overrides::Overrides;
use super::{
    Config, ConsentConfig, ConsentMode, InspectorConfig, IntrospectionCallers, IssuerConfig,
    LoginMode, Profile, ResourceServerConfig, StoreConfig, TlsMode,
};
use crate::protocol::Secret;

/// The word that stands for a random secret.
pub(super) const GENERATED: &str = "generated";

/// A configuration, and whose secrets came from the environment.
pub(super) struct Built {
    pub(super) config: Config,
    /// Names of users and ids of clients. Nobody else knows these secrets.
    pub(super) supplied: Supplied,
}

/// Who has a secret that the environment supplied.
#[derive(Default)]
pub(super) struct Supplied {
    pub(super) clients: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) resource_client: bool,
    pub(super) registration_token: bool,
    pub(super) metrics_token: bool,
}

fn inspector(lab: &Lab, faults: &Faults) -> InspectorConfig {
    let inspector = lab.inspector.or_default();
    faults.secret(&inspector.metrics_token);
    InspectorConfig {
        port: inspector.port.value.unwrap_or(9445),
        redact: inspector.redact.value.unwrap_or(true),
        metrics_token: inspector.metrics_token.value,
    }
}

fn introspection(lab: &Lab) -> IntrospectionCallers {
    let callers = lab.introspection.or_default().callers.value;
    callers.map_or(IntrospectionCallers::Authenticated, Into::into)
}

/// Builds the configuration. `None` never comes without a fault.
pub(super) fn build(
    lab: &Lab,
    overrides: &Overrides,
    base: &Path,
    faults: &Faults,
) -> Option<Built> {
    let profile = overrides.profile.or(lab.profile.value.map(Profile::from));
    let profile = profile.unwrap_or(Profile::OAuth21);
    let parts = parts(lab, base, faults);
    let indicators = lab.resource_indicators.value;
    let users = users::users(lab, faults);
    let config = Config {
        profile,
        strict: false,
        tokens: tokens::tokens(&lab.tokens.or_default(), profile, faults),
        apis: apis::apis(lab, profile, faults),
        resource_indicators: indicators.map_or(profile.resource_indicators(), Into::into),
        clients: clients::clients(lab, base, faults),
        trusted_issuers: trust::trusted_issuers(lab, base, &users, faults),
        users,
        login: login(lab, faults),
        consent: consent(lab),
        registration: registration::mode(lab, profile, faults),
        software_statements: registration::statements(lab, base, faults),
        client_id_metadata: place::client_id_metadata(lab, faults),
        cors_origins: place::cors_origins(lab, faults),
        outgoing: place::outgoing(lab, faults),
        limits: tokens::limits(&lab.limits.or_default(), faults),
        par: tokens::par(&lab.par.or_default(), faults),
        sessions: tokens::sessions(&lab.sessions.or_default(), faults),
        acr_values: tokens::acr_values(&lab.sessions.or_default(), faults),
        introspection: introspection(lab),
        weaknesses: check::weaknesses(lab, faults),
        inspector: inspector(lab, faults),
        drain: faults.duration(&lab.drain, Duration::ZERO, Duration::ZERO..=LONGEST_DRAIN),
        // Last, since these may be missing: by now every fault is noted.
        lab: parts.name?,
        issuer: parts.issuer?,
        tls: parts.tls?,
        store: parts.store?,
        resource: parts.resource?,
    };
    let config = config.with_ports(overrides.ports);
    trust::known(lab, faults);
    check::consistency(&config, lab, overrides, faults);
    Some(Built { config, supplied: supplied(lab) })
}

/// Whoever routes requests has noticed by then.
const LONGEST_DRAIN: Duration = Duration::from_secs(600);

/// The parts that have no substitute when the file has them wrong.
struct Parts {
    name: Option<String>,
    issuer: Option<IssuerConfig>,
    tls: Option<TlsMode>,
    store: Option<StoreConfig>,
    resource: Option<ResourceServerConfig>,
}

fn parts(lab: &Lab, base: &Path, faults: &Faults) -> Parts {
    Parts {
        name: faults.parsed(&lab.lab, "demo", literal::lab_name),
        issuer: place::issuer(&lab.issuer.or_default(), faults),
        tls: place::tls(lab, base, faults),
        store: place::store(lab, base, faults),
        resource: place::resource_server(&lab.resource.or_default(), faults),
    }
}

fn consent(lab: &Lab) -> ConsentConfig {
    let consent = lab.consent.or_default();
    ConsentConfig {
        mode: consent.mode.value.map_or(ConsentMode::Ask, Into::into),
        remember_confidential: !matches!(consent.remember.value, Some(Remember::Never)),
    }
}

fn login(lab: &Lab, faults: &Faults) -> LoginMode {
    let Some(mode) = &lab.login.value else { return LoginMode::Form };
    match &mode.0 {
        Login::Form => LoginMode::Form,
        Login::Automatic(user) => {
            if let Some(name) = &user.value {
                check::known_user(lab, name, user, faults);
            }
            LoginMode::Automatic(user.value.clone().unwrap_or_default())
        }
    }
}

fn supplied(lab: &Lab) -> Supplied {
    let text = |secret: &super::file::Field<Secret>| secret.supplied;
    let clients = lab.clients.items().filter_map(|client| client.value.as_ref());
    let users = lab.users.items().filter_map(|user| user.value.as_ref());
    Supplied {
        clients: clients
            .filter(|client| text(&client.secret))
            .filter_map(|client| client.id.value.clone())
            .collect(),
        users: users
            .filter(|user| text(&user.password))
            .filter_map(|user| user.name.value.clone())
            .collect(),
        resource_client: text(&lab.resource.or_default().client.or_default().secret),
        registration_token: text(&lab.registration.or_default().token),
        metrics_token: text(&lab.inspector.or_default().metrics_token),
    }
}
