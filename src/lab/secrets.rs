//! Secrets that are made at start: for the configuration's `generated` ones, and the lab's own.

use std::collections::BTreeMap;

use super::{ClientKey, LabError, client_key};
use crate::config::{Config, Password, RegistrationMode};
use crate::protocol::Secret;
use crate::random::Random;
use crate::store::View;

/// The lab's own secrets.
#[derive(Debug)]
pub(super) struct Secrets {
    /// With which the resource server introspects.
    pub(super) resource: Secret,
    /// For registration, where it wants one.
    pub(super) initial_access_token: Option<Secret>,
    /// For the inspector.
    pub(super) inspector: Secret,
    /// Of clients whose rule book takes no secret, by their id.
    pub(super) client_keys: BTreeMap<String, ClientKey>,
}

/// Fills generated secrets into the configuration, and makes the lab's own. Those that the nodes of
/// a lab must agree on come from `random` or stand in `shared`, and those of this process come from
/// `own`.
pub(super) async fn make(
    config: &mut Config,
    random: &Random,
    own: &Random,
    shared: Option<&View>,
) -> Result<Secrets, LabError> {
    for client in &mut config.clients {
        if client.generated_secret {
            client.secret = Some(Secret::new(random.token("client_secret")?));
        }
    }
    for user in &mut config.users {
        if matches!(user.password, Password::Generated) {
            user.password = Password::Plain(Secret::new(random.id("user_password")?));
        }
    }
    let resource = match config.resource.client_secret.clone() {
        Some(secret) => secret,
        None => Secret::new(random.token("resource_secret")?),
    };
    let initial_access_token = match &config.registration {
        RegistrationMode::InitialAccessToken(Some(token)) => Some(token.clone()),
        RegistrationMode::InitialAccessToken(None) => {
            Some(Secret::new(random.token("initial_access_token")?))
        }
        RegistrationMode::Open | RegistrationMode::Off => None,
    };
    let inspector = Secret::new(own.token("inspector_token")?);
    let client_keys = client_key::make(config, shared).await?;
    Ok(Secrets { resource, initial_access_token, inspector, client_keys })
}
