//! Clients to audit with: registered for this audit where that is possible (RFC 7591), and deleted
//! at its end (RFC 7592); otherwise those that the target was described with.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CODE, DEVICE, Evidence, MACHINE, REFRESH};
use crate::audit::finding::Outcome;
use crate::audit::probe::{Answer, Credentials, Probe, Request, Trouble};
use crate::audit::target::{Api, Client, Profile, Target};
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthMethod, GrantType, Scope, Secret};

/// What the audit's own clients are called.
pub(in crate::audit) const NAME: &str = "oauthlab audit";

/// Where the audit's own clients are sent. The name is reserved (RFC 2606 §3): nobody receives it,
/// since the audit reads the redirect instead of following it.
pub(super) const REDIRECT_URI: &str = "https://app.audit.example/callback";

/// Where the audit's own clients are sent after logout. As above.
pub const POST_LOGOUT: &str = "https://app.audit.example/bye";

/// Another URI of the second client, spelled so that whoever normalises it changes it.
const OTHER_URI: &str = "https://second.audit.example/call%7Eback?tenant=%2Fa";

/// A client that one check registered for itself, and deletes.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The client.
    pub client: Client,
    managed: Option<Managed>,
}

impl Temporary {
    /// Deletes the client.
    pub async fn delete(&self, probe: &Probe) {
        if let Some(managed) = &self.managed {
            managed.delete(probe).await;
        }
    }
}

/// A registered client, to be deleted.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Where it is managed.
    pub uri: String,
    /// With what.
    pub token: Secret,
}

#[derive(Deserialize)]
pub(super) struct Registered {
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) client_secret: Option<Secret>,
    #[serde(default)]
    pub(super) token_endpoint_auth_method: Option<AuthMethod>,
    #[serde(default)]
    registration_client_uri: Option<String>,
    #[serde(default)]
    registration_access_token: Option<Secret>,
}

