//! Dynamic client registration (RFC 7591 §3) and its management (RFC 7592 §2).

mod manage;
mod members;
mod metadata;
mod statement;
mod wishes;

pub(super) use members::Members;

use std::net::IpAddr;

use super::fault::{Outcome, conclude};
use super::{Decided, Effect, Fault, Issuer};
use crate::config::{Profile, Rate, RegistrationMode};
use crate::deviation::{ClientIdDraft, Draft, RegistrationDraft, Surface};
use crate::protocol::{ClientId, ClientInformation, ClientMetadata, Secret, network};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::ClientRecord;

/// A registration request.
#[derive(Clone, Debug, Default)]
pub struct RegistrationRequest {
    /// The initial access token, if one was sent.
    pub bearer: Option<Secret>,
    /// The body.
    pub body: Vec<u8>,
    /// The address that it comes from.
    pub from: Option<IpAddr>,
}

/// A request to manage a registration.
#[derive(Clone, Debug)]
pub struct ManageRequest {
    /// The client of the path.
    pub client_id: String,
    /// The registration access token, if one was sent.
    pub bearer: Option<Secret>,
    /// What is wanted.
    pub action: ManageAction,
}

/// RFC 7592 §2.1, §2.2, §2.3.
#[derive(Clone, Debug)]
pub enum ManageAction {
    /// Read.
    Read,
    /// Replace all metadata by this body.
    Update(Vec<u8>),
    /// Delete.
    Delete,
}

