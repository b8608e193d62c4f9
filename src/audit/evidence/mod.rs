//! Evidence: what is gathered once and shared by all checks. Documents, clients, and the good flows
//! that are the positive control of every probe.

mod asserting;
mod bound;
mod clients;
mod control;
mod document;
mod effect;
mod own;
mod seen;
mod server_log;
mod spare;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

pub use super::target::{Api, ApiKind, Client, Login, Permitted, Profile, User};
pub use asserting::Asserting;
pub use bound::{Bound, is_bound};
pub(in crate::audit) use clients::NAME;
pub use clients::{Managed, POST_LOGOUT, Temporary};
pub use control::Control;
pub use document::Document;
#[cfg(test)]
pub(in crate::audit) use document::tests::document as document_of;
pub use own::Own;
pub use seen::{Role, Seen, View};
pub use spare::Spare;

use super::finding::{Judgement, Need};
use super::probe::{Answer, Credentials, Endpoints, Line, Manner, Probe, Session, Trouble};
use super::target::Target;
use crate::protocol::jose::JwkSet;
use crate::protocol::{AuthorizationServerMetadata, GrantType, IssuerUrl, Secret};

/// Everything that is known before the first check.
#[derive(Debug)]
pub struct Evidence {
    /// The exact issuer string that was given.
    pub issuer: String,
    /// The RFC 8414 document.
    pub oauth: Document,
    /// The `OpenID` Connect Discovery document.
    pub openid: Document,
    /// The key set.
    pub jwks: Document,
    /// The metadata of the first document that could be read.
    pub metadata: AuthorizationServerMetadata,
    /// Where the server answers.
    pub endpoints: Endpoints,
    /// Clients that the audit may be.
    pub clients: Clients,
    /// Users that may be logged in.
    pub users: Vec<User>,
    /// How a person gets through pages that do not explain themselves.
    pub login: Arc<[Login]>,
    /// The protected APIs.
    pub apis: Vec<Api>,
    /// The metadata document of each API, in their order (RFC 9728).
    pub api_documents: Vec<Document>,
    /// Who may introspect tokens that are meant for the APIs.
    pub introspector: Option<Credentials>,
    /// Good flows.
    pub controls: Controls,
    /// The initial access token, where registration needs one.
    pub registration_token: Option<Secret>,
    /// The answer to the first registration that worked.
    pub registered: Option<Answer>,
    /// Pages and endpoints, seen once: filled by the first check that looks.
    seen: OnceCell<Seen>,
    /// The profile that the server claims to keep.
    pub profile: Profile,
    /// What the operator allows beyond the usual.
    pub permitted: Permitted,
    /// The server's log, if the operator shows it.
    pub server_log: Option<PathBuf>,
    /// A token that is bound to a key, when a check needed one.
    bound: OnceCell<Bound>,
}

/// Clients by what checks need of them.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// With a secret, for the code grant and refresh tokens.
    pub confidential: Option<Client>,
    /// Without one; under a profile that has no such clients another one with a key.
    pub public: Option<Client>,
    /// Another one with a secret, for the code grant.
    pub second: Option<Client>,
    /// Another redirect URI of the second one.
    pub other_uri: Option<String>,
    /// With a secret, for client credentials.
    pub machine: Option<Client>,
    /// With a key of the audit, for client credentials.
    pub asserting: Option<Asserting>,
    /// For the device grant.
    pub device: Option<Client>,
    /// Another one for the device grant.
    pub second_device: Option<Client>,
}

/// The good flow of each kind of client.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// Code flow of the confidential client.
    pub confidential: Option<Control>,
    /// Code flow of the public client.
    pub public: Option<Control>,
    /// Client credentials.
    pub machine: Option<Control>,
    /// Reading at the first API with a token of the public client.
    pub api: Option<Control>,
}

