//! The authorization endpoint's decision (RFC 6749 §4.1.1, RFC 7636 §4.4.1, RFC 9207): may this
//! client ask this user, and what comes next?

mod answer;
mod claims;
mod hint;
mod judge;
mod resolve;
mod response;

pub(super) use claims::is_expected;
pub(super) use resolve::{PUSHED, shown};
pub use response::{FrontChannel, ReturnTo};

use serde_json::Value;

use super::fault::{Outcome, conclude};
use super::session::INTERACTION_TTL;
use super::{Browser, Client, Effect, Fault, Issuer, LoggedIn};
use crate::config::ConsentMode;
use crate::deviation::Leniency;
use crate::protocol::{
    AuthorizationRequest, ClaimsRequest, CodeChallenge, Prompt, RedirectUri, ResponseMode,
    ResponseType, Scope, Secret,
};
use crate::rule::{self, Decision, Fact, Judge};
use crate::store::Key;
use crate::store::record::InteractionRecord;

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
    /// Ask whether a device may have access (RFC 8628 §3.3).
    Device {
        /// The page's id.
        interaction: Secret,
    },
    /// Done: send the answer back.
    Answer {
        /// Where to.
        return_to: ReturnTo,
        /// What the response type asks for: a code, tokens.
        parameters: Vec<(&'static str, Secret)>,
    },
}

/// An authorization request that holds in every respect but for login and consent.
#[derive(Debug)]
pub(super) struct Valid {
    client: Client,
    redirect_uri: RedirectUri,
    redirect_uri_sent: bool,
    scope: Scope,
    resources: Vec<crate::protocol::ResourceUri>,
    challenge: Option<CodeChallenge>,
    response_type: ResponseType,
    response_mode: Option<ResponseMode>,
    prompts: Vec<Prompt>,
    max_age: Option<u64>,
    wishes: claims::Wishes,
    details: Vec<Value>,
}

impl Issuer {
    /// Decides an authorization request of a browser.
    pub async fn authorize(
        &self,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Authorization, Fault> {
        let id = request.client_id.as_deref();
        let document = self.fetch_document(id).await;
        let decision = self
            .settle(async || {
                let mut judge = Judge::new(&rule::AUTHORIZE, &*self.deviations);
                let outcome = match Self::judge_document(&mut judge, id, document.as_ref()) {
                    Ok(()) => self.decide_authorize(&mut judge, request, browser).await,
                    Err(stop) => Err(stop),
                };
                conclude(judge, outcome)
            })
            .await?;
        let refused_here = decision.outcome.as_ref().is_err_and(|refusal| {
            let never_redirect: [&rule::Rule; 7] = [
                &rule::AUTHORIZE_CLIENT_PRESENTED,
                &rule::AUTHORIZE_CLIENT_KNOWN,
                &rule::REDIRECT_URI_PRESENTED,
                &rule::REDIRECT_URI_REGISTERED,
                &rule::REQUEST_URI_KNOWN,
                &rule::REQUEST_URI_CLIENT,
                &rule::REQUEST_URI_BROWSER,
            ];
            never_redirect.contains(&refusal.rule)
        });
        let return_to = if decision.outcome.is_ok() || refused_here || document.is_some() {
            None
        } else {
            self.return_to(request, browser).await?
        };
        Ok(Authorization { decision, return_to })
    }

    async fn decide_authorize(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Outcome<Next> {
        let (valid, resolved) = self.judge_request(judge, request, browser).await?;
        let request = &resolved.request;
        let (session, touched) = self.session(browser).await?;
        let mut effects = resolved.effects;
        effects.extend(touched);
        let mut interaction = self.interaction_record(request, &valid, browser)?;
        interaction.pushed = resolved.pushed.map(|key| *key.as_bytes());
        let fresh_enough = |session: &LoggedIn| {
            interaction.login_after.is_none_or(|after| session.auth_time >= after)
        };
        let session =
            session.filter(fresh_enough).filter(|session| is_expected(&interaction, session));
        let silent = valid.prompts.contains(&Prompt::None);
        let consented = match &session {
            Some(_) if silent && self.deviations.reads(Leniency::SilenceAsConsent) => true,
            Some(session) => self.has_consented(&interaction, &valid.client, session).await?,
            None => false,
        };
        judge_silent(judge, silent, session.is_some(), consented);
        judge.check(&rule::CONSENT_MODE, self.config.consent.mode != ConsentMode::Deny, || {
            (Fact::fixed("ask or automatic"), Fact::fixed("deny"))
        });
        judge.stage()?;
        let id = self.new_interaction(browser)?;
        match session {
            Some(session) if consented => {
                let (next, minted) =
                    self.mint_answer(&valid.client, &interaction, &session).await?;
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
        let prompted = [Prompt::Login, Prompt::SelectAccount];
        let (acr, needs_login) = valid.acr(self);
        let stale = self.deviations.reads(Leniency::StaleLogin);
        let again = needs_login || prompted.iter().any(|one| valid.prompts.contains(one)) && !stale;
        let by_age = valid.max_age.filter(|_| !stale).map(|age| {
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
            response_type: valid.response_type,
            response_mode: valid.response_mode,
            claims: valid.wishes.claims.as_ref().map(ClaimsRequest::to_value),
            acr_values: acr.into_iter().collect(),
            expected: valid.wishes.expected.clone(),
            authorization_details: valid.details.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            pushed: None,
            browser,
            answered_at: None,
        })
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
