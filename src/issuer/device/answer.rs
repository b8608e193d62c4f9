//! The user's answer (RFC 8628 §3.3, §5.4): the page says which device asks for what, and one
//! answer is final.

use super::effect::DeviceEffect;
use super::user_code::mask;
use crate::config::ConsentMode;
use crate::issuer::commit::Swap;
use crate::issuer::consent::judge_csrf;
use crate::issuer::fault::{Outcome, Stop, conclude};
use crate::issuer::mint::TOMBSTONE;
use crate::issuer::session::consent_token;
use crate::issuer::{Browser, Client, ConsentAnswer, Decided, Effect, Fault, Issuer, LoggedIn};
use crate::protocol::{Scope, Secret, Subject, UserCode};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{DeviceAnswer, DeviceRecord, FamilyRecord, Grant};
use crate::store::{Key, Versioned};

/// What the page of a device shows. Texts of clients are untrusted.
#[derive(Clone, Debug)]
pub struct DevicePage {
    /// The token that the form must send back, once somebody is logged in.
    pub consent: Option<Secret>,
    /// The client that asks.
    pub client: Client,
    /// The code that the device shows.
    pub user_code: UserCode,
    /// What is asked for.
    pub scope: Scope,
    /// The audiences that tokens would get.
    pub audience: Vec<String>,
    /// Who is logged in.
    pub subject: Option<Subject>,
}

/// A device that an answer is for.
type Found = (Key, Versioned<DeviceRecord>);

impl Issuer {
    /// What to show of a device that waits; `None` when none does for this browser.
    pub async fn device_page(
        &self,
        id: &Secret,
        browser: &Browser,
    ) -> Result<Option<DevicePage>, Fault> {
        let Some(visit) = self.visit(Some(id), browser).await? else { return Ok(None) };
        let Some((_, device)) = self.device(visit.device).await? else { return Ok(None) };
        let device = device.value;
        let client = self.client(device.client_id.as_str()).await?;
        let (Some(client), Some(secret)) = (client, &browser.secret) else { return Ok(None) };
        if device.answer.is_some() || self.now() >= device.fresh_until {
            return Ok(None);
        }
        let (session, _) = self.session(browser).await?;
        let subject = session.map(|logged_in| logged_in.subject);
        Ok(Some(DevicePage {
            consent: subject.as_ref().map(|user| consent_token(secret, id, user)),
            client,
            user_code: UserCode::of_number(mask(id) ^ visit.masked_code),
            audience: self.audience(&device.scope, &device.resources),
            scope: device.scope,
            subject,
        }))
    }

    /// Decides the answer to a device. A no is a refusal that the device learns of, too.
    pub async fn answer_device(&self, answer: &ConsentAnswer, browser: &Browser) -> Decided<()> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::DEVICE_ANSWER, &*self.deviations);
            let outcome = self.judge_device_answer(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_device_answer(
        &self,
        judge: &mut Judge<'_>,
        answer: &ConsentAnswer,
        browser: &Browser,
    ) -> Outcome<()> {
        let id = answer.interaction.as_ref();
        let device = match self.visit(id, browser).await? {
            Some(visit) => self.device(visit.device).await?,
            None => None,
        };
        let device = judge.require(&rule::INTERACTION_KNOWN, device, || {
            (Fact::fixed("the page of a device in this browser"), Fact::secret(id))
        })?;
        let (session, _) = self.session(browser).await?;
        let session = judge
            .require(&rule::SESSION_LIVE, session, || (Fact::fixed("a session"), Fact::Absent));
        let expected = match (&browser.secret, id, &session) {
            (Some(secret), Some(id), Ok(user)) => Some(consent_token(secret, id, &user.subject)),
            (None, ..) | (_, None, _) | (.., Err(_)) => None,
        };
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        self.judge_device_open(judge, &device.1.value);
        let session = session?;
        judge.stage()?;
        judge.check(&rule::CONSENT_MODE, self.config.consent.mode != ConsentMode::Deny, || {
            (Fact::fixed("ask or automatic"), Fact::fixed("deny"))
        });
        judge.check(&rule::CONSENT_GRANTED, answer.allowed, || {
            (Fact::fixed("allow"), Fact::fixed(if answer.allowed { "allow" } else { "deny" }))
        });
        match judge.stage() {
            Ok(()) => Ok(((), self.allowed(device, &session)?)),
            Err(blocked) => Err(Stop::Refused(blocked, vec![denied(device)])),
        }
    }

    /// What a yes does. The family is allocated here, so that a replay of the device code can
    /// revoke what it gave; the record outlives everything that can come from it.
    fn allowed(&self, (key, found): Found, session: &LoggedIn) -> Result<Vec<Effect>, Fault> {
        let tokens = &self.config.tokens;
        let family = self.random.id("family")?;
        let device = found.value;
        let grant = Grant {
            subject: Some(session.subject.clone()),
            auth_time: Some(session.auth_time),
            sid: Some(session.sid.clone()).filter(|sid| !sid.is_empty()),
            ..Grant::of_client(
                device.client_id.clone(),
                device.scope.clone(),
                self.audience(&device.scope, &device.resources),
                family.clone(),
            )
        };
        let expires = device
            .fresh_until
            .plus(tokens.refresh_ttl.max(tokens.access_ttl))
            .plus(tokens.access_ttl)
            .plus(TOMBSTONE);
        let record = FamilyRecord {
            client_id: device.client_id.clone(),
            subject: Some(session.subject.clone()),
            revoked_at: None,
            revoked_by: None,
        };
        let value = DeviceRecord { answer: Some(DeviceAnswer::Allowed(Box::new(grant))), ..device };
        let swap = Swap { key, version: found.version, value, expires };
        Ok(vec![
            Effect::Device(DeviceEffect::Update(swap)),
            Effect::StoreFamily(family, record, expires),
        ])
    }
}

fn denied((key, found): Found) -> Effect {
    let value = DeviceRecord { answer: Some(DeviceAnswer::Denied), ..found.value };
    Effect::Device(DeviceEffect::Update(Swap {
        key,
        version: found.version,
        value,
        expires: found.expires,
    }))
}