impl Evidence {
    /// Gathers all of it. Only a target that does not answer at all is an error.
    pub async fn gather(line: &Arc<Line>, target: &Target) -> Result<Self, Trouble> {
        let probe = Probe::new(line);
        let issuer = IssuerUrl::parse(&target.issuer)
            .map_err(|error| Trouble::Basis(format!("{}: {error}", target.issuer)))?;
        let oauth = Document::read(&probe, &issuer.well_known("oauth-authorization-server")).await;
        let openid =
            Document::read(&probe, &issuer.well_known_appended("openid-configuration")).await;
        if let (Some(trouble), Some(_)) = (&oauth.trouble, &openid.trouble) {
            return Err(trouble.clone());
        }
        let metadata = oauth.metadata().or_else(|| openid.metadata()).unwrap_or_default();
        let jwks = Document::read(&probe, metadata.jwks_uri.as_deref().unwrap_or_default()).await;
        let mut api_documents = Vec::new();
        for api in &target.apis {
            api_documents.push(Document::of_api(&probe, api).await);
        }
        let mut evidence = Self {
            issuer: target.issuer.clone(),
            endpoints: endpoints(&metadata),
            oauth,
            openid,
            jwks,
            metadata,
            clients: Clients::default(),
            users: target.users.clone(),
            login: target.login.clone().into(),
            apis: target.apis.clone(),
            api_documents,
            introspector: target.introspector.clone(),
            controls: Controls::default(),
            registration_token: target.registration_token.clone(),
            registered: None,
            seen: OnceCell::new(),
            profile: target.profile,
            permitted: target.permitted,
            server_log: target.server_log.clone(),
            bound: OnceCell::new(),
        };
        evidence.choose_clients(&probe, target).await?;
        evidence.keep_to_profile(line)?;
        evidence.run_controls(line).await?;
        Ok(evidence)
    }

    /// Makes good requests as the profile wants them.
    fn keep_to_profile(&self, line: &Arc<Line>) -> Result<(), Trouble> {
        let must_push = self.metadata.require_pushed_authorization_requests.unwrap_or_default();
        line.keep_to(Manner::of(self.profile, &self.endpoints, &self.apis, must_push)?);
        let probe = Probe::new(line);
        let Clients { confidential, public, second, machine, asserting, .. } = &self.clients;
        let asserting = asserting.as_ref().map(|asserting| &asserting.client);
        let clients = [confidential, public, second, machine].into_iter().flatten();
        for client in clients.chain(asserting) {
            probe.know(&client.credentials);
        }
        Ok(())
    }

    /// Whether the target offers what a check needs.
    pub fn has(&self, need: Need) -> bool {
        let clients = &self.clients;
        match need {
            Need::ConfidentialClient => clients.confidential.is_some(),
            Need::PublicClient => clients.public.is_some(),
            Need::SecondClient => clients.second.is_some(),
            Need::MachineClient => clients.machine.is_some(),
            Need::AssertingClient => clients.asserting.is_some(),
            Need::DeviceClient => clients.device.is_some(),
            Need::SecondDeviceClient => clients.second_device.is_some(),
            Need::User => !self.users.is_empty(),
            Need::SecondUser => self.users.len() > 1,
            Need::Api => !self.apis.is_empty(),
            Need::SecondApi => self.apis.len() > 1,
            Need::NotesApi => self.api_of(ApiKind::Notes).is_ok(),
            Need::McpApi => self.api_of(ApiKind::Mcp).is_ok(),
            Need::Registration => self.registered.is_some(),
            Need::Introspection => !self.endpoints.introspection.is_empty(),
            Need::Revocation => !self.endpoints.revocation.is_empty(),
            Need::Pushed => !self.endpoints.pushed.is_empty(),
            Need::Device => !self.endpoints.device.is_empty(),
            Need::Userinfo => !self.endpoints.userinfo.is_empty(),
            Need::EndSession => !self.endpoints.end_session.is_empty(),
            Need::ServerLog => self.server_log.is_some(),
            Need::Noisy => self.permitted.noisy,
            Need::Slow => self.permitted.slow,
        }
    }

    /// The confidential client.
    pub fn confidential(&self) -> Result<&Client, Trouble> {
        have(self.clients.confidential.as_ref(), Need::ConfidentialClient)
    }

    /// The public client.
    pub fn public(&self) -> Result<&Client, Trouble> {
        have(self.clients.public.as_ref(), Need::PublicClient)
    }

