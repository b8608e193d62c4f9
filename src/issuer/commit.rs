//! Effects as data, and the one place that applies them.

use std::time::Duration;

use super::device::DeviceEffect;
use super::logout::Ending;
use super::par::PushedEffect;
use super::{Fault, Issuer};
use crate::clock::Timestamp;
use crate::config::Rotation;
use crate::deviation::EffectName;
use crate::protocol::ClientId;
use crate::rule::{self, Decision, Rule};
use crate::store::Key;
use crate::store::record::{
    AccessTokenRecord, ClientRecord, CodeRecord, ConsentRecord, CounterRecord, FamilyId,
    FamilyRecord, IdTokenRecord, InteractionRecord, KnownBrowserRecord, RefreshTokenRecord,
    ReplayRecord, SessionRecord,
};

/// What a decision does to the world. Applied in order; a compare-and-swap comes first.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Compare-and-swap a code into its tombstone. Losing it means: decide again.
    SpendCode(Swap<CodeRecord>),
    /// As `SpendCode`, for a code that its own client misused; nothing is issued for it.
    BurnCode(Swap<CodeRecord>),
    /// Compare-and-swap a refresh token into its tombstone. Losing it means: decide again.
    RotateRefreshToken(Swap<RefreshTokenRecord>),
    /// Compare-and-swap an interaction into an answered one. Losing it means: decide again.
    AnswerInteraction(Swap<InteractionRecord>),
    /// A pushed request is stored, opened or over.
    Pushed(PushedEffect),
    /// Nothing of this authorization works any more.
    RevokeFamily(FamilyId, &'static Rule),
    /// One access token does not work any more.
    RevokeAccessToken(Key),
    /// A new authorization.
    StoreFamily(FamilyId, FamilyRecord, Timestamp),
    /// A new code.
    StoreCode(Key, CodeRecord, Timestamp),
    /// A new access token.
    StoreAccessToken(Key, AccessTokenRecord, Timestamp),
    /// A new refresh token.
    StoreRefreshToken(Key, RefreshTokenRecord, Timestamp),
    /// A new ID token of a client that may exchange it.
    StoreIdToken(Key, IdTokenRecord, Timestamp),
    /// A new session.
    StoreSession(Key, SessionRecord),
    /// A client takes part in a session, and is told when it ends.
    JoinSession(String, ClientId),
    /// A browser that an account was logged in from.
    KnowBrowser(Key, Timestamp),
    /// A session that is kept alive. Lost races do not matter: one that ended meanwhile stays ended.
    TouchSession(Swap<SessionRecord>),
    /// A session that is over, or whose id was replaced.
    EndSession(Key),
    /// Something that ends with a session, or by its user's wish.
    End(Ending),
    /// An authorization request that waits for its user.
    StoreInteraction(Key, InteractionRecord, Timestamp),
    /// A consent to remember.
    StoreConsent(Key, ConsentRecord, Timestamp),
    /// What the device authorization grant does.
    Device(DeviceEffect),
    /// A registered client.
    StoreClient(Key, ClientRecord),
    /// Compare-and-swap a client into its new metadata. Losing it means: decide again.
    UpdateClient(Swap<ClientRecord>),
    /// A client that is gone.
    DeleteClient(Key),
    /// One more event of a limited kind.
    Count(Key, Duration),
    /// Forget the events: the password was right.
    ResetCount(Key),
    /// Record what must not be seen twice, until it would be refused for its age anyway. Losing
    /// the race means: decide again, and find it there.
    RecordReplay(Key, Timestamp),
}

/// A compare-and-swap: over which version, with what, until when.
#[derive(Clone, Debug)]
pub struct Swap<T> {
    /// Its key.
    pub key: Key,
    /// The version that was read.
    pub version: u64,
    /// The new value.
    pub value: T,
    /// The new expiry.
    pub expires: Timestamp,
}

/// Whether all effects were applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Committed {
    Yes,
    LostRace,
}

/// Tries before a record that changes under every one is a fault.
pub(super) const TRIES: usize = 8;

