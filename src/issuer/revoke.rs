//! Revocation (RFC 7009). An unknown or foreign token answers 200 as well (§2.2); only the record
//! tells the difference.

use super::fault::{Outcome, conclude};
use super::token_status::IssuedKind;
use super::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::{Secret, TokenQuery};
use crate::rule::{self, Decision, Fact, Judge};

/// Both decisions of a revocation.
#[derive(Debug)]
pub struct Revocation {
    /// Whether the caller may ask.
    pub caller: Decision<(), Effect>,
    /// Whether something was revoked; never shown on the wire.
    pub token: Option<Decision<(), Effect>>,
}

impl Issuer {
    /// Decides a revocation request and applies it.
    pub async fn revoke(
        &self,
        query: &TokenQuery,
        presented: &PresentedClient,
    ) -> Result<Revocation, Fault> {
        let caller = self
            .settle(async || {
                let mut judge = Judge::new(&rule::REVOKE, &*self.deviations);
                let outcome = self.judge_revoker(&mut judge, query, presented).await;
                conclude(judge, outcome)
            })
            .await?;
        let Decision { outcome, effects, record } = caller;
        let token = match &outcome {
            Err(_) => None,
            Ok((client, token)) => Some(
                self.settle(async || {
                    let mut judge = Judge::new(&rule::REVOKE_TOKEN, &*self.deviations);
                    let outcome = self.judge_revocation(&mut judge, client, token).await;
                    conclude(judge, outcome)
                })
                .await?,
            ),
        };
        let caller = Decision { outcome: outcome.map(|_| ()), effects, record };
        Ok(Revocation { caller, token })
    }

    async fn judge_revoker(
        &self,
        judge: &mut Judge<'_>,
        query: &TokenQuery,
        presented: &PresentedClient,
    ) -> Outcome<(Client, Secret)> {
        let client = self.authenticate(judge, presented).await?;
        let token = judge.require(&rule::TOKEN_PRESENTED, query.token.clone(), || {
            (Fact::fixed("token"), Fact::secret(query.token.as_ref()))
        })?;
        Ok(((client, token), Vec::new()))
    }

    /// A refresh token takes its whole authorization along (§2.1); an access token goes alone.
    async fn judge_revocation(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        token: &Secret,
    ) -> Outcome<()> {
        let found = self.issued(token).await?;
        let found = judge.require(&rule::TOKEN_KNOWN, found, || {
            (Fact::fixed("a token of this server"), Fact::secret(Some(token)))
        })?;
        let owner = &found.grant.client_id;
        judge.check(&rule::REVOKE_CLIENT, *owner == client.id, || {
            (Fact::public(owner), Fact::public(&client.id))
        });
        judge.stage()?;
        let effect = match found.kind {
            IssuedKind::Access(_) => Effect::RevokeAccessToken(found.key),
            IssuedKind::Refresh => Effect::RevokeFamily(found.grant.family, &rule::GRANT_LIVE),
        };
        Ok(((), vec![effect]))
    }
}
