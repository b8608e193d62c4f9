//! The authorization endpoint's decision (RFC 6749 §4.1.1, RFC 7636 §4.4.1, RFC 9207): may this
//! client ask this user, and what comes next?

mod judge;

use super::fault::{Outcome, conclude};
use super::session::INTERACTION_TTL;
use super::{Browser, Client, Effect, Fault, Issuer, LoggedIn};
use crate::config::ConsentMode;
use crate::deviation::{CodeDraft, Draft};
use crate::protocol::{
    AuthorizationRequest, CodeChallenge, Prompt, RedirectUri, ResponseType, Scope, Secret,
};
use crate::rule::{self, Decision, Fact, Judge};
use crate::store::Key;
use crate::store::record::{CodeRecord, FamilyRecord, Grant, InteractionRecord};

use super::mint::TOMBSTONE;

/// Where an answer may be sent: known as soon as client and redirect URI hold, also when another
/// rule is broken.
#[derive(Clone, Debug)]
pub struct ReturnTo {
    /// The validated redirect URI.
    pub redirect_uri: RedirectUri,
    /// The client's state, to be returned as it came.
    pub state: Option<String>,
}

/// A decision of the authorization endpoint.
#[derive(Debug)]
pub struct Authorization {
    /// The decision.
    pub decision: Decision<Next, Effect>,
    /// Where a refusal may be sent; `None` means: show it here, never redirect.
    pub return_to: Option<ReturnTo>,
}

/// What comes next for the browser.
#[derive(Clone, Debug)]
pub enum Next {
    /// Ask for the password.
    Login {
        /// The page's id.
        interaction: Secret,
        /// The login hint, untrusted.
        hint: Option<String>,
    },
    /// Ask for consent.
    Consent {
        /// The page's id.
        interaction: Secret,
    },
    /// Done: send the code back.
    Code {
        /// Where to.
        return_to: ReturnTo,
        /// The code.
        code: Secret,
    },
}

/// An authorization request that holds in every respect but for login and consent.
#[derive(Debug)]
struct Valid {
    client: Client,
    redirect_uri: RedirectUri,
    redirect_uri_sent: bool,
    scope: Scope,
    resources: Vec<crate::protocol::ResourceUri>,
    challenge: Option<CodeChallenge>,
    prompts: Vec<Prompt>,
    max_age: Option<u64>,
}

