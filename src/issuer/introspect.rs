//! Introspection (RFC 7662): first whether the caller may ask, then what the token is worth.

use super::fault::{Outcome, conclude};
use super::token_status::{Issued, IssuedKind};
use super::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::clock::Timestamp;
use crate::config::IntrospectionCallers;
use crate::deviation::{Leniency, Surface};
use crate::protocol::{Audience, Confirmation, IntrospectionResponse, Secret, TokenQuery};
use crate::rule::{self, Decision, Fact, Judge};

/// Both decisions of an introspection. The second one never shows on the wire: a token that is not
/// active answers `{"active":false}`, whatever the reason.
#[derive(Debug)]
pub struct Introspection {
    /// Whether the caller may ask.
    pub caller: Decision<(), Effect>,
    /// Who asked; `None` for anonymous callers, where the lab admits them.
    pub client: Option<Client>,
    /// What the token is worth; `None` when the caller may not ask.
    pub token: Option<Decision<IntrospectionResponse, Effect>>,
}

/// Who asks.
#[derive(Debug)]
struct Caller {
    /// `None` for anonymous callers, where the lab admits them.
    client: Option<Client>,
    token: Secret,
}

impl Issuer {
    /// Decides an introspection request.
    pub async fn introspect(
        &self,
        query: &TokenQuery,
        presented: &PresentedClient,
    ) -> Result<Introspection, Fault> {
        let decision = self
            .settle(async || {
                let mut judge = Judge::new(&rule::INTROSPECT, &*self.deviations);
                let outcome = self.judge_caller(&mut judge, query, presented).await;
                conclude(judge, outcome)
            })
            .await?;
        let Ok(caller) = &decision.outcome else {
            return Ok(Introspection {
                caller: without_value(decision),
                client: None,
                token: None,
            });
        };
        let mut judge = Judge::new(&rule::TOKEN_STATUS, &*self.deviations);
        let outcome = self.judge_status(&mut judge, caller).await;
        let token = conclude(judge, outcome)?;
        let client = caller.client.clone();
        Ok(Introspection { caller: without_value(decision), client, token: Some(token) })
    }

    async fn judge_caller(
        &self,
        judge: &mut Judge<'_>,
        query: &TokenQuery,
        presented: &PresentedClient,
    ) -> Outcome<Caller> {
        let anonymous = self.config.introspection == IntrospectionCallers::Anonymous
            || self.deviations.opens(Surface::AnonymousIntrospection);
        let client = if anonymous {
            None
        } else {
            let client = self.authenticate(judge, presented).await?;
            let method = client.metadata.token_endpoint_auth_method;
            judge.check(&rule::INTROSPECT_CONFIDENTIAL, !client.is_public(), || {
                (Fact::fixed("a client with a credential"), Fact::fixed(method.as_str()))
            });
            Some(client)
        };
        judge.stage()?;
        let token = judge.require(&rule::TOKEN_PRESENTED, query.token.clone(), || {
            (Fact::fixed("token"), Fact::secret(query.token.as_ref()))
        })?;
        Ok((Caller { client, token }, Vec::new()))
    }

    async fn judge_status(
        &self,
        judge: &mut Judge<'_>,
        caller: &Caller,
    ) -> Outcome<IntrospectionResponse> {
        let found = match self.issued(&caller.token).await? {
            None if self.is_gullible(caller) => self.issued_by_jti(&caller.token).await?,
            found => found,
        };
        let token = judge.require(&rule::TOKEN_KNOWN, found, || {
            (Fact::fixed("a token of this server"), Fact::secret(Some(&caller.token)))
        })?;
        self.judge_alive(judge, &token).await?;
        let visible = self.visible_audience(&token, caller.client.as_ref());
        judge.check(&rule::INTROSPECT_AUDIENCE, visible.is_some(), || {
            let id = caller.client.as_ref().map(|client| client.id.as_str());
            (Fact::any_of(&token.grant.audience), Fact::optional(id))
        });
        judge.stage()?;
        // Waived, the caller sees the whole audience.
        let audience = visible.unwrap_or_else(|| token.grant.audience.clone());
        Ok((self.response(token, audience), Vec::new()))
    }

    /// Whether a lab that is weak on purpose believes what a JWT says of itself; to its clients only,
    /// so that its APIs stay sound.
    fn is_gullible(&self, caller: &Caller) -> bool {
        let by_api = |client: &Client| client.id == self.config.resource.client_id;
        self.deviations.reads(Leniency::UnverifiedIntrospection)
            && !caller.client.as_ref().is_some_and(by_api)
    }

    /// The audience that this caller may see, or `None` when the token is none of its business. The
    /// resource server sees its own identifiers alone (RFC 7662 §2.2 allows an answer by caller), so
    /// that `aud` stays a plain string, as stock verifiers expect.
    fn visible_audience(&self, token: &Issued, caller: Option<&Client>) -> Option<Vec<String>> {
        let Some(caller) = caller else { return Some(token.grant.audience.clone()) };
        if caller.id == token.grant.client_id {
            return Some(token.grant.audience.clone());
        }
        // Refresh tokens are between the issuer and their client.
        if caller.id != self.config.resource.client_id || token.kind == IssuedKind::Refresh {
            return None;
        }
        let own: Vec<_> = self.config.apis.iter().map(|api| self.config.identifier(api)).collect();
        let seen: Vec<_> =
            token.grant.audience.iter().filter(|one| own.contains(one)).cloned().collect();
        (!seen.is_empty()).then_some(seen)
    }

    fn response(&self, token: Issued, audience: Vec<String>) -> IntrospectionResponse {
        let grant = token.grant;
        let user = grant.subject.as_ref().and_then(|subject| self.users.of_subject(subject));
        let client_id = grant.client_id.as_str().to_owned();
        let subject = grant.subject.as_ref().map(|subject| subject.as_str().to_owned());
        let (token_type, jti) = match token.kind {
            IssuedKind::Access(jti) => (Some(type_of(grant.confirmation.as_ref())), Some(jti)),
            IssuedKind::Refresh => (None, None),
        };
        IntrospectionResponse {
            active: true,
            scope: Some(grant.scope.to_string()),
            username: user.map(|(name, _)| name.to_owned()),
            token_type,
            exp: Some(token.fresh_until.secs()),
            iat: Some(token.since.secs()),
            sub: subject.or_else(|| Some(client_id.clone())),
            client_id: Some(client_id),
            aud: Audience::from_list(audience),
            iss: Some(self.url().as_str().to_owned()),
            jti,
            cnf: grant.confirmation,
            act: grant.actor,
            acr: grant.acr,
            auth_time: grant.auth_time.map(Timestamp::secs),
            authorization_details: grant.authorization_details,
        }
    }
}

fn without_value<T>(decision: Decision<T, Effect>) -> Decision<(), Effect> {
    let Decision { outcome, effects, record } = decision;
    Decision { outcome: outcome.map(|_| ()), effects, record }
}

/// How a token is presented (RFC 9449 §6.2 wants `DPoP` said).
fn type_of(confirmation: Option<&Confirmation>) -> String {
    confirmation.map_or("Bearer", Confirmation::token_type).to_owned()
}
