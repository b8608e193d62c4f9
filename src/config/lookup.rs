//! What others ask a configuration.

use std::collections::BTreeSet;

use super::{Api, Bind, Config, ExchangeConfig};
use crate::protocol::{ClientId, ResourceUri, Scope, ScopeToken};

impl Bind {
    /// Whether only this machine can connect.
    pub fn is_loopback(self) -> bool {
        match self {
            Self::Loopback => true,
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl Config {
    /// The identifier of an API: origin + path, the exact string of audiences and metadata.
    pub fn identifier(&self, api: &Api) -> String {
        format!("{}{}", self.resource.url, api.path)
    }

    /// Every scope that the lab knows: those of its APIs and those of `OpenID` Connect.
    pub fn scopes(&self) -> Scope {
        let of_apis = self.apis.iter().flat_map(|api| api.scopes.iter().map(|(token, _)| token));
        of_apis.cloned().collect::<Scope>().union(&openid_scopes())
    }

    /// The claims that accounts have.
    pub fn claims(&self) -> BTreeSet<&str> {
        self.users.iter().flat_map(|user| user.claims.keys().map(String::as_str)).collect()
    }

    /// The API that defines a scope token.
    pub fn api_of_scope(&self, token: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.scopes.iter().any(|(own, _)| own.as_str() == token))
    }

    /// What a client of the lab file may do with tokens of others. Clients that registered
    /// themselves may do nothing of it.
    pub fn exchange_of(&self, client: &ClientId) -> Option<&ExchangeConfig> {
        self.clients.iter().find(|own| own.id == *client).map(|own| &own.exchange)
    }

    /// The API that an audience names: by its name, or by an identifier (RFC 8693 §2.1).
    pub fn api_of_audience(&self, audience: &str) -> Option<&Api> {
        let by_name = self.apis.iter().find(|api| api.name == audience);
        by_name.or_else(|| self.api_of_resource(&ResourceUri::parse(audience).ok()?))
    }

    /// The API that a resource indicator names.
    pub fn api_of_resource(&self, resource: &ResourceUri) -> Option<&Api> {
        self.apis.iter().find(|api| {
            resource.is_same(&self.identifier(api))
                || api.identifiers.iter().any(|own| resource.is_same(own.as_str()))
        })
    }
}

/// The scopes that `OpenID` Connect Core §5.4 and §11 define and that this lab serves.
pub fn openid_scopes() -> Scope {
    let names = ["openid", "profile", "email", "offline_access"];
    names.into_iter().filter_map(|name| ScopeToken::parse(name).ok()).collect()
}
