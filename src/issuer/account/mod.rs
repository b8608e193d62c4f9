//! The account: what lives in a user's name, and what the user takes back.

mod login;
mod revoke;

pub use revoke::{AccountAnswer, Revoked};

use serde::Serialize;

use super::fault::{Outcome, Stop, conclude};
use super::session::form_token;
use super::{Browser, Decided, Effect, Fault, Issuer, LoggedIn};
use crate::protocol::{ClientId, Scope, Secret, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{ConsentRecord, FamilyRecord, RefreshTokenRecord, SessionRecord};
use crate::store::{Key, Label};

/// A user's account, as `oauthlab.account/v1`. Texts of clients are untrusted.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// The version of this document.
    pub schema: &'static str,
    /// Whose it is.
    pub sub: Subject,
    /// What a form must send back.
    pub csrf: Option<Secret>,
    /// Live sessions, the newest first.
    pub sessions: Vec<AccountSession>,
    /// Remembered consents.
    pub consents: Vec<AccountConsent>,
    /// Authorizations with a live refresh token, the newest first.
    pub grants: Vec<AccountGrant>,
}

/// A live session. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, Serialize)]
pub struct AccountSession {
    /// Its `sid`.
    pub id: String,
    /// When the password was given.
    pub started: u64,
    /// When a page last used it.
    pub last_used: u64,
    /// When it dies unless it is used.
    pub expires: u64,
    /// Whether it is that of this browser.
    pub current: bool,
}

/// A remembered consent.
#[derive(Clone, Debug, Serialize)]
pub struct AccountConsent {
    /// To whom.
    pub client_id: ClientId,
    /// Its name for people.
    pub client_name: String,
    /// What was granted.
    pub scope: Scope,
    /// For which audiences.
    pub audience: Vec<String>,
}

/// An authorization that can still be refreshed.
#[derive(Clone, Debug, Serialize)]
pub struct AccountGrant {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub client_id: ClientId,
    /// Its name for people.
    pub client_name: String,
    /// What was granted.
    pub scope: Scope,
    /// Since when.
    pub since: u64,
    /// When its refresh token was issued.
    pub last_used: u64,
    /// The session that it was granted in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// At most so many entries of each list are shown.
const MAX_SHOWN: usize = 500;

const SCHEMA: &str = "oauthlab.account/v1";

impl Issuer {
    /// The account of whoever is logged in at a browser.
    pub async fn account(&self, browser: &Browser) -> Decided<Account> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::ACCOUNT, &*self.deviations);
            let outcome = self.judge_account(&mut judge, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_account(&self, judge: &mut Judge<'_>, browser: &Browser) -> Outcome<Account> {
        let (session, effects) = self.judge_logged_in(judge, browser).await?;
        let csrf = form_token("account", browser, &session.subject);
        let account = Account {
            schema: SCHEMA,
            csrf,
            sessions: self.sessions_of(&session).await?,
            consents: self.consents_of(&session.subject).await?,
            grants: self.grants_of(&session.subject).await?,
            sub: session.subject,
        };
        Ok((account, effects))
    }

    async fn judge_logged_in(
        &self,
        judge: &mut Judge<'_>,
        browser: &Browser,
    ) -> Result<(LoggedIn, Vec<Effect>), Stop> {
        let (session, effects) = self.session(browser).await?;
        let session = judge
            .require(&rule::SESSION_LIVE, session, || (Fact::fixed("a session"), Fact::Absent))?;
        Ok((session, effects))
    }

    /// The live sessions of a user, with their keys.
    async fn live_sessions(&self, subject: &Subject) -> Result<Vec<(Key, SessionRecord)>, Fault> {
        let now = self.now();
        let live = |session: &SessionRecord| {
            session.subject == *subject && now < session.idle_until && now < session.absolute_until
        };
        Ok(self.store.labelled(Label::User(subject), MAX_SHOWN, live).await?)
    }

    async fn sessions_of(&self, current: &LoggedIn) -> Result<Vec<AccountSession>, Fault> {
        let idle = self.config.sessions.idle;
        let found = self.live_sessions(&current.subject).await?;
        let shown = found.into_iter().map(|(_, session)| AccountSession {
            current: session.sid == current.sid,
            started: session.auth_time.secs(),
            last_used: session.idle_until.secs().saturating_sub(idle.as_secs()),
            expires: session.idle_until.min(session.absolute_until).secs(),
            id: session.sid,
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by_key(|session| std::cmp::Reverse(session.started));
        Ok(shown)
    }

    async fn consents_of(&self, subject: &Subject) -> Result<Vec<AccountConsent>, Fault> {
        let own = |consent: &ConsentRecord| consent.subject == *subject;
        let found = self.store.labelled(Label::User(subject), MAX_SHOWN, own).await?;
        let mut shown = Vec::with_capacity(found.len());
        for (_, ConsentRecord { client_id, scope, audience, .. }) in found {
            let client_name = self.client_name(&client_id).await?;
            shown.push(AccountConsent { client_id, client_name, scope, audience });
        }
        shown.sort_by(|a, b| a.client_id.as_str().cmp(b.client_id.as_str()));
        Ok(shown)
    }

    async fn grants_of(&self, subject: &Subject) -> Result<Vec<AccountGrant>, Fault> {
        let now = self.now();
        let live = |token: &RefreshTokenRecord| {
            token.grant.subject.as_ref() == Some(subject)
                && token.rotated_at.is_none()
                && now < token.fresh_until
        };
        let found = self.store.labelled(Label::User(subject), MAX_SHOWN, live).await?;
        let mut shown = Vec::with_capacity(found.len());
        for (_, token) in found {
            let key = Key::of(&[&token.grant.family]);
            let family = self.store.get::<FamilyRecord>(key).await?;
            if family.is_none_or(|family| family.value.revoked_at.is_some()) {
                continue;
            }
            shown.push(AccountGrant {
                client_name: self.client_name(&token.grant.client_id).await?,
                id: token.grant.family,
                client_id: token.grant.client_id,
                scope: token.grant.scope,
                since: token.granted_at.secs(),
                last_used: token.issued_at.secs(),
                session: token.grant.sid,
            });
        }
        shown.sort_by_key(|grant| std::cmp::Reverse((grant.since, grant.last_used)));
        Ok(shown)
    }

    async fn client_name(&self, id: &ClientId) -> Result<String, Fault> {
        let client = self.client(id.as_str()).await?;
        Ok(client.map_or_else(|| id.as_str().to_owned(), |one| one.display_name().to_owned()))
    }
}
