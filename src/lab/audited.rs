//! A running lab as a target: everything that an audit may use stands in the ready record.

use super::ready::{ReadyApi, ReadyClient, ReadyRecord};
use crate::audit::{self, Accepted, Api, ApiKind, Client, Permitted, Target, User};
use crate::client::Credentials;
use crate::config::Profile;
use crate::fetch::Roots;
use crate::protocol::{AuthMethod, GrantType, Scope};

/// Which check finds which convenience.
const FOUND_BY: &[(&str, &str)] = &[
    ("consent.automatic", "dcr-client-no-consent"),
    ("introspection.anonymous", "introspect-open"),
    ("refresh.grace", "refresh-family-survives"),
    ("refresh.grace", "refresh-reuse"),
    ("registration.open", "dcr-open"),
    ("user.known-password", "default-credentials"),
];

impl ReadyRecord {
    /// The lab as a target of an audit.
    pub fn audit_target(&self, roots: Roots) -> Target {
        let users = self.users.iter().filter_map(|user| {
            Some(User { name: user.name.clone(), password: user.password.clone()? })
        });
        let mut accepted: Vec<Accepted> = Vec::new();
        for convenience in &self.conveniences {
            for (_, check) in FOUND_BY.iter().filter(|(id, _)| *id == convenience.id) {
                if !accepted.iter().any(|known| known.check == *check) {
                    let reason = format!("a convenience of this lab: {}", convenience.reason);
                    accepted.push(Accepted { check: (*check).to_owned(), reason });
                }
            }
        }
        let open = "dcr-open";
        if self.profile == Profile::Mcp.as_str() && accepted.iter().all(|one| one.check != open) {
            let reason = "the profile mcp: its clients register themselves".to_owned();
            accepted.push(Accepted { check: open.to_owned(), reason });
        }
        if !self.strict && self.profile == Profile::OAuth21.as_str() {
            let check = "assertion-aud-not-issuer".to_owned();
            let reason = "a lab that is not strict accepts client assertions for its endpoints \
                          too, as RFC 9126 §2 says and most libraries make them";
            accepted.push(Accepted { check, reason: reason.to_owned() });
        }
        Target {
            issuer: self.issuer.clone(),
            roots,
            clients: self.clients.iter().filter_map(client).collect(),
            users: users.collect(),
            login: Vec::new(),
            apis: self.apis.iter().map(api).collect(),
            registration_token: self.registration_token.clone(),
            introspector: self.resource_client.as_ref().and_then(credentials),
            accepted,
            profile: profile(&self.profile),
            permitted: Permitted::default(),
            server_log: None,
        }
    }
}

/// What a lab of a profile claims to keep. `legacy` claims nothing, and is judged by the practice.
fn profile(name: &str) -> audit::Profile {
    audit::Profile::parse(name).unwrap_or_default()
}

fn credentials(client: &ReadyClient) -> Option<Credentials> {
    Some(Credentials {
        method: AuthMethod::parse(&client.token_endpoint_auth_method)?,
        secret: client.client_secret.clone(),
        ..Credentials::public(client.client_id.as_str())
    })
}

fn client(client: &ReadyClient) -> Option<Client> {
    let grants = client.grant_types.iter().filter_map(|name| GrantType::parse(name));
    Some(Client {
        credentials: credentials(client)?,
        redirect_uri: client.redirect_uris.first().cloned().unwrap_or_default(),
        grants: grants.collect(),
        scope: Scope::parse(client.scope.as_deref().unwrap_or_default()).ok()?,
    })
}

fn api(api: &ReadyApi) -> Api {
    let kind = match api.name.as_str() {
        "notes" => ApiKind::Notes,
        "mcp" => ApiKind::Mcp,
        _ => ApiKind::Get,
    };
    Api { url: api.identifier.clone(), kind, scopes: api.scopes.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::ready::tests::record;
    use super::*;
    use crate::audit;
    use crate::config::Config;
    use crate::lab::ready::ReadyConvenience;

    #[test]
    fn every_convenience_that_a_check_finds_is_accepted_once() {
        let mut lab = record("demo");
        lab.conveniences = Config::builtin()
            .unwrap()
            .conveniences()
            .into_iter()
            .map(|one| ReadyConvenience {
                id: one.id.to_owned(),
                what: one.what,
                reason: one.reason.to_owned(),
            })
            .collect();
        let accepted = lab.audit_target(Roots::System).accepted;
        let ids: Vec<_> = accepted.iter().map(|one| one.check.as_str()).collect();
        assert_eq!(ids, ["dcr-open", "default-credentials", "assertion-aud-not-issuer"]);
        assert!(FOUND_BY.iter().all(|(_, check)| audit::check(check).is_some()));
    }
}
