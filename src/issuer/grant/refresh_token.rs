//! The refresh token grant (RFC 6749 §6): rotation, and what a second use shows (RFC 9700 §4.14.2).

use super::authorization_code::judge_live;
use super::successor;
use crate::config::Rotation;
use crate::deviation::{EffectName, Leniency};
use crate::issuer::commit::Swap;
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::mint::Issuance;
use crate::issuer::sender::judge_refresh_key;
use crate::issuer::{Client, Effect, Fault, Issuer, PresentedClient, PresentedSender};
use crate::protocol::{GrantType, Scope, ScopeRequest, Secret, TokenResponse};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{FamilyRecord, RefreshTokenRecord};
use crate::store::{Key, Versioned};

impl Issuer {
    pub(super) async fn decide_refresh(
        &self,
        judge: &mut Judge<'_>,
        token: Option<&Secret>,
        request: &ScopeRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::RefreshToken).await?;
        judge.stage()?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let token = judge.require(&rule::REFRESH_PRESENTED, token, || {
            (Fact::fixed("a refresh token"), Fact::secret(token))
        })?;
        let token = &self.looked_up(token);
        let scope = judge_scope_form(judge, request.scope.as_deref());
        Self::judge_target_form(judge, &request.resources);
        judge.stage()?;
        let found = self.judge_refresh_token(judge, &client, token, &presented.sender).await?;
        let grant = &found.value.grant;
        let asked = scope.unwrap_or_else(|| grant.scope.clone());
        judge.check(&rule::REFRESH_SCOPE, asked.is_subset(&grant.scope), || {
            (Fact::any_of(grant.scope.iter()), Fact::any_of(asked.iter()))
        });
        let granted = (&asked, grant.audience.as_slice());
        let (scope, audience) = self.judge_narrowing(judge, granted, &request.resources);
        let details = self.judge_details_granted(
            judge,
            request.authorization_details.as_deref(),
            &grant.authorization_details,
            &audience,
        );
        if let Err(blocked) = judge.stage() {
            return Err(Stop::Refused(blocked, refusal(judge, &grant.family, count)));
        }
        let refresh = self.config.tokens.rotation != Rotation::Off
            && self.deviations.keeps(EffectName::RotateRefreshToken);
        let granted_at = found.value.granted_at;
        let client = &client;
        let issuance =
            Issuance { client, grant, scope, audience, details, confirmation, granted_at, refresh };
        let (response, first, minted) = self.refreshed(token, &found, issuance).await?;
        let mut effects = vec![first, count];
        effects.extend(proved);
        effects.extend(minted);
        Ok((response, effects))
    }

    /// The answer, what happens to the refresh token, and what is stored for the others. One that
    /// was used a moment ago gives its successor again, which is stored before anybody gets it.
    async fn refreshed(
        &self,
        token: &Secret,
        found: &Versioned<RefreshTokenRecord>,
        issuance: Issuance<'_>,
    ) -> Result<(TokenResponse, Effect, Vec<Effect>), Fault> {
        let again = self.is_grace().then_some(found.value.successor.as_deref()).flatten();
        if let Some(again) = again.and_then(|sealed| successor::open(token, sealed)) {
            let at = found.value.rotated_at.unwrap_or_else(|| self.now());
            let stored = self.refresh_token_stored(&issuance, &again, at);
            let alone = Issuance { refresh: false, ..issuance };
            let (mut response, minted) = self.mint(alone).await?;
            response.refresh_token = Some(again);
            return Ok((response, stored, minted));
        }
        let (response, minted) = self.mint(issuance).await?;
        let sealed = response.refresh_token.as_ref().filter(|_| self.is_grace());
        let sealed =
            sealed.map(|new| successor::seal(token, new).ok_or(Fault::Task)).transpose()?;
        Ok((response, self.used(Key::of_secret(token), found, sealed), minted))
    }

    fn is_grace(&self) -> bool {
        matches!(self.config.tokens.rotation, Rotation::Grace(_))
    }

    /// The part of a refresh token that counts: all of it, except at a lab that is weak on purpose.
    fn looked_up(&self, token: &Secret) -> Secret {
        let counts = token.expose().split('.').next().unwrap_or_default();
        if self.deviations.reads(Leniency::SuffixedRefreshToken) {
            Secret::new(counts)
        } else {
            token.clone()
        }
    }

    /// Judges the token itself, and whether this sender may use it.
    async fn judge_refresh_token(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        token: &Secret,
        sender: &PresentedSender,
    ) -> Result<Versioned<RefreshTokenRecord>, Stop> {
        let found = self.store.get::<RefreshTokenRecord>(Key::of_secret(token)).await?;
        let found = judge.require(&rule::REFRESH_KNOWN, found, || {
            (Fact::fixed("a refresh token of this server"), Fact::secret(Some(token)))
        })?;
        let grant = &found.value.grant;
        let family = self.store.get::<FamilyRecord>(Key::of(&[&grant.family])).await?;
        self.judge_token(judge, client, &found.value);
        judge_refresh_key(judge, grant.confirmation.as_ref(), sender);
        judge_live(judge, &rule::GRANT_LIVE, family.as_ref());
        Ok(found)
    }

    fn judge_token(&self, judge: &mut Judge<'_>, client: &Client, token: &RefreshTokenRecord) {
        let owner = &token.grant.client_id;
        judge.check(&rule::REFRESH_CLIENT, *owner == client.id, || {
            (Fact::public(owner), Fact::public(&client.id))
        });
        let now = self.now();
        let unrotated = match (token.rotated_at, self.config.tokens.rotation) {
            (None, _) => true,
            (Some(at), Rotation::Grace(grace)) => {
                now.since(at) < grace && token.successor.is_some()
            }
            (Some(_), Rotation::Strict | Rotation::Off) => false,
        };
        judge.check(&rule::REFRESH_UNROTATED, unrotated, || {
            let rotated = token.rotated_at.map(|at| format!("replaced at {} s", at.secs()));
            (Fact::fixed("the newest of its family"), Fact::optional(rotated))
        });
        judge.check(&rule::REFRESH_FRESH, now < token.fresh_until, || {
            let expected = format!("before {} s", token.fresh_until.secs());
            (Fact::public(expected), Fact::public(format!("{} s", now.secs())))
        });
    }

    /// What becomes of a used token: a tombstone, or, where tokens stay, the same one with a new
    /// idle time.
    fn used(
        &self,
        key: Key,
        found: &Versioned<RefreshTokenRecord>,
        successor: Option<String>,
    ) -> Effect {
        let tokens = &self.config.tokens;
        let now = self.now();
        let value = if tokens.rotation == Rotation::Off {
            let oldest = found.value.granted_at.plus(tokens.refresh_ttl);
            let fresh_until = now.plus(tokens.refresh_idle).min(oldest);
            RefreshTokenRecord { fresh_until, ..found.value.clone() }
        } else {
            let rotated_at = found.value.rotated_at.or(Some(now));
            RefreshTokenRecord { rotated_at, successor, ..found.value.clone() }
        };
        let swap = Swap { key, version: found.version, value, expires: found.expires };
        Effect::RotateRefreshToken(swap)
    }
}