/// Registered clients and consents do not expire by themselves: ten years.
pub(super) const KEPT: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl Effect {
    /// Its name for deviations; `None` for those that no weakness drops.
    fn name(&self) -> Option<EffectName> {
        match self {
            Self::SpendCode(_) => Some(EffectName::SpendCode),
            Self::BurnCode(_) => Some(EffectName::BurnCode),
            Self::RotateRefreshToken(_) => Some(EffectName::RotateRefreshToken),
            // The client's own wish, or what a replay brought about.
            Self::RevokeFamily(_, by) if **by == rule::GRANT_LIVE => {
                Some(EffectName::RevokeRefreshToken)
            }
            Self::RevokeFamily(_, by) if **by == rule::CODE_UNSPENT => {
                Some(EffectName::RevokeCodeFamily)
            }
            Self::RevokeFamily(..) => Some(EffectName::RevokeFamily),
            Self::RevokeAccessToken(_) => Some(EffectName::RevokeToken),
            Self::EndSession(_) => Some(EffectName::RotateSession),
            Self::Pushed(PushedEffect::Forget(_)) => Some(EffectName::ForgetRequest),
            Self::Count(..) => Some(EffectName::Count),
            Self::End(Ending::Session(_)) => Some(EffectName::EndSession),
            Self::AnswerInteraction(_)
            | Self::JoinSession(..)
            | Self::Pushed(_)
            | Self::End(_)
            | Self::StoreFamily(..)
            | Self::StoreCode(..)
            | Self::StoreAccessToken(..)
            | Self::StoreRefreshToken(..)
            | Self::StoreIdToken(..)
            | Self::StoreSession(..)
            | Self::KnowBrowser(..)
            | Self::TouchSession(_)
            | Self::StoreInteraction(..)
            | Self::StoreConsent(..)
            | Self::Device(_)
            | Self::StoreClient(..)
            | Self::UpdateClient(_)
            | Self::DeleteClient(_)
            | Self::ResetCount(_)
            | Self::RecordReplay(..) => None,
        }
    }
}

impl Issuer {
    /// Decides, applies the effects once, and decides again when a race was lost.
    pub(super) async fn settle<T, F>(
        &self,
        decide: impl Fn() -> F,
    ) -> Result<Decision<T, Effect>, Fault>
    where
        F: Future<Output = Result<Decision<T, Effect>, Fault>>,
    {
        for _ in 0..TRIES {
            let decision = decide().await?;
            if self.commit(&decision.effects).await? == Committed::Yes {
                return Ok(decision);
            }
        }
        Err(Fault::Contention)
    }

    /// Whether this was seen before.
    pub(super) async fn is_replayed(&self, key: Key) -> Result<bool, Fault> {
        Ok(self.store.get::<ReplayRecord>(key).await?.is_some())
    }

    async fn commit(&self, effects: &[Effect]) -> Result<Committed, Fault> {
        let mut recorded = Vec::new();
        for effect in effects {
            if effect.name().is_some_and(|name| !self.deviations.keeps(name)) {
                continue;
            }
            if self.apply(effect).await? == Committed::LostRace {
                // Else the next try would take what this one recorded for a replay.
                for key in recorded {
                    self.store.take::<ReplayRecord>(key).await?;
                }
                return Ok(Committed::LostRace);
            }
            if let Effect::RecordReplay(key, _) = effect {
                recorded.push(*key);
            }
        }
        Ok(Committed::Yes)
    }

