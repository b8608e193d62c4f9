//! Revocation (RFC 7009). An unknown or foreign token answers 200 as well (§2.2); only the record
//! tells the difference.

use super::commit::Swap;
use super::fault::{Outcome, conclude};
use super::token_status::{Issued, IssuedKind};
use super::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::deviation::{EffectName, Leniency};
use crate::protocol::{Secret, TokenQuery, TokenTypeHint};
use crate::rule::{self, Decision, Fact, Judge};
use crate::store::Key;
use crate::store::record::RefreshTokenRecord;

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
                    let named = (token, query.hint.as_deref());
                    let outcome = self.judge_revocation(&mut judge, client, named).await;
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
        (token, hint): (&Secret, Option<&str>),
    ) -> Outcome<()> {
        let gullible = self.deviations.reads(Leniency::UnverifiedRevocation);
        let found = match self.issued(token).await? {
            None if gullible => self.issued_by_jti(token).await?,
            found => found.filter(|found| self.looks_for(found, hint)),
        };
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
            IssuedKind::Refresh if self.deviations.keeps(EffectName::RevokeGrant) => {
                Effect::RevokeFamily(found.grant.family, &rule::GRANT_LIVE)
            }
            IssuedKind::Refresh => return Ok(((), self.ended_alone(found.key).await?)),
        };
        Ok(((), vec![effect]))
    }

    /// Whether a token is looked for where it was found: everywhere, whatever the hint is (§2.1),
    /// except at a lab that is weak on purpose.
    fn looks_for(&self, found: &Issued, hint: Option<&str>) -> bool {
        let kind = match found.kind {
            IssuedKind::Access(_) => TokenTypeHint::AccessToken,
            IssuedKind::Refresh => TokenTypeHint::RefreshToken,
        };
        let fits = hint.is_none_or(|hint| hint == kind.as_str());
        fits || !self.deviations.reads(Leniency::HintAlone)
    }

    /// A refresh token's end without that of its authorization: as if it had been replaced.
    async fn ended_alone(&self, key: Key) -> Result<Vec<Effect>, Fault> {
        let Some(found) = self.store.get::<RefreshTokenRecord>(key).await? else {
            return Ok(Vec::new());
        };
        let rotated_at = found.value.rotated_at.or(Some(self.now()));
        let value = RefreshTokenRecord { rotated_at, ..found.value };
        let (version, expires) = (found.version, found.expires);
        Ok(vec![Effect::RotateRefreshToken(Swap { key, version, value, expires })])
    }
}
