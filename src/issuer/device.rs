//! The device authorization endpoint (RFC 8628 §3.1): a device that cannot show a login page asks
//! for two codes, one for itself and one for its user.

mod answer;
mod effect;
mod user_code;

pub use answer::DevicePage;
pub use effect::DeviceEffect;
pub use user_code::UserCodeAnswer;
pub(super) use user_code::Waiting;

use super::audience::{Asked, Target};
use super::fault::{Outcome, conclude};
use super::mint::TOMBSTONE;
use super::{Client, Decided, Effect, Fault, Issuer, PresentedClient};
use crate::deviation::Draft;
use crate::protocol::{DeviceAuthorizationResponse, GrantType, ScopeRequest, Secret, UserCode};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::{DeviceRecord, UserCodeRecord};

impl Issuer {
    /// Decides a device authorization request and applies what follows.
    pub async fn authorize_device(
        &self,
        request: &ScopeRequest,
        presented: &PresentedClient,
    ) -> Decided<DeviceAuthorizationResponse> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::DEVICE, &*self.deviations);
            let outcome = self.decide_device(&mut judge, request, presented).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn decide_device(
        &self,
        judge: &mut Judge<'_>,
        request: &ScopeRequest,
        presented: &PresentedClient,
    ) -> Outcome<DeviceAuthorizationResponse> {
        let offered = self.config.grants();
        judge.check(&rule::PROFILE_GRANT, offered.contains(&GrantType::DeviceCode), || {
            (Fact::any_of(offered), Fact::fixed(GrantType::DeviceCode.as_str()))
        });
        judge.stage()?;
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::DeviceCode).await?;
        judge.stage()?;
        let asked =
            Asked { scope: request.scope.as_deref(), resources: &request.resources, user: true };
        let target = self.judge_target(judge, &client, asked)?;
        judge.stage()?;
        let (response, stored) = self.new_device(&client, target)?;
        Ok((response, [stored, vec![count]].concat()))
    }

    /// New codes. The user code is stored first, and only where no other device has it.
    fn new_device(
        &self,
        client: &Client,
        target: Target,
    ) -> Result<(DeviceAuthorizationResponse, Vec<Effect>), Fault> {
        let tokens = &self.config.tokens;
        let mut device_code = Secret::new(self.random.token("device_code")?);
        self.deviations.draft(Draft::DeviceCode(&mut device_code));
        // Of 128 random bits the remainder is as good as evenly spread.
        let drawn = u128::from_be_bytes(self.random.bytes::<16>("user_code")?);
        let mut number = u64::try_from(drawn % u128::from(UserCode::COUNT)).unwrap_or_default();
        self.deviations.draft(Draft::UserCode(&mut number));
        let user_code = UserCode::of_number(number);
        let key = Key::of_secret(&device_code);
        let fresh_until = self.now().plus(tokens.device_ttl);
        let record = DeviceRecord {
            client_id: client.id.clone(),
            scope: target.scope,
            resources: target.resources,
            interval: tokens.device_interval.as_secs(),
            polled_at: None,
            fresh_until,
            answer: None,
            spent_at: None,
        };
        let leads_to = UserCodeRecord { device: *key.as_bytes() };
        let until = fresh_until.plus(TOMBSTONE);
        let page = self.url().endpoint("/device");
        let shown = user_code.shown();
        let response = DeviceAuthorizationResponse {
            device_code,
            verification_uri_complete: Some(Secret::new(format!("{page}?user_code={shown}"))),
            user_code: Secret::new(shown),
            verification_uri: page,
            expires_in: tokens.device_ttl.as_secs(),
            interval: record.interval,
        };
        let effects = vec![
            Effect::Device(DeviceEffect::NewUserCode(
                user_code::key_of(&user_code),
                leads_to,
                until,
            )),
            Effect::Device(DeviceEffect::Wait(key, record, until)),
        ];
        Ok((response, effects))
    }
}
