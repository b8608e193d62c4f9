//! Sessions, and authorization requests that wait for a person. The server only reads and sets the
//! cookies; what they are worth is decided here.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::commit::Swap;
use super::{Client, Effect, Fault, Issuer};
use crate::clock::Timestamp;
use crate::config::LoginMode;
use crate::deviation::{EffectName, Leniency};
use crate::protocol::{NotesAccess, RedirectUri, Scope, Secret, Subject, notes_accesses};
use crate::store::record::{InteractionRecord, SessionRecord};
use crate::store::{Key, Versioned};

/// What a browser brought along: the secrets are the values of cookies.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// Ties pages to the browser that they were shown to, before anyone logs in.
    pub secret: Option<Secret>,
    /// The session, if one was begun.
    pub session: Option<Secret>,
    /// What the browser was given when an account was last logged in from it. It proves nothing but
    /// that: failures that others make do not count against it.
    pub known: Option<Secret>,
    /// The address that it comes from.
    pub from: Option<IpAddr>,
}

/// What a login gives to the browser.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The id of the new session.
    pub session: Secret,
    /// By which the browser is known from now on.
    pub known: Secret,
}

/// A live session.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who.
    pub subject: Subject,
    /// Since when.
    pub auth_time: Timestamp,
    /// What logout calls the session; empty where the lab logs everyone in.
    pub sid: String,
}

/// What a login or consent page shows. Texts of clients are untrusted.
#[derive(Clone, Debug)]
pub struct InteractionPage {
    /// The token that the login form must send back.
    pub csrf: Secret,
    /// The token that the consent form must send back, once somebody is logged in.
    pub consent: Option<Secret>,
    /// The client that asks.
    pub client: Client,
    /// Where the browser will be sent.
    pub redirect_uri: RedirectUri,
    /// What is asked for.
    pub scope: Scope,
    /// The audiences that tokens would get.
    pub audience: Vec<String>,
    /// Claims that are asked for beyond the scope.
    pub claims: Vec<String>,
    /// What is asked for in detail.
    pub details: Vec<NotesAccess>,
    /// Who is logged in.
    pub subject: Option<Subject>,
}

/// What a login page shows. Texts of clients are untrusted.
#[derive(Clone, Debug)]
pub struct LoginPage {
    /// The token that the form must send back.
    pub csrf: Secret,
    /// The client that asks.
    pub client: Client,
    /// Where the browser will be sent, if it came from somewhere.
    pub redirect_uri: Option<RedirectUri>,
}

/// How long a page may wait for its user.
pub(super) const INTERACTION_TTL: Duration = Duration::from_secs(600);

/// A token that only this browser's page for this request can have: a hash over the browser's
/// secret, which no other site can read.
pub(super) fn csrf_token(browser: &Secret, interaction: &Secret) -> Secret {
    let mut hash = Sha256::new();
    hash.update(b"oauthlab csrf v1");
    hash.update(browser.sha256());
    hash.update(interaction.sha256());
    Secret::new(URL_SAFE_NO_PAD.encode(hash.finalize()))
}

/// As [`csrf_token`], for the consent page: what one user was shown, no other can allow.
pub(super) fn consent_token(browser: &Secret, interaction: &Secret, user: &Subject) -> Secret {
    let mut hash = Sha256::new();
    hash.update(b"oauthlab consent v1");
    hash.update(csrf_token(browser, interaction).sha256());
    hash.update(user.as_str());
    Secret::new(URL_SAFE_NO_PAD.encode(hash.finalize()))
}

/// As [`csrf_token`], for pages that belong to no request: bound to the session, or, where the lab
/// logs everyone in, to the browser.
pub(super) fn form_token(page: &str, browser: &Browser, user: &Subject) -> Option<Secret> {
    let secret = browser.session.as_ref().or(browser.secret.as_ref())?;
    let mut hash = Sha256::new();
    hash.update(b"oauthlab form v1");
    hash.update(Key::of(&[page, user.as_str()]).as_bytes());
    hash.update(secret.sha256());
    Some(Secret::new(URL_SAFE_NO_PAD.encode(hash.finalize())))
}

impl Issuer {
    /// A new secret for a browser that has none.
    pub fn new_browser_secret(&self) -> Result<Secret, Fault> {
        Ok(Secret::new(self.random.token("browser")?))
    }