/// A client to be registered.
pub(super) struct Wanted {
    pub(super) redirect_uris: &'static [&'static str],
    pub(super) method: AuthMethod,
    pub(super) grants: &'static [GrantType],
    pub(super) scope: String,
    /// Its key set, where its method needs one.
    pub(super) keys: Option<Value>,
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
        let with_device = !self.endpoints.device.is_empty();
        let grants: &[_] =
            if with_device { &[CODE, REFRESH, MACHINE, DEVICE] } else { &[CODE, REFRESH, MACHINE] };
        let redirect_uris = &[REDIRECT_URI];
        let wanted = Wanted { redirect_uris, method: basic, grants, scope, keys: None };
        let confidential = self.register(probe, wanted).await?;
        if confidential.is_none() {
            self.take_from(target);
            return Ok(());
        }
        let scope = [vec!["openid".to_owned()], all(&first)].concat().join(" ");
        let (method, grants) = (AuthMethod::None, &[CODE, REFRESH]);
        let public = Wanted { redirect_uris, method, grants, scope, keys: None };
        let scope = reading.join(" ");
        let method = AuthMethod::ClientSecretPost;
        let grants: &[_] = if with_device { &[CODE, REFRESH, DEVICE] } else { &[CODE, REFRESH] };
        let redirect_uris = &[REDIRECT_URI, OTHER_URI];
        let other = Wanted { redirect_uris, method, grants, scope, keys: None };
        self.clients.machine.clone_from(&confidential);
        self.clients.confidential = confidential;
        self.clients.public = self.register(probe, public).await?;
        self.clients.second = self.register(probe, other).await?;
        if with_device {
            self.clients.device.clone_from(&self.clients.confidential);
            self.clients.second_device.clone_from(&self.clients.second);
        }
        self.clients.other_uri = self.clients.second.as_ref().map(|_| OTHER_URI.to_owned());
        self.register_asserting(probe).await
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
        let mut devices = target.clients.iter().filter(|client| client.allows(DEVICE)).cloned();
        self.clients.device = devices.next();
        self.clients.second_device = devices.next();
        let find = |fits: &dyn Fn(&&Client) -> bool| target.clients.iter().find(fits).cloned();
        self.clients.public = find(&|client| !client.is_confidential() && client.allows(CODE));
        self.clients.machine = find(&|client| client.is_confidential() && client.allows(MACHINE));
    }

    /// Registers a client; `None` when the server refuses.
    pub(super) async fn register(
        &mut self,
        probe: &Probe,
        wanted: Wanted,
    ) -> Result<Option<Client>, Trouble> {
        if self.endpoints.registration.is_empty() {
            return Ok(None);
        }
        let (wanted, key) = wanted.under(self.profile)?;
        let token = self.registration_token.clone();
        let answer = self.ask_to_register(probe, &wanted.metadata(), token.as_ref()).await?;
        let Some(registered) = registered(&answer) else { return Ok(None) };
        self.registered.get_or_insert(answer);
        let mut client = wanted.client(registered);
        client.credentials.assertions = key.map(|key| probe.assertion_maker(&self.issuer, &key));
        Ok(Some(client))
    }

    /// Registers a public client for one check, with some members of its metadata changed; null
    /// leaves one out. What registration said, and the client, if there is one now.
    pub async fn temporary(
        &self,
        probe: &Probe,
        changes: Value,
    ) -> Result<(Outcome, Option<Temporary>), Trouble> {
        if self.endpoints.registration.is_empty() {
            return Ok((Outcome::Refused("there is no registration".to_owned()), None));
        }
        let of_api = self.apis.first().map(|api| api.scopes.join(" ")).unwrap_or_default();
        let mut metadata = json!({
            "client_name": NAME,
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": AuthMethod::None,
            "grant_types": [CODE],
            "response_types": ["code"],
            "scope": format!("openid {of_api}").trim(),
        });
        let key = match self.profile {
            Profile::Fapi2 => Some(SigningKey::generate(Algorithm::Es256)?),
            Profile::Oauth21 | Profile::Bcp | Profile::Mcp => None,
        };
        if let (Some(members), Value::Object(changes)) = (metadata.as_object_mut(), changes) {
            members.extend(changes);
            members.retain(|_, value| !value.is_null());
            if let Some(key) = &key {
                let method = json!(AuthMethod::PrivateKeyJwt);
                members.insert("token_endpoint_auth_method".to_owned(), method);
                members.insert("jwks".to_owned(), key_set(key));
            }
        }
        let answer = self.ask_to_register(probe, &metadata, self.registration_token.as_ref());
        let answer = answer.await?;
        let outcome = answer.access_outcome();
        let Some(registered) = registered(&answer) else { return Ok((outcome, None)) };
        let text = |name: &str| metadata.get(name)?.as_str();
        let first = metadata.get("redirect_uris").and_then(|uris| uris.get(0)?.as_str());
        let named = text("token_endpoint_auth_method").and_then(AuthMethod::parse);
        let mut credentials = registered.credentials(named.unwrap_or(AuthMethod::None));
        credentials.assertions = key.map(|key| probe.assertion_maker(&self.issuer, &key));
        probe.know(&credentials);
        let client = Client {
            redirect_uri: first.unwrap_or_default().to_owned(),
            grants: vec![CODE],
            scope: Scope::parse(text("scope").unwrap_or_default()).unwrap_or_default(),
            credentials,
        };
        Ok((outcome, Some(Temporary { client, managed: Managed::of(&answer) })))
    }

    /// A registration request. A client that the profile would not have gets a key, which nobody
    /// keeps: what is probed is something else.
    pub async fn ask_to_register(
        &self,
        probe: &Probe,
        metadata: &Value,
        token: Option<&Secret>,
    ) -> Result<Answer, Trouble> {
        let metadata = suited(metadata, self.profile)?;
        let request = Request::post_json(&self.endpoints.registration, &metadata);
        let request = match token {
            Some(token) => request.bearer(token),
            None => request,
        };
        let answer = probe.send(request.accept("application/json")).await?;
        if let Some(managed) = Managed::of(&answer) {
            probe.remember_client(managed);
        }
        Ok(answer)
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
        let deleted = probe.send(request).await.is_ok_and(|answer| answer.is_success());
        if deleted {
            probe.forget_client(&self.uri);
        }
        deleted
    }
}