    /// Why checks about clients without credentials have no object, if they have none.
    pub fn without_public_clients(&self) -> Option<Judgement> {
        let keyed = self.clients.public.as_ref().is_some_and(Client::is_confidential);
        let why = "the profile fapi2 has no public clients (FAPI 2.0 Security Profile §5.3.2.1)";
        keyed.then(|| Judgement::not_applicable(why))
    }

    /// The second confidential client.
    pub fn second(&self) -> Result<&Client, Trouble> {
        have(self.clients.second.as_ref(), Need::SecondClient)
    }

    /// The client for client credentials.
    pub fn machine(&self) -> Result<&Client, Trouble> {
        have(self.clients.machine.as_ref(), Need::MachineClient)
    }

    /// The client that signs assertions.
    pub fn asserting(&self) -> Result<&Asserting, Trouble> {
        have(self.clients.asserting.as_ref(), Need::AssertingClient)
    }

    /// The client for the device grant.
    pub fn device(&self) -> Result<&Client, Trouble> {
        have(self.clients.device.as_ref(), Need::DeviceClient)
    }

    /// The second client for the device grant.
    pub fn second_device(&self) -> Result<&Client, Trouble> {
        have(self.clients.second_device.as_ref(), Need::SecondDeviceClient)
    }

    /// The first API.
    pub fn api(&self) -> Result<&Api, Trouble> {
        have(self.apis.first(), Need::Api)
    }

    /// The second API.
    pub fn second_api(&self) -> Result<&Api, Trouble> {
        have(self.apis.get(1), Need::SecondApi)
    }

    /// The first API of a kind.
    pub fn api_of(&self, kind: ApiKind) -> Result<&Api, Trouble> {
        let need = if kind == ApiKind::Mcp { Need::McpApi } else { Need::NotesApi };
        have(self.apis.iter().find(|api| api.kind == kind), need)
    }

    /// A browser in which nobody has logged in yet; the first user will.
    pub fn session(&self) -> Result<Session, Trouble> {
        Ok(Session::of(have(self.users.first(), Need::User)?).scripted(&self.login))
    }

    /// As [`Evidence::session`], for the second user.
    pub fn second_session(&self) -> Result<Session, Trouble> {
        Ok(Session::of(have(self.users.get(1), Need::SecondUser)?).scripted(&self.login))
    }

    /// The values of a list in the metadata.
    pub fn offered(&self, member: &str) -> Vec<&str> {
        let document = if self.oauth.is_there() { &self.oauth } else { &self.openid };
        document.list(member)
    }

    /// The published keys; those that cannot be read are left out.
    pub fn keys(&self) -> JwkSet {
        let keys = self.jwks.json.as_ref().and_then(|set| set.get("keys")?.as_array());
        let read = |key: &Value| serde_json::from_value(key.clone()).ok();
        JwkSet { keys: keys.into_iter().flatten().filter_map(read).collect() }
    }

    /// The scope with which the audit reads: `openid` and what the first API needs for reading.
    pub fn reading_scope(&self, client: &Client) -> String {
        let api = self.apis.first().and_then(Api::read_scope);
        client.allowed(std::iter::once("openid").chain(api))
    }
}

fn have<T>(value: Option<&T>, need: Need) -> Result<&T, Trouble> {
    value.ok_or_else(|| Trouble::Basis(format!("there is no {}", need.as_str())))
}

fn endpoints(metadata: &AuthorizationServerMetadata) -> Endpoints {
    let url = |endpoint: &Option<String>| endpoint.clone().unwrap_or_default();
    Endpoints {
        authorization: url(&metadata.authorization_endpoint),
        token: url(&metadata.token_endpoint),
        introspection: url(&metadata.introspection_endpoint),
        revocation: url(&metadata.revocation_endpoint),
        registration: url(&metadata.registration_endpoint),
        pushed: url(&metadata.pushed_authorization_request_endpoint),
        device: url(&metadata.device_authorization_endpoint),
        userinfo: url(&metadata.userinfo_endpoint),
        end_session: url(&metadata.end_session_endpoint),
    }
}

/// The grants that a role needs.
const CODE: GrantType = GrantType::AuthorizationCode;
const REFRESH: GrantType = GrantType::RefreshToken;
const MACHINE: GrantType = GrantType::ClientCredentials;
const DEVICE: GrantType = GrantType::DeviceCode;
