//! The tokens that an exchange is about: known, alive, and the client's to exchange. A token counts as
//! ours because its hash is on record: no signature has to be believed.

use super::request::Asked;
use crate::clock::Timestamp;
use crate::issuer::fault::Stop;
use crate::issuer::{Client, Fault, Issuer};
use crate::protocol::{Secret, TokenType};
use crate::rule::{self, Fact, Judge, Rule};
use crate::store::Key;
use crate::store::record::{AccessTokenRecord, FamilyRecord, Grant, IdTokenRecord};

/// A token of ours that somebody holds.
#[derive(Debug)]
pub(super) struct Held {
    /// What it stands for.
    pub(super) grant: Grant,
    /// When it expires.
    pub(super) fresh_until: Timestamp,
    /// Whether it is an ID token: those speak to one client alone.
    is_id_token: bool,
    /// When it alone was revoked.
    revoked_at: Option<Timestamp>,
}

impl Issuer {
    pub(super) async fn judge_subject(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        asked: &Asked<'_>,
    ) -> Result<Held, Stop> {
        let (token, kind) = asked.subject;
        let found = self.held(token, kind).await?;
        let held = judge.require(&rule::EXCHANGE_SUBJECT_KNOWN, found, || {
            (Fact::fixed(kind.as_str()), Fact::secret(Some(token)))
        })?;
        self.judge_held(judge, &rule::EXCHANGE_SUBJECT_LIVE, &held).await?;
        let may = self.may_exchange(client, &held);
        judge.check(&rule::EXCHANGE_SUBJECT_CLIENT, may, || {
            let others = self.config.exchange_of(&client.id).map(|own| own.from.clone());
            let allowed = std::iter::once(client.id.clone()).chain(others.unwrap_or_default());
            (Fact::any_of(allowed), Fact::public(&held.grant.client_id))
        });
        Ok(held)
    }

    pub(super) async fn judge_actor_token(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        asked: &Asked<'_>,
    ) -> Result<Option<Held>, Stop> {
        let Some((token, kind)) = asked.actor else {
            judge.not_applicable(&rule::EXCHANGE_ACTOR_KNOWN);
            judge.not_applicable(&rule::EXCHANGE_ACTOR_LIVE);
            return Ok(None);
        };
        let found = self.held(token, kind).await?.filter(|held| held.grant.client_id == client.id);
        let held = judge.require(&rule::EXCHANGE_ACTOR_KNOWN, found, || {
            (Fact::fixed("an own token of that type"), Fact::secret(Some(token)))
        })?;
        self.judge_held(judge, &rule::EXCHANGE_ACTOR_LIVE, &held).await?;
        Ok(Some(held))
    }

    /// Its own, or one that is meant for it, or of a client that the lab file names. An ID token is
    /// for its own client alone, and so is a token without a user: its subject is that client.
    fn may_exchange(&self, client: &Client, held: &Held) -> bool {
        let grant = &held.grant;
        if grant.client_id == client.id {
            return true;
        }
        if held.is_id_token || grant.subject.is_none() {
            return false;
        }
        let meant = grant.audience.iter().any(|aud| aud == client.id.as_str());
        let policy = self.config.exchange_of(&client.id).filter(|_| client.preregistered);
        meant || policy.is_some_and(|own| own.from.contains(&grant.client_id))
    }

    async fn held(&self, token: &Secret, kind: TokenType) -> Result<Option<Held>, Fault> {
        let key = Key::of_secret(token);
        let is_jwt = token.expose().matches('.').count() == 2;
        let access = match kind {
            TokenType::AccessToken => true,
            TokenType::Jwt => is_jwt,
            TokenType::IdToken | TokenType::RefreshToken => false,
        };
        if access && let Some(found) = self.store.get::<AccessTokenRecord>(key).await? {
            let AccessTokenRecord { grant, fresh_until, revoked_at, .. } = found.value;
            return Ok(Some(Held { grant, fresh_until, is_id_token: false, revoked_at }));
        }
        if !matches!(kind, TokenType::IdToken | TokenType::Jwt) {
            return Ok(None);
        }
        let found = self.store.get::<IdTokenRecord>(key).await?;
        Ok(found.map(|found| {
            let IdTokenRecord { grant, fresh_until } = found.value;
            Held { grant, fresh_until, is_id_token: true, revoked_at: None }
        }))
    }

    /// Judges that a token, its authorization and the client that it was issued to still exist.
    async fn judge_held(
        &self,
        judge: &mut Judge<'_>,
        rule: &'static Rule,
        held: &Held,
    ) -> Result<(), Fault> {
        let (grant, now) = (&held.grant, self.now());
        let family = self.store.get::<FamilyRecord>(Key::of(&[&grant.family])).await?;
        let owner = self.client(grant.client_id.as_str()).await?;
        let why = match family {
            _ if held.fresh_until <= now => Some("expired"),
            _ if held.revoked_at.is_some() => Some("revoked"),
            None => Some("its authorization is gone"),
            Some(family) if family.value.revoked_at.is_some() => {
                Some("its authorization was revoked")
            }
            Some(_) if owner.is_none() => Some("its client was deleted"),
            Some(_) => None,
        };
        judge.check(rule, why.is_none(), || {
            (Fact::fixed("neither expired nor revoked"), Fact::optional(why))
        });
        Ok(())
    }
}
