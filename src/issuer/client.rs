//! Clients: those of the lab file, and those that registered.

use std::collections::HashMap;

use super::{Fault, Issuer};
use crate::config::{Config, CustomClaims};
use crate::protocol::{AuthMethod, ClientId, ClientMetadata, GrantType, Scope, Secret};
use crate::store::Key;
use crate::store::record::ClientRecord;

/// A client as decisions see it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its metadata.
    pub metadata: ClientMetadata,
    /// SHA-256 of its secret.
    pub(super) secret_sha256: Option<[u8; 32]>,
    /// The secret itself, where a MAC is verified with it.
    pub(super) mac_secret: Option<Secret>,
    /// Whether a person chose that secret. Ours are 256 random bits, which nobody guesses.
    pub(super) guessable: bool,
    /// Whether it stands in the lab file.
    pub preregistered: bool,
    /// The host of its address, when it is known by the document there and not registered here.
    pub host: Option<String>,
    /// Claims that the lab file adds to its access tokens.
    pub(super) claims: CustomClaims,
}

impl Client {
    /// Whether it has no credential.
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method.is_public()
    }

    /// The scope that it may ask for, of all that the lab has.
    pub fn allowed_scope(&self, all: &Scope) -> Scope {
        self.metadata.scope.as_ref().map_or_else(|| all.clone(), |own| own.intersection(all))
    }

    /// Whether it may use a grant.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.metadata.allows(grant)
    }

    /// A name for people: untrusted, escape it.
    pub fn display_name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or_else(|| self.id.as_str())
    }
}

/// The clients of the lab file, and the resource server's own.
#[derive(Debug)]
pub(super) struct Preregistered(HashMap<String, Client>);

impl Preregistered {
    pub(super) fn of(config: &Config, resource_secret: &Secret) -> Self {
        let configured = config.clients.iter().map(|client| Client {
            id: client.id.clone(),
            metadata: client.metadata.clone(),
            secret_sha256: client.secret.as_ref().map(Secret::sha256),
            mac_secret: mac_secret(&client.metadata, client.secret.as_ref()),
            guessable: client.secret.is_some() && !client.generated_secret,
            preregistered: true,
            host: None,
            claims: client.claims.clone(),
        });
        let resource_server = Client {
            id: config.resource.client_id.clone(),
            metadata: ClientMetadata {
                redirect_uris: Vec::new(),
                token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
                grant_types: Vec::new(),
                response_types: Vec::new(),
                scope: Some(Scope::empty()),
                client_name: Some("The bundled resource server".to_owned()),
                ..ClientMetadata::default()
            },
            secret_sha256: Some(resource_secret.sha256()),
            mac_secret: None,
            guessable: config.resource.client_secret.is_some(),
            preregistered: true,
            host: None,
            claims: CustomClaims::default(),
        };
        let all = configured.chain([resource_server]);
        Self(all.map(|client| (client.id.as_str().to_owned(), client)).collect())
    }

    pub(super) fn get(&self, id: &str) -> Option<&Client> {
        self.0.get(id)
    }
}

/// Of all clients, only those of `client_secret_jwt` have their secret kept: a MAC cannot be verified
/// with a hash of its key (RFC 7518 §3.2).
pub(super) fn mac_secret(metadata: &ClientMetadata, secret: Option<&Secret>) -> Option<Secret> {
    let keeps = metadata.token_endpoint_auth_method == AuthMethod::ClientSecretJwt;
    secret.filter(|_| keeps).cloned()
}

impl Issuer {
    /// Looks a client up.
    pub(super) async fn client(&self, id: &str) -> Result<Option<Client>, Fault> {
        if let Some(client) = self.clients.get(id) {
            return Ok(Some(client.clone()));
        }
        if let Some(client) = self.document_client(id) {
            return Ok(Some(client));
        }
        let found = self.store.get::<ClientRecord>(Key::of(&[id])).await?;
        Ok(found.map(|found| Client {
            id: found.value.client_id,
            metadata: found.value.metadata,
            secret_sha256: found.value.secret_sha256,
            mac_secret: found.value.mac_secret,
            guessable: false,
            preregistered: false,
            host: None,
            claims: CustomClaims::default(),
        }))
    }
}