impl Wanted {
    /// What a profile makes of it: FAPI 2.0 has no clients with secrets, and none without anything,
    /// so that each gets a key of its own.
    fn under(mut self, profile: Profile) -> Result<(Self, Option<SigningKey>), Trouble> {
        if profile != Profile::Fapi2 || self.keys.is_some() {
            return Ok((self, None));
        }
        let key = SigningKey::generate(Algorithm::Es256)?;
        self.method = AuthMethod::PrivateKeyJwt;
        self.keys = Some(key_set(&key));
        Ok((self, Some(key)))
    }

    fn metadata(&self) -> Value {
        // Who has no code grant is sent nowhere (RFC 7591 §2.1).
        let redirects = self.grants.contains(&CODE);
        let (uris, types): (&[_], &[_]) =
            if redirects { (self.redirect_uris, &["code"]) } else { (&[], &[]) };
        let mut metadata = json!({
            "client_name": NAME,
            "redirect_uris": uris,
            "token_endpoint_auth_method": self.method,
            "grant_types": self.grants,
            "response_types": types,
            "scope": self.scope,
            "id_token_signed_response_alg": "ES256",
        });
        if let (Some(members), true) = (metadata.as_object_mut(), redirects) {
            members.insert("post_logout_redirect_uris".to_owned(), json!([POST_LOGOUT]));
        }
        if let (Some(members), Some(keys)) = (metadata.as_object_mut(), &self.keys) {
            members.insert("jwks".to_owned(), keys.clone());
        }
        metadata
    }

    fn client(self, registered: Registered) -> Client {
        Client {
            credentials: registered.credentials(self.method),
            redirect_uri: REDIRECT_URI.to_owned(),
            grants: self.grants.to_vec(),
            scope: Scope::parse(&self.scope).unwrap_or_default(),
        }
    }
}

pub(super) fn key_set(key: &SigningKey) -> Value {
    json!({ "keys": [key.jwk()] })
}

/// Metadata as the profile takes it: with keys in place of what FAPI 2.0 has not (§5.3.2.1).
fn suited(metadata: &Value, profile: Profile) -> Result<Value, Trouble> {
    const METHOD: &str = "token_endpoint_auth_method";
    let mut suited = metadata.clone();
    let Some(members) = suited.as_object_mut() else { return Ok(suited) };
    let method = members.get(METHOD).and_then(Value::as_str).and_then(AuthMethod::parse);
    let has = matches!(
        method,
        Some(
            AuthMethod::PrivateKeyJwt
                | AuthMethod::TlsClientAuth
                | AuthMethod::SelfSignedTlsClientAuth
        )
    );
    if profile == Profile::Fapi2 && !has {
        members.insert(METHOD.to_owned(), json!(AuthMethod::PrivateKeyJwt));
        let key = SigningKey::generate(Algorithm::Es256)?;
        members.entry("jwks").or_insert_with(|| key_set(&key));
    }
    Ok(suited)
}

impl Registered {
    /// What it authenticates with: as registered, if that was said.
    fn credentials(self, asked: AuthMethod) -> Credentials {
        Credentials {
            method: self.token_endpoint_auth_method.unwrap_or(asked),
            secret: self.client_secret,
            ..Credentials::public(self.client_id)
        }
    }
}

pub(super) fn registered(answer: &Answer) -> Option<Registered> {
    answer.is_success().then(|| answer.json())?
}
