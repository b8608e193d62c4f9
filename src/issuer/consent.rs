//! Consent: what is remembered, and what the user's answer does.

use super::authorize::is_expected;
use super::commit::{KEPT, Swap};
use super::fault::{Outcome, Stop, conclude};
use super::session::consent_token;
use super::{Browser, Client, Decided, Effect, Fault, Issuer, LoggedIn, Next};
use crate::config::ConsentMode;
use crate::deviation::{Leniency, Surface};
use crate::protocol::{RedirectUri, Scope, Secret, Subject};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{ConsentRecord, InteractionRecord};
use crate::store::{Key, Versioned};

/// The form of the consent page.
#[derive(Clone, Debug, Default)]
pub struct ConsentAnswer {
    /// The page's id.
    pub interaction: Option<Secret>,
    /// The page's token.
    pub csrf: Option<Secret>,
    /// Whether Allow was pressed.
    pub allowed: bool,
    /// What else the form says. Nothing of it counts: the request was read before.
    pub said: Option<SaidAgain>,
}

/// Parameters of the request, once more in the form.
#[derive(Clone, Debug, Default)]
pub struct SaidAgain {
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
}

impl Issuer {
    /// Decides the answer of a consent page. `return_to` is where a denial is sent.
    pub async fn consent(
        &self,
        answer: &ConsentAnswer,
        browser: &Browser,
    ) -> Result<super::Authorization, Fault> {
        let open = self.interaction(answer.interaction.as_ref(), browser).await?;
        let return_to = match open {
            Some(open) => {
                let client = self.client(open.value.client_id.as_str()).await?;
                client.map(|client| self.return_to_of(&client, &open.value))
            }
            None => None,
        };
        let decision = self.decide_consent(answer, browser).await?;
        // Only the user's own no is the client's business; everything else is shown here.
        let denied =
            decision.outcome.as_ref().is_err_and(|refusal| *refusal.rule == rule::CONSENT_GRANTED);
        Ok(super::Authorization { decision, return_to: return_to.filter(|_| denied) })
    }