    async fn apply(&self, effect: &Effect) -> Result<Committed, Fault> {
        let store = &self.store;
        match effect {
            Effect::SpendCode(swap) | Effect::BurnCode(swap) => return self.swap(swap).await,
            Effect::RotateRefreshToken(swap) => return self.swap(swap).await,
            Effect::AnswerInteraction(swap) => return self.swap(swap).await,
            Effect::UpdateClient(swap) => return self.swap(swap).await,
            Effect::Device(effect) => return self.apply_device(effect).await,
            Effect::Pushed(effect) => return self.apply_pushed(effect).await,
            Effect::RevokeFamily(family, rule) => {
                self.revoke_family(Key::of(&[family]), rule.id).await?;
            }
            Effect::RevokeAccessToken(key) => self.revoke_access_token(*key).await?,
            Effect::StoreFamily(id, family, until) => {
                store.put(Key::of(&[id]), family, *until).await?;
            }
            Effect::StoreCode(key, code, until) => self.store_code(*key, code, *until).await?,
            Effect::StoreAccessToken(key, token, until) => store.put(*key, token, *until).await?,
            Effect::StoreRefreshToken(key, token, until) => self.keep(*key, token, *until).await?,
            Effect::StoreIdToken(key, token, until) => store.put(*key, token, *until).await?,
            Effect::StoreSession(key, session) => {
                store.put(*key, session, session.absolute_until).await?;
            }
            Effect::JoinSession(sid, client) => self.join_session(sid, client).await?,
            Effect::KnowBrowser(key, until) => self.know_browser(*key, *until).await?,
            Effect::TouchSession(swap) => drop(self.swap(swap).await?),
            Effect::EndSession(key) => drop(store.take::<SessionRecord>(*key).await?),
            Effect::End(ending) => {
                let first = self.apply_ending(ending).await?;
                return Ok(if first { Committed::Yes } else { Committed::LostRace });
            }
            Effect::StoreInteraction(key, interaction, until) => {
                store.put(*key, interaction, *until).await?;
            }
            Effect::StoreConsent(key, consent, until) => store.put(*key, consent, *until).await?,
            Effect::StoreClient(key, client) => {
                store.put(*key, client, self.now().plus(KEPT)).await?;
            }
            Effect::DeleteClient(key) => drop(store.take::<ClientRecord>(*key).await?),
            Effect::Count(key, per) => self.count(*key, *per).await?,
            Effect::ResetCount(key) => self.reset_count(*key).await?,
            Effect::RecordReplay(key, until) => {
                if !store.put_new(*key, &ReplayRecord {}, *until).await? {
                    return Ok(Committed::LostRace);
                }
            }
        }
        Ok(Committed::Yes)
    }

    pub(super) async fn swap<T: crate::store::Stored + Sync>(
        &self,
        swap: &Swap<T>,
    ) -> Result<Committed, Fault> {
        let won = self.store.replace(swap.key, swap.version, &swap.value, swap.expires).await?;
        Ok(if won { Committed::Yes } else { Committed::LostRace })
    }

    async fn reset_count(&self, key: Key) -> Result<(), Fault> {
        self.store.take::<CounterRecord>(key).await?;
        Ok(())
    }

    async fn know_browser(&self, key: Key, until: Timestamp) -> Result<(), Fault> {
        Ok(self.store.put(key, &KnownBrowserRecord {}, until).await?)
    }

    /// Whoever gets a code of a session takes part in it.
    async fn store_code(&self, key: Key, code: &CodeRecord, until: Timestamp) -> Result<(), Fault> {
        if let Some(sid) = &code.grant.sid {
            self.join_session(sid, &code.grant.client_id).await?;
        }
        Ok(self.store.put(key, code, until).await?)
    }

    /// Under grace several callers may store the same one, and the last of them must not undo what
    /// was done with it meanwhile.
    async fn keep(
        &self,
        key: Key,
        token: &RefreshTokenRecord,
        until: Timestamp,
    ) -> Result<(), Fault> {
        if matches!(self.config.tokens.rotation, Rotation::Grace(_)) {
            self.store.put_new(key, token, until).await?;
            return Ok(());
        }
        Ok(self.store.put(key, token, until).await?)
    }

    pub(super) async fn revoke_family(&self, key: Key, by: &str) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let Some(found) = self.store.get::<FamilyRecord>(key).await? else { return Ok(()) };
            if found.value.revoked_at.is_some() {
                return Ok(());
            }
            let revoked = FamilyRecord {
                revoked_at: Some(self.now()),
                revoked_by: Some(by.to_owned()),
                ..found.value
            };
            if self.store.replace(key, found.version, &revoked, found.expires).await? {
                return Ok(());
            }
        }
        Err(Fault::Contention)
    }

    async fn revoke_access_token(&self, key: Key) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let found = self.store.get::<AccessTokenRecord>(key).await?;
            let Some(found) = found.filter(|found| found.value.revoked_at.is_none()) else {
                return Ok(());
            };
            let revoked = AccessTokenRecord { revoked_at: Some(self.now()), ..found.value };
            if self.store.replace(key, found.version, &revoked, found.expires).await? {
                return Ok(());
            }
        }
        Err(Fault::Contention)
    }
}
