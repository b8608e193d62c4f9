//! From a configuration with its secrets to the ready record.

use super::LabOptions;
use super::ready::{ReadyApi, ReadyClient, ReadyConvenience, ReadyRecord, ReadyUser, SCHEMA};
use super::secrets::Secrets;
use crate::config::{ClientConfig, Config, Convenience, Password, UserConfig};
use crate::protocol::AuthMethod;
use crate::tls::Authority;

/// Where the servers are.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) resource: bool,
    pub(super) inspector: String,
    pub(super) authority: Option<&'a Authority>,
}

/// Tells what runs.
pub(super) fn ready(
    config: &Config,
    options: &LabOptions,
    secrets: &Secrets,
    places: &Places<'_>,
) -> ReadyRecord {
    let issuer = &config.issuer.url;
    ReadyRecord {
        schema: SCHEMA.to_owned(),
        name: options.name.clone(),
        pid: std::process::id(),
        issuer: issuer.as_str().to_owned(),
        resource: places.resource.then(|| config.resource.url.clone()),
        inspector: Some(places.inspector.clone()),
        discovery: issuer.well_known("oauth-authorization-server"),
        ca_file: places.authority.map(|authority| authority.certificate().path().to_owned()),
        ca_bundle: None,
        strict: config.strict,
        profile: config.profile.as_str().to_owned(),
        seeded: options.random.is_seeded(),
        weaknesses: config.weaknesses.iter().map(|id| (*id).to_owned()).collect(),
        conveniences: config.conveniences().into_iter().map(convenience).collect(),
        clients: config.clients.iter().map(client).collect(),
        users: config.users.iter().map(user).collect(),
        apis: config.apis.iter().map(|one| api(config, one)).collect(),
        resource_client: Some(ReadyClient {
            client_id: config.resource.client_id.as_str().to_owned(),
            client_secret: Some(secrets.resource.clone()),
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic.as_str().to_owned(),
            ..ReadyClient::default()
        }),
        registration_token: secrets.initial_access_token.clone(),
    }
}

fn client(client: &ClientConfig) -> ReadyClient {
    let metadata = &client.metadata;
    let wishes = &metadata.wishes;
    ReadyClient {
        client_id: client.id.as_str().to_owned(),
        client_secret: client.secret.clone(),
        token_endpoint_auth_method: metadata.token_endpoint_auth_method.as_str().to_owned(),
        grant_types: metadata.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect(),
        redirect_uris: metadata.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
        scope: metadata.scope.as_ref().map(ToString::to_string),
        require_pushed_authorization_requests: wishes.require_pushed_authorization_requests,
        dpop_bound_access_tokens: wishes.dpop_bound_access_tokens,
        tls_client_certificate_bound_access_tokens: wishes
            .tls_client_certificate_bound_access_tokens,
    }
}

fn user(user: &UserConfig) -> ReadyUser {
    let password = match &user.password {
        Password::Plain(password) => Some(password.clone()),
        Password::Argon2id(_) | Password::Generated => None,
    };
    ReadyUser { name: user.name.clone(), password }
}

fn convenience(convenience: Convenience) -> ReadyConvenience {
    let Convenience { id, what, reason } = convenience;
    ReadyConvenience { id: id.to_owned(), what, reason: reason.to_owned() }
}

fn api(config: &Config, api: &crate::config::Api) -> ReadyApi {
    ReadyApi {
        name: api.name.clone(),
        identifier: config.identifier(api),
        scopes: api.scopes.iter().map(|(token, _)| token.as_str().to_owned()).collect(),
    }
}
