//! What a user takes back: a session, a remembered consent, or all access of a client.

use super::LoggedIn;
use crate::issuer::consent::{consent_key, judge_csrf};
use crate::issuer::fault::{Outcome, conclude};
use crate::issuer::logout::{Ending, MAX_FAMILIES, Withdrawal};
use crate::issuer::session::form_token;
use crate::issuer::{Browser, Decided, Effect, Fault, Issuer};
use crate::protocol::Secret;
use crate::rule::{self, Fact, Judge};
use crate::store::Label;
use crate::store::record::{ConsentRecord, FamilyRecord};

/// The form of the account page: one of `session`, `consent` and `client` is set.
#[derive(Clone, Debug, Default)]
pub struct AccountAnswer {
    /// The page's token.
    pub csrf: Option<Secret>,
    /// The `sid` of a session.
    pub session: Option<String>,
    /// The client of a remembered consent.
    pub consent: Option<String>,
    /// A client.
    pub client: Option<String>,
}

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The session of this very browser.
    ThisSession,
    /// Something else.
    Other,
}

impl Issuer {
    /// Decides a form of the account page and applies it.
    pub async fn revoke_own(&self, answer: &AccountAnswer, browser: &Browser) -> Decided<Revoked> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::ACCOUNT_REVOKE, &*self.deviations);
            let outcome = self.judge_own(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_own(
        &self,
        judge: &mut Judge<'_>,
        answer: &AccountAnswer,
        browser: &Browser,
    ) -> Outcome<Revoked> {
        let (session, _) = self.judge_logged_in(judge, browser).await?;
        let expected = form_token("account", browser, &session.subject);
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        judge.stage()?;
        let (kind, found) = match (&answer.session, &answer.consent, &answer.client) {
            (Some(sid), None, None) => ("session", self.session_to_end(sid, &session).await?),
            (None, Some(id), None) => ("consent", self.access_to_end(id, &session, true).await?),
            (None, None, Some(id)) => ("client", self.access_to_end(id, &session, false).await?),
            _ => ("not exactly one", None),
        };
        let found = judge.require(&rule::ACCOUNT_TARGET, found, || {
            (Fact::fixed("one session, consent or client of the user"), Fact::fixed(kind))
        })?;
        Ok(found)
    }

    async fn session_to_end(
        &self,
        sid: &str,
        current: &LoggedIn,
    ) -> Result<Option<(Revoked, Vec<Effect>)>, Fault> {
        let own = self.live_sessions(&current.subject).await?;
        let Some((key, session)) = own.into_iter().find(|(_, session)| session.sid == sid) else {
            return Ok(None);
        };
        let ended =
            LoggedIn { subject: session.subject, auth_time: session.auth_time, sid: session.sid };
        // No page of that browser is at hand that could load frames.
        let (_, effects) = self.end_session(key, &ended).await?;
        let which = if sid == current.sid { Revoked::ThisSession } else { Revoked::Other };
        Ok(Some((which, effects)))
    }

    /// Without a consent nothing may go on that rested on it; `offline_access` is part of it.
    async fn access_to_end(
        &self,
        client_id: &str,
        user: &LoggedIn,
        by_consent: bool,
    ) -> Result<Option<(Revoked, Vec<Effect>)>, Fault> {
        let key = consent_key(client_id, &user.subject);
        let consent = self.store.get::<ConsentRecord>(key).await?;
        let own = |family: &FamilyRecord| {
            family.client_id.as_str() == client_id
                && family.subject.as_ref() == Some(&user.subject)
                && family.revoked_at.is_none()
        };
        let families = self.store.labelled(Label::User(&user.subject), MAX_FAMILIES, own).await?;
        let nothing = consent.is_none() && (by_consent || families.is_empty());
        if nothing {
            return Ok(None);
        }
        let mut endings: Vec<_> = consent.map(|_| Ending::Consent(key)).into_iter().collect();
        let ended = families.into_iter().map(|(key, _)| key);
        endings.extend(ended.map(|key| Ending::Family(key, Withdrawal::Account)));
        Ok(Some((Revoked::Other, endings.into_iter().map(Effect::End).collect())))
    }
}