impl Issuer {
    /// Decides an authorization request of a browser.
    pub async fn authorize(
        &self,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Authorization, Fault> {
        let return_to = self.return_to(request).await?;
        let decision = self
            .settle(async || {
                let mut judge = Judge::new(&rule::AUTHORIZE, &*self.deviations);
                let outcome = self.decide_authorize(&mut judge, request, browser).await;
                conclude(judge, outcome)
            })
            .await?;
        let refused_here = decision.outcome.as_ref().is_err_and(|refusal| {
            let never_redirect: [&rule::Rule; 4] = [
                &rule::AUTHORIZE_CLIENT_PRESENTED,
                &rule::AUTHORIZE_CLIENT_KNOWN,
                &rule::REDIRECT_URI_PRESENTED,
                &rule::REDIRECT_URI_REGISTERED,
            ];
            never_redirect.contains(&refusal.rule)
        });
        let return_to = return_to.filter(|_| !refused_here);
        Ok(Authorization { decision, return_to })
    }

    async fn decide_authorize(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Outcome<Next> {
        let valid = self.judge_request(judge, request).await?;
        let (session, mut effects) = self.session(browser).await?;
        let interaction = self.interaction_record(request, &valid, browser)?;
        let fresh_enough = |session: &LoggedIn| {
            interaction.login_after.is_none_or(|after| session.auth_time >= after)
        };
        let session = session.filter(fresh_enough);
        let silent = valid.prompts.contains(&Prompt::None);
        let consented = match &session {
            Some(session) => self.has_consented(&interaction, &valid.client, session).await?,
            None => false,
        };
        judge_silent(judge, silent, session.is_some(), consented);
        judge.check(&rule::CONSENT_MODE, self.config.consent.mode != ConsentMode::Deny, || {
            (Fact::fixed("ask or automatic"), Fact::fixed("deny"))
        });
        judge.stage()?;
        let id = Secret::new(self.random.token("interaction")?);
        match session {
            Some(session) if consented => {
                let (next, minted) = self.mint_code(&interaction, &session)?;
                effects.extend(minted);
                return Ok((next, effects));
            }
            Some(_) | None => {
                let until = self.now().plus(INTERACTION_TTL);
                effects.push(Effect::StoreInteraction(Key::of_secret(&id), interaction, until));
            }
        }
        let next = match session {
            Some(_) => Next::Consent { interaction: id },
            None => Next::Login { interaction: id, hint: request.login_hint.clone() },
        };
        Ok((next, effects))
    }

    fn interaction_record(
        &self,
        request: &AuthorizationRequest,
        valid: &Valid,
        browser: &Browser,
    ) -> Result<InteractionRecord, Fault> {
        let now = self.now();
        let again = valid.prompts.contains(&Prompt::Login);
        let by_age = valid.max_age.map(|age| {
            crate::clock::Timestamp::from_millis(
                now.millis().saturating_sub(age.saturating_mul(1000)),
            )
        });
        // A browser without a secret gets one from the server before it gets here.
        let browser = browser.secret.as_ref().ok_or(Fault::Task)?.sha256();
        Ok(InteractionRecord {
            client_id: valid.client.id.clone(),
            redirect_uri: valid.redirect_uri.clone(),
            redirect_uri_sent: valid.redirect_uri_sent,
            state: request.state.clone(),
            scope: valid.scope.clone(),
            resources: valid.resources.clone(),
            challenge: valid.challenge.clone(),
            nonce: request.nonce.clone(),
            login_after: if again { Some(now) } else { by_age },
            ask_consent: valid.prompts.contains(&Prompt::Consent),
            response_type: ResponseType::Code,
            response_mode: None,
            claims: None,
            acr_values: Vec::new(),
            authorization_details: Vec::new(),
            dpop_jkt: None,
            browser,
            answered_at: None,
        })
    }

    /// Mints the code for an answered request: the family is allocated here, so that a replay can
    /// revoke what the code gave.
    pub(super) fn mint_code(
        &self,
        interaction: &InteractionRecord,
        session: &LoggedIn,
    ) -> Result<(Next, Vec<Effect>), Fault> {
        let (now, tokens) = (self.now(), &self.config.tokens);
        let code = Secret::new(self.random.token("code")?);
        let mut draft = CodeDraft { code, ttl: tokens.code_ttl };
        self.deviations.draft(Draft::Code(&mut draft));
        let family = self.random.id("family")?;
        let grant = Grant {
            subject: Some(session.subject.clone()),
            auth_time: Some(session.auth_time),
            nonce: interaction.nonce.clone(),
            sid: Some(session.sid.clone()).filter(|sid| !sid.is_empty()),
            claims: interaction.claims.clone(),
            authorization_details: interaction.authorization_details.clone(),
            ..Grant::of_client(
                interaction.client_id.clone(),
                interaction.scope.clone(),
                self.audience(&interaction.scope, &interaction.resources),
                family.clone(),
            )
        };
        let record = CodeRecord {
            grant,
            redirect_uri: Some(interaction.redirect_uri.clone()),
            challenge: interaction.challenge.clone(),
            dpop_jkt: interaction.dpop_jkt.clone(),
            fresh_until: now.plus(draft.ttl),
            spent_at: None,
        };
        // The family outlives everything that can be issued from it, and the code's tombstone lives
        // as long: a late replay still finds what to revoke.
        let until = now
            .plus(draft.ttl)
            .plus(tokens.refresh_ttl.max(tokens.access_ttl))
            .plus(tokens.access_ttl)
            .plus(TOMBSTONE);
        let family_record = FamilyRecord {
            client_id: interaction.client_id.clone(),
            subject: Some(session.subject.clone()),
            revoked_at: None,
            revoked_by: None,
        };
        let return_to = ReturnTo {
            redirect_uri: interaction.redirect_uri.clone(),
            state: interaction.state.clone(),
        };
        let effects = vec![
            Effect::StoreFamily(family, family_record, until),
            Effect::StoreCode(Key::of_secret(&draft.code), record, until),
        ];
        Ok((Next::Code { return_to, code: draft.code }, effects))
    }
}

fn judge_silent(judge: &mut Judge<'_>, silent: bool, logged_in: bool, consented: bool) {
    if !silent {
        judge.not_applicable(&rule::PROMPT_LOGIN);
        judge.not_applicable(&rule::PROMPT_CONSENT);
        return;
    }
    judge.check(&rule::PROMPT_LOGIN, logged_in, || {
        (Fact::fixed("a session that is fresh enough"), Fact::Absent)
    });
    if !logged_in {
        return;
    }
    judge.check(&rule::PROMPT_CONSENT, consented, || {
        (Fact::fixed("a remembered consent"), Fact::Absent)
    });
}