/// What a refusal does: the request counts, and a theft ends the whole family.
fn refusal(judge: &Judge<'_>, family: &str, count: Effect) -> Vec<Effect> {
    let theft = || Effect::RevokeFamily(family.to_owned(), &rule::REFRESH_UNROTATED);
    std::iter::once(count).chain(is_replay(judge).then(theft)).collect()
}

/// Only a replay that is right in every other way shows a theft. Its age says nothing: the thief's
/// branch lives on while the owner is away.
fn is_replay(judge: &Judge<'_>) -> bool {
    let broken = judge.broken();
    let of_age = [&rule::REFRESH_UNROTATED, &rule::REFRESH_FRESH];
    broken.contains(&&rule::REFRESH_UNROTATED) && broken.iter().all(|rule| of_age.contains(rule))
}

fn judge_scope_form(judge: &mut Judge<'_>, scope: Option<&str>) -> Option<Scope> {
    let Some(text) = scope else {
        judge.not_applicable(&rule::SCOPE_FORM);
        return None;
    };
    let parsed = Scope::parse(text);
    judge.check(&rule::SCOPE_FORM, parsed.is_ok(), || {
        (Fact::fixed("printable ASCII tokens, separated by single spaces"), Fact::public(text))
    });
    parsed.ok()
}
