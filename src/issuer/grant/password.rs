//! The resource owner password credentials grant (RFC 6749 §4.3): only the legacy profile has it,
//! to show why it is gone (RFC 9700 §2.4).

use crate::issuer::audience::{Asked, Target};
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::login::Guesser;
use crate::issuer::mint::{Issuance, TOMBSTONE};
use crate::issuer::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::{GrantType, PasswordRequest, Subject, TokenResponse};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{FamilyRecord, Grant};

impl Issuer {
    pub(super) async fn decide_password(
        &self,
        judge: &mut Judge<'_>,
        request: &PasswordRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::Password).await?;
        judge.stage()?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let given = request.username.as_deref().zip(request.password.as_ref());
        let given = judge.require(&rule::PASSWORD_PRESENTED, given, || {
            (Fact::fixed("username and password"), Fact::optional(request.username.as_deref()))
        })?;
        let (scope, resources) = (request.asked.scope.as_deref(), &request.asked.resources);
        let target = self.judge_target(judge, &client, Asked { scope, resources, user: true })?;
        judge.stage()?;
        let failures = self.judge_failures(judge, given.0, Guesser::Client(&client.id)).await?;
        judge.stage()?;
        let subject = self.users.verify(given.0, given.1).await?;
        let subject = judge.require(&rule::PASSWORD_RIGHT, subject, || {
            (Fact::fixed("a user of the lab and its password"), Fact::public(given.0))
        });
        let subject = match subject {
            Ok(subject) => subject,
            Err(blocked) => {
                // As at the login page: failures of an account are counted, whoever makes them.
                let failed = [self.failed(failures), vec![count]].concat();
                return Err(Stop::Refused(blocked, failed));
            }
        };
        let (grant, stored) = self.password_grant(&client, &target, subject)?;
        let mut effects = proved;
        effects.extend(failures.into_iter().map(Effect::ResetCount).chain([count, stored]));
        let (response, minted) = self
            .mint(Issuance {
                client: &client,
                grant: &grant,
                scope: grant.scope.clone(),
                audience: grant.audience.clone(),
                details: grant.authorization_details.clone(),
                confirmation,
                granted_at: self.now(),
                refresh: self.refreshes(&client),
            })
            .await?;
        effects.extend(minted);
        Ok((response, effects))
    }

    fn password_grant(
        &self,
        client: &Client,
        target: &Target,
        subject: Subject,
    ) -> Result<(Grant, Effect), Fault> {
        let (now, tokens) = (self.now(), &self.config.tokens);
        let grant = Grant {
            subject: Some(subject.clone()),
            auth_time: Some(now),
            ..Grant::of_client(
                client.id.clone(),
                target.scope.clone(),
                self.audience(&target.scope, &target.resources),
                self.random.id("family")?,
            )
        };
        let family = FamilyRecord {
            client_id: client.id.clone(),
            subject: Some(subject),
            revoked_at: None,
            revoked_by: None,
        };
        let until = now
            .plus(tokens.refresh_ttl.max(tokens.access_ttl))
            .plus(tokens.access_ttl)
            .plus(TOMBSTONE);
        Ok((grant.clone(), Effect::StoreFamily(grant.family, family, until)))
    }
}