    /// Who is logged in at a browser, with the effect that keeps the session alive. Where the lab
    /// logs everyone in (`login.mode: automatic`), nobody needs a session.
    pub(super) async fn session(
        &self,
        browser: &Browser,
    ) -> Result<(Option<LoggedIn>, Vec<Effect>), Fault> {
        let Some(secret) = &browser.session else { return Ok((self.automatic(), Vec::new())) };
        let key = Key::of_secret(secret);
        let now = self.now();
        let found = self.store.get::<SessionRecord>(key).await?;
        let live =
            found.filter(|found| now < found.value.idle_until && now < found.value.absolute_until);
        let Some(found) = live else { return Ok((self.automatic(), Vec::new())) };
        let Versioned { value: session, version, .. } = found;
        let logged_in = LoggedIn {
            subject: session.subject.clone(),
            auth_time: session.auth_time,
            sid: session.sid.clone(),
        };
        let touched = SessionRecord { idle_until: now.plus(self.config.sessions.idle), ..session };
        let expires = touched.absolute_until;
        let swap = Swap { key, version, value: touched, expires };
        Ok((Some(logged_in), vec![Effect::TouchSession(swap)]))
    }

    fn automatic(&self) -> Option<LoggedIn> {
        let LoginMode::Automatic(name) = &self.config.login else { return None };
        let subject = self.users.subject(name)?.clone();
        // Nobody logs in, so that there is no session to log out of.
        Some(LoggedIn { subject, auth_time: self.now(), sid: String::new() })
    }

    /// A new session under a new id, and the end of the one before (session fixation). To clients
    /// it is the same session while it is the same user's; that of another user is logged out.
    pub(super) async fn begin_session(
        &self,
        browser: &Browser,
        subject: &Subject,
    ) -> Result<(Secret, LoggedIn, Vec<Effect>), Fault> {
        let now = self.now();
        let rotates = self.deviations.keeps(EffectName::RotateSession);
        let id = match &browser.session {
            Some(own) if !rotates => own.clone(),
            Some(_) | None => Secret::new(self.random.token("session")?),
        };
        let (before, _) = self.session(browser).await?;
        let before = before.filter(|before| !before.sid.is_empty());
        let mut effects = Vec::new();
        let sid = match before {
            Some(before) if before.subject == *subject => before.sid,
            Some(before) => {
                effects.extend(self.end_for_clients(&before).await?.1);
                self.random.id("sid")?
            }
            None => self.random.id("sid")?,
        };
        let record = SessionRecord {
            subject: subject.clone(),
            auth_time: now,
            idle_until: now.plus(self.config.sessions.idle),
            absolute_until: now.plus(self.config.sessions.absolute),
            sid: sid.clone(),
        };
        effects.push(Effect::StoreSession(Key::of_secret(&id), record));
        if let Some(old) = &browser.session {
            effects.push(Effect::EndSession(Key::of_secret(old)));
        }
        Ok((id, LoggedIn { subject: subject.clone(), auth_time: now, sid }, effects))
    }

    /// The id of a new waiting request.
    pub(super) fn new_interaction(&self, browser: &Browser) -> Result<Secret, Fault> {
        match &browser.secret {
            Some(secret) if self.deviations.reads(Leniency::OneInteraction) => {
                Ok(csrf_token(secret, secret))
            }
            Some(_) | None => Ok(Secret::new(self.random.token("interaction")?)),
        }
    }

    /// The open request of a page, if it belongs to this browser.
    pub(super) async fn interaction(
        &self,
        id: Option<&Secret>,
        browser: &Browser,
    ) -> Result<Option<Versioned<InteractionRecord>>, Fault> {
        let (Some(id), Some(secret)) = (id, &browser.secret) else { return Ok(None) };
        let found = self.store.get::<InteractionRecord>(Key::of_secret(id)).await?;
        let anybodys = self.deviations.reads(Leniency::AnybodysInteraction);
        Ok(found.filter(|found| anybodys || secret.matches_sha256(&found.value.browser)))
    }

    /// What to show for an open request; `None` when there is none for this browser.
    pub async fn interaction_page(
        &self,
        id: &Secret,
        browser: &Browser,
    ) -> Result<Option<InteractionPage>, Fault> {
        let Some(found) = self.interaction(Some(id), browser).await? else { return Ok(None) };
        let interaction = found.value;
        if interaction.answered_at.is_some() {
            return Ok(None);
        }
        let client = self.client(interaction.client_id.as_str()).await?;
        let (Some(client), Some(secret)) = (client, &browser.secret) else { return Ok(None) };
        let (session, _) = self.session(browser).await?;
        let subject = session.map(|logged_in| logged_in.subject);
        Ok(Some(InteractionPage {
            csrf: csrf_token(secret, id),
            consent: subject.as_ref().map(|user| consent_token(secret, id, user)),
            client,
            audience: self.with_details(
                self.audience(&interaction.scope, &interaction.resources),
                &interaction.authorization_details,
            ),
            claims: self.beyond_scope(interaction.claims.as_ref(), &interaction.scope),
            details: notes_accesses(&interaction.authorization_details),
            redirect_uri: interaction.redirect_uri,
            scope: interaction.scope,
            subject,
        }))
    }
}