impl Issuer {
    /// Decides a registration and keeps the client.
    pub async fn register(&self, request: &RegistrationRequest) -> Decided<ClientInformation> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::REGISTER, &*self.deviations);
            let outcome = self.judge_registration(&mut judge, request).await;
            conclude(judge, outcome)
        })
        .await
    }

    /// Decides a management request and applies it. `None` is the answer to a deletion.
    pub async fn manage(&self, request: &ManageRequest) -> Decided<Option<ClientInformation>> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::MANAGE_CLIENT, &*self.deviations);
            let outcome = self.judge_management(&mut judge, request).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_registration(
        &self,
        judge: &mut Judge<'_>,
        request: &RegistrationRequest,
    ) -> Outcome<ClientInformation> {
        self.judge_admission(judge, request.bearer.as_ref());
        let counts = self.judge_quota(judge, request.from).await?;
        judge.stage()?;
        let (metadata, identity) = self.judge_metadata(judge, &request.body).await?;
        judge.stage()?;
        let now = self.now();
        let mut draft = RegistrationDraft {
            client_id: self.new_client_id(&request.body)?.as_str().to_owned(),
            client_secret: self.new_secret(&metadata)?,
            asked_client_id: identity.client_id,
            asked_client_secret: identity.client_secret,
        };
        self.deviations.draft(Draft::Registration(&mut draft));
        let client_id = ClientId::parse(&draft.client_id).map_err(|_| Fault::Random)?;
        let secret = draft.client_secret;
        let management = Secret::new(self.random.token("registration_access_token")?);
        let record = ClientRecord {
            client_id: client_id.clone(),
            mac_secret: super::client::mac_secret(&metadata, secret.as_ref()),
            metadata,
            secret_sha256: secret.as_ref().map(Secret::sha256),
            management_sha256: management.sha256(),
            issued_at: now,
        };
        let information = self.information(&record, secret, Some(management));
        let key = Key::of(&[client_id.as_str()]);
        let mut effects = vec![Effect::StoreClient(key, record)];
        effects.extend(counts);
        Ok((information, effects))
    }

    /// Judges the quota of the lab and that of the address: one address gets half of what all get,
    /// so that there is room left for others. This machine is all of its lab's clients.
    async fn judge_quota(
        &self,
        judge: &mut Judge<'_>,
        from: Option<IpAddr>,
    ) -> Result<Vec<Effect>, Fault> {
        let of_lab = self.config.limits.registration;
        let of_address = Rate { events: of_lab.events.div_ceil(2), ..of_lab };
        let mut quotas = vec![(Key::of(&["rate.registration"]), of_lab)];
        if let Some(from) = from.filter(|from| !from.is_loopback()) {
            let from = network(from).to_string();
            quotas.push((Key::of(&["rate.registration", &from]), of_address));
        }
        let mut full = None;
        for (key, rate) in &quotas {
            let window = self.window(*key, *rate).await?;
            if !window.admits(judge) {
                full = Some(window);
            }
        }
        judge.check(&rule::REGISTRATION_RATE, full.is_none(), || {
            let (rate, count) = full.map_or((of_lab, 0), |full| (full.rate, full.count));
            let expected = format!("fewer than {} in {} s", rate.events, rate.per.as_secs());
            (Fact::public(expected), Fact::public(count + 1))
        });
        Ok(quotas.into_iter().map(|(key, rate)| Effect::Count(key, rate.per)).collect())
    }

    /// Whether a stranger, or this one, may register at all.
    fn judge_admission(&self, judge: &mut Judge<'_>, bearer: Option<&Secret>) {
        let open_surface = self.deviations.opens(Surface::OpenRegistration);
        let off = matches!(self.config.registration, RegistrationMode::Off) && !open_surface;
        judge.check(&rule::REGISTRATION_OPEN, !off, || {
            (
                Fact::fixed("registration.mode other than off"),
                Fact::fixed(if off { "off" } else { "on" }),
            )
        });
        match (&self.config.registration, &self.initial_access_token) {
            (RegistrationMode::InitialAccessToken(_), Some(expected)) if !open_surface => {
                let holds = bearer.is_some_and(|sent| sent.matches(expected));
                judge.check(&rule::REGISTRATION_TOKEN, holds, || {
                    (Fact::Secret(expected.clone()), Fact::secret(bearer))
                });
            }
            (RegistrationMode::InitialAccessToken(_), None) if !open_surface => {
                judge.check(&rule::REGISTRATION_TOKEN, false, || {
                    (Fact::fixed("the initial access token"), Fact::secret(bearer))
                });
            }
            _ => judge.not_applicable(&rule::REGISTRATION_TOKEN),
        }
    }

    /// Ours, whatever the request says: a client that chose its own could pose as somebody else.
    fn new_client_id(&self, body: &[u8]) -> Result<ClientId, Fault> {
        let id = ClientId::parse(&self.random.id("client_id")?).map_err(|_| Fault::Random)?;
        let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let wished = body.as_ref().and_then(|body| body.get("client_id")?.as_str());
        let wished = wished.and_then(|wished| ClientId::parse(wished).ok());
        let mut draft = ClientIdDraft { id, wished };
        self.deviations.draft(Draft::ClientId(&mut draft));
        Ok(draft.id)
    }

    fn new_secret(&self, metadata: &ClientMetadata) -> Result<Option<Secret>, Fault> {
        if !metadata.token_endpoint_auth_method.has_secret() {
            return Ok(None);
        }
        let mut secret = Secret::new(self.random.token("client_secret")?);
        self.deviations.draft(Draft::ClientSecret(&mut secret));
        Ok(Some(secret))
    }

    fn information(
        &self,
        record: &ClientRecord,
        secret: Option<Secret>,
        management: Option<Secret>,
    ) -> ClientInformation {
        let path = format!("/register/{}", record.client_id);
        ClientInformation {
            client_id: record.client_id.clone(),
            client_secret_expires_at: secret.as_ref().map(|_| 0),
            client_secret: secret,
            client_id_issued_at: Some(record.issued_at.secs()),
            registration_access_token: management,
            registration_client_uri: Some(self.url().endpoint(&path)),
            metadata: record.metadata.clone(),
            other: serde_json::Map::new(),
        }
    }

    /// Public clients are the rule for MCP and for native apps; others default to Basic (RFC 7591
    /// §2). Whatever is chosen is echoed.
    fn default_auth_method(&self) -> crate::protocol::AuthMethod {
        match self.config.profile {
            Profile::Mcp => crate::protocol::AuthMethod::None,
            Profile::OAuth21 | Profile::Fapi2 | Profile::Legacy => {
                crate::protocol::AuthMethod::ClientSecretBasic
            }
        }
    }
}
