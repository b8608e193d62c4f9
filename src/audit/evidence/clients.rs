//! Clients to audit with: registered for this audit where that is possible (RFC 7591), and deleted
//! at its end (RFC 7592); otherwise those that the target was described with.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CODE, Evidence, MACHINE, REFRESH};
use crate::audit::probe::{Answer, Credentials, Probe, Request, Trouble};
use crate::audit::target::{Api, Client, Target};
use crate::protocol::{AuthMethod, GrantType, Scope, Secret};

/// Where the audit's own clients are sent. The name is reserved (RFC 2606 §3): nobody receives it,
/// since the audit reads the redirect instead of following it.
const REDIRECT_URI: &str = "https://app.audit.example/callback";

/// A registered client, to be deleted.
#[derive(Clone, Debug)]
pub struct Managed {
    uri: String,
    token: Secret,
}

#[derive(Deserialize)]
struct Registered {
    client_id: String,
    #[serde(default)]
    client_secret: Option<Secret>,
    #[serde(default)]
    token_endpoint_auth_method: Option<AuthMethod>,
    #[serde(default)]
    registration_client_uri: Option<String>,
    #[serde(default)]
    registration_access_token: Option<Secret>,
}

/// A client to be registered.
struct Wanted {
    method: AuthMethod,
    grants: &'static [GrantType],
    scope: String,
}

impl Evidence {
    /// Fills the roles.
    pub(super) async fn choose_clients(
        &mut self,
        probe: &Probe,
        target: &Target,
    ) -> Result<(), Trouble> {
        let [first, second] = [self.apis.first().cloned(), self.apis.get(1).cloned()];
        let all = |api: &Option<Api>| -> Vec<String> {
            api.as_ref().map(|api| api.scopes.clone()).unwrap_or_default()
        };
        let read = first.as_ref().and_then(|api| api.read_scope().map(str::to_owned));
        let reading: Vec<String> = std::iter::once("openid".to_owned()).chain(read).collect();
        let basic = AuthMethod::ClientSecretBasic;
        let scope = [reading.clone(), all(&second)].concat().join(" ");
        let grants = &[CODE, REFRESH, MACHINE];
        let confidential = self.register(probe, Wanted { method: basic, grants, scope }).await?;
        if confidential.is_none() {
            self.take_from(target);
            return Ok(());
        }
        let scope = [vec!["openid".to_owned()], all(&first)].concat().join(" ");
        let public = Wanted { method: AuthMethod::None, grants: &[CODE, REFRESH], scope };
        let scope = reading.join(" ");
        let post = AuthMethod::ClientSecretPost;
        let other = Wanted { method: post, grants: &[CODE, REFRESH], scope };
        self.clients.machine.clone_from(&confidential);
        self.clients.confidential = confidential;
        self.clients.public = self.register(probe, public).await?;
        self.clients.second = self.register(probe, other).await?;
        Ok(())
    }

    /// Without registration: the clients that are there.
    fn take_from(&mut self, target: &Target) {
        let mut with_secret = target
            .clients
            .iter()
            .filter(|client| client.is_confidential() && client.allows(CODE))
            .cloned();
        self.clients.confidential = with_secret.next();
        self.clients.second = with_secret.next();
        let find = |fits: &dyn Fn(&&Client) -> bool| target.clients.iter().find(fits).cloned();
        self.clients.public = find(&|client| !client.is_confidential() && client.allows(CODE));
        self.clients.machine = find(&|client| client.is_confidential() && client.allows(MACHINE));
    }

    /// Registers a client; `None` when the server refuses.
    async fn register(&mut self, probe: &Probe, wanted: Wanted) -> Result<Option<Client>, Trouble> {
        if self.endpoints.registration.is_empty() {
            return Ok(None);
        }
        let token = self.registration_token.clone();
        let answer = self.ask_to_register(probe, &wanted.metadata(), token.as_ref()).await?;
        let Some(registered) = registered(&answer) else { return Ok(None) };
        if let (Some(uri), Some(token)) =
            (&registered.registration_client_uri, &registered.registration_access_token)
        {
            self.managed.push(Managed { uri: uri.clone(), token: token.clone() });
        }
        Ok(Some(wanted.client(registered)))
    }

    /// A registration request.
    pub async fn ask_to_register(
        &self,
        probe: &Probe,
        metadata: &Value,
        token: Option<&Secret>,
    ) -> Result<Answer, Trouble> {
        let request = Request::post_json(&self.endpoints.registration, metadata);
        let request = match token {
            Some(token) => request.bearer(token),
            None => request,
        };
        probe.send(request.accept("application/json")).await
    }
}

impl Managed {
    /// What an answer of the registration endpoint says about deleting the client.
    pub fn of(answer: &Answer) -> Option<Self> {
        let registered = registered(answer)?;
        let uri = registered.registration_client_uri?;
        Some(Self { uri, token: registered.registration_access_token? })
    }

    /// Deletes the client (RFC 7592 §2.3). Whether it worked.
    pub async fn delete(&self, probe: &Probe) -> bool {
        let request = Request::new(Method::DELETE, &self.uri).bearer(&self.token);
        probe.send(request).await.is_ok_and(|answer| answer.is_success())
    }
}

impl Wanted {
    fn metadata(&self) -> Value {
        json!({
            "client_name": "oauthlab audit",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": self.method,
            "grant_types": self.grants,
            "response_types": ["code"],
            "scope": self.scope,
            "id_token_signed_response_alg": "ES256",
        })
    }

    fn client(self, registered: Registered) -> Client {
        let method = registered.token_endpoint_auth_method.unwrap_or(self.method);
        Client {
            credentials: Credentials {
                method,
                secret: registered.client_secret,
                ..Credentials::public(registered.client_id)
            },
            redirect_uri: REDIRECT_URI.to_owned(),
            grants: self.grants.to_vec(),
            scope: Scope::parse(&self.scope).unwrap_or_default(),
        }
    }
}

fn registered(answer: &Answer) -> Option<Registered> {
    answer.is_success().then(|| answer.json())?
}