    async fn decide_consent(&self, answer: &ConsentAnswer, browser: &Browser) -> Decided<Next> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::CONSENT, &*self.deviations);
            let outcome = self.judge_consent(&mut judge, answer, browser).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_consent(
        &self,
        judge: &mut Judge<'_>,
        answer: &ConsentAnswer,
        browser: &Browser,
    ) -> Outcome<Next> {
        let mut open = self.judge_interaction(judge, answer.interaction.as_ref(), browser).await?;
        if let Some(said) = answer.said.as_ref().filter(|_| self.reads_form_over_request()) {
            said.replace_in(&mut open.value);
        }
        let (session, touched) = self.session(browser).await?;
        let session = session.filter(|session| {
            open.value.login_after.is_none_or(|after| session.auth_time >= after)
                && is_expected(&open.value, session)
        });
        let session = judge.require(&rule::SESSION_LIVE, session, || {
            (Fact::fixed("a session that is fresh enough"), Fact::Absent)
        });
        let expected = match (&browser.secret, &answer.interaction, &session) {
            (Some(secret), Some(id), Ok(user)) => Some(consent_token(secret, id, &user.subject)),
            (None, ..) | (_, None, _) | (.., Err(_)) => None,
        };
        judge_csrf(judge, answer.csrf.as_ref(), expected.as_ref());
        let unanswered = open.value.answered_at.is_none();
        judge.check(&rule::CONSENT_UNANSWERED, unanswered, || {
            let at = open.value.answered_at.map(|at| format!("answered at {} s", at.secs()));
            (Fact::fixed("not answered before"), Fact::optional(at))
        });
        let session = session?;
        judge.stage()?;
        let key = answer.interaction.as_ref().map(Key::of_secret).ok_or(Fault::Task)?;
        let value = InteractionRecord { answered_at: Some(self.now()), ..open.value.clone() };
        let swap = Swap { key, version: open.version, value, expires: open.expires };
        let mut effects = vec![Effect::AnswerInteraction(swap)];
        effects.extend(touched);
        judge.check(&rule::CONSENT_GRANTED, answer.allowed, || {
            (Fact::fixed("allow"), Fact::fixed(if answer.allowed { "allow" } else { "deny" }))
        });
        if let Err(blocked) = judge.stage() {
            return Err(Stop::Refused(blocked, effects));
        }
        let client = self.client(open.value.client_id.as_str()).await?.ok_or(Fault::Task)?;
        effects.extend(self.remember(&open.value, &client, &session));
        let (next, minted) = self.mint_answer(&client, &open.value, &session).await?;
        effects.extend(minted);
        Ok((next, effects))
    }

    fn reads_form_over_request(&self) -> bool {
        self.deviations.reads(Leniency::FormOverRequest)
    }

    /// Judges that the page belongs to an open request of this browser.
    pub(super) async fn judge_interaction(
        &self,
        judge: &mut Judge<'_>,
        id: Option<&Secret>,
        browser: &Browser,
    ) -> Result<Versioned<InteractionRecord>, Stop> {
        let mut open = self.interaction(id, browser).await?;
        if let Some(found) = &open
            && self.client(found.value.client_id.as_str()).await?.is_none()
        {
            // The client was deleted meanwhile: nobody is left to answer.
            open = None;
        }
        let open = judge.require(&rule::INTERACTION_KNOWN, open, || {
            (Fact::fixed("an open request of this browser"), Fact::secret(id))
        })?;
        Ok(open)
    }

    /// Whether the user need not be asked: the lab says so, or a confidential client was granted at
    /// least this before. Consent to a public client is never remembered (RFC 8252 §8.6).
    pub(super) async fn has_consented(
        &self,
        interaction: &InteractionRecord,
        client: &Client,
        session: &LoggedIn,
    ) -> Result<bool, Fault> {
        let unasked =
            !client.preregistered && self.deviations.opens(Surface::RegisteredWithoutConsent);
        if self.config.consent.mode == ConsentMode::Automatic || unasked {
            return Ok(true);
        }
        if interaction.ask_consent || !self.remembers(client) {
            return Ok(false);
        }
        // What is remembered are scopes: whatever goes beyond them is shown each time.
        let beyond = self.beyond_scope(interaction.claims.as_ref(), &interaction.scope);
        if !beyond.is_empty() || !interaction.authorization_details.is_empty() {
            return Ok(false);
        }
        let key = consent_key(client.id.as_str(), &session.subject);
        let Some(found) = self.store.get::<ConsentRecord>(key).await? else { return Ok(false) };
        if self.deviations.reads(Leniency::ConsentToAnything) {
            return Ok(true);
        }
        let audience = self.audience(&interaction.scope, &interaction.resources);
        Ok(interaction.scope.is_subset(&found.value.scope)
            && audience.iter().all(|one| found.value.audience.contains(one)))
    }

    fn remembers(&self, client: &Client) -> bool {
        let whose = !client.is_public() || self.deviations.reads(Leniency::PublicConsent);
        self.config.consent.remember_confidential && whose
    }

    fn remember(
        &self,
        interaction: &InteractionRecord,
        client: &Client,
        session: &LoggedIn,
    ) -> Option<Effect> {
        if !self.remembers(client) {
            return None;
        }
        let audience = self.audience(&interaction.scope, &interaction.resources);
        let record = ConsentRecord {
            client_id: client.id.clone(),
            subject: session.subject.clone(),
            scope: interaction.scope.clone(),
            audience,
        };
        let key = consent_key(client.id.as_str(), &session.subject);
        Some(Effect::StoreConsent(key, record, self.now().plus(KEPT)))
    }
}

impl SaidAgain {
    fn replace_in(&self, request: &mut InteractionRecord) {
        if let Some(Ok(uri)) = self.redirect_uri.as_deref().map(RedirectUri::parse) {
            request.redirect_uri = uri;
        }
        if let Some(Ok(scope)) = self.scope.as_deref().map(Scope::parse) {
            request.scope = scope;
        }
    }
}

pub(super) fn consent_key(client_id: &str, subject: &Subject) -> Key {
    Key::of(&["consent", client_id, subject.as_str()])
}

/// Judges the token that ties a form to its page in this browser.
pub(super) fn judge_csrf(judge: &mut Judge<'_>, sent: Option<&Secret>, expected: Option<&Secret>) {
    let holds = matches!((expected, sent), (Some(a), Some(b)) if a.matches(b));
    judge.check(&rule::FORM_CSRF, holds, || (Fact::secret(expected), Fact::secret(sent)));
}
