//! The device authorization grant at the token endpoint (RFC 8628 §3.4, §3.5): the device polls
//! until its user has answered.

use std::time::Duration;

use super::authorization_code::judge_live;
use crate::issuer::commit::Swap;
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::mint::Issuance;
use crate::issuer::{Client, DeviceEffect, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::{DeviceCodeRequest, GrantType, Scope, TokenResponse};
use crate::rule::{self, Blocked, Fact, Judge, Rule};
use crate::store::record::{DeviceAnswer, DeviceRecord, FamilyRecord};
use crate::store::{Key, Versioned};

/// By how much `slow_down` lengthens the interval (RFC 8628 §3.5).
const SLOWER: u64 = 5;

/// A poll that comes this much too early is on time: timers and clocks are not exact.
const EARLY: Duration = Duration::from_millis(100);

/// Rules that a device breaks while it waits as it should, or a little too eagerly.
static WAITING: &[&Rule] = &[&rule::DEVICE_CODE_INTERVAL, &rule::DEVICE_CODE_ANSWERED];

impl Issuer {
    pub(in crate::issuer) async fn decide_device_code(
        &self,
        judge: &mut Judge<'_>,
        request: &DeviceCodeRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::DeviceCode).await?;
        judge.stage()?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let code =
            judge.require(&rule::DEVICE_CODE_PRESENTED, request.device_code.as_ref(), || {
                (Fact::fixed("a device_code"), Fact::secret(request.device_code.as_ref()))
            })?;
        Self::judge_target_form(judge, &request.resources);
        judge.stage()?;
        let key = Key::of_secret(code);
        let found = self.store.get::<DeviceRecord>(key).await?;
        let found = judge.require(&rule::DEVICE_CODE_KNOWN, found, || {
            (Fact::fixed("a device code of this server"), Fact::secret(Some(code)))
        })?;
        self.judge_device_code(judge, &client, &found.value);
        let (scope, audience) = self.judge_device_grant(judge, &found.value, request).await?;
        if let Err(blocked) = judge.stage() {
            return Err(self.refused_device(judge, key, &found, blocked, count));
        }
        let grant = found.value.grant().ok_or(Fault::Task)?;
        let spent = DeviceRecord { spent_at: Some(self.now()), ..found.value.clone() };
        let swap = Swap { key, version: found.version, value: spent, expires: found.expires };
        let (response, minted) = self
            .mint(Issuance {
                client: &client,
                grant,
                scope,
                audience,
                details: grant.authorization_details.clone(),
                confirmation,
                granted_at: self.now(),
                refresh: self.refreshes(&client),
            })
            .await?;
        let mut effects = vec![Effect::Device(DeviceEffect::Update(swap)), count];
        effects.extend(proved);
        effects.extend(minted);
        Ok((response, effects))
    }

    fn judge_device_code(&self, judge: &mut Judge<'_>, client: &Client, device: &DeviceRecord) {
        let (owner, now) = (&device.client_id, self.now());
        judge.check(&rule::DEVICE_CODE_CLIENT, *owner == client.id, || {
            (Fact::public(owner), Fact::public(&client.id))
        });
        judge.check(&rule::DEVICE_CODE_UNSPENT, device.spent_at.is_none(), || {
            let spent = device.spent_at.map(|at| format!("used at {} s", at.secs()));
            (Fact::fixed("not used before"), Fact::optional(spent))
        });
        judge.check(&rule::DEVICE_CODE_FRESH, now < device.fresh_until, || {
            let expected = format!("before {} s", device.fresh_until.secs());
            (Fact::public(expected), Fact::public(format!("{} s", now.secs())))
        });
        let said = match &device.answer {
            None => "nothing yet",
            Some(DeviceAnswer::Denied) => "deny",
            Some(DeviceAnswer::Allowed(_)) => "allow",
        };
        match &device.answer {
            None => judge.not_applicable(&rule::DEVICE_CODE_ALLOWED),
            Some(answer) => {
                let allowed = *answer != DeviceAnswer::Denied;
                judge.check(&rule::DEVICE_CODE_ALLOWED, allowed, || {
                    (Fact::fixed("allow"), Fact::fixed(said))
                });
            }
        }
        // Who was answered may fetch the answer at any time: slow_down is a way of being pending.
        match device.polled_at.filter(|_| device.answer.is_none()) {
            None => judge.not_applicable(&rule::DEVICE_CODE_INTERVAL),
            Some(polled) => {
                let interval = Duration::from_secs(device.interval);
                let waited = now.since(polled);
                judge.check(&rule::DEVICE_CODE_INTERVAL, waited + EARLY >= interval, || {
                    let got = format!("{} ms after the last one", waited.as_millis());
                    (Fact::public(format!("{} s apart", device.interval)), Fact::public(got))
                });
            }
        }
        judge.check(&rule::DEVICE_CODE_ANSWERED, device.answer.is_some(), || {
            (Fact::fixed("the user's answer"), Fact::fixed(said))
        });
    }

    /// What was granted, narrowed to the resources of this request.
    async fn judge_device_grant(
        &self,
        judge: &mut Judge<'_>,
        device: &DeviceRecord,
        request: &DeviceCodeRequest,
    ) -> Result<(Scope, Vec<String>), Stop> {
        let Some(grant) = device.grant() else {
            judge.not_applicable(&rule::GRANT_LIVE);
            judge.not_applicable(&rule::TARGET_GRANTED);
            return Ok((Scope::empty(), Vec::new()));
        };
        let family = self.store.get::<FamilyRecord>(Key::of(&[&grant.family])).await?;
        judge_live(judge, &rule::GRANT_LIVE, family.as_ref());
        let granted = (&grant.scope, grant.audience.as_slice());
        Ok(self.judge_narrowing(judge, granted, &request.resources))
    }

    /// Its own client's poll is remembered, and slowed down if need be; a replay that is right in
    /// every other way revokes what the code gave; anything else changes nothing.
    fn refused_device(
        &self,
        judge: &Judge<'_>,
        key: Key,
        found: &Versioned<DeviceRecord>,
        blocked: Blocked,
        count: Effect,
    ) -> Stop {
        let broken = judge.broken();
        let mut effects = vec![count];
        let of_replay = [&rule::DEVICE_CODE_UNSPENT, &rule::DEVICE_CODE_FRESH];
        let replayed = broken.contains(&&rule::DEVICE_CODE_UNSPENT)
            && broken.iter().all(|rule| of_replay.contains(rule));
        if let Some(grant) = found.value.grant().filter(|_| replayed) {
            let family = grant.family.clone();
            effects.push(Effect::RevokeFamily(family, &rule::DEVICE_CODE_UNSPENT));
        } else if broken.iter().all(|rule| WAITING.contains(rule)) {
            let too_early = broken.contains(&&rule::DEVICE_CODE_INTERVAL);
            let slower = if too_early { SLOWER } else { 0 };
            let value = DeviceRecord {
                polled_at: Some(self.now()),
                interval: found.value.interval.saturating_add(slower),
                ..found.value.clone()
            };
            let (version, expires) = (found.version, found.expires);
            effects.push(Effect::Device(DeviceEffect::Touch(Swap {
                key,
                version,
                value,
                expires,
            })));
        }
        Stop::Refused(blocked, effects)
    }
}
