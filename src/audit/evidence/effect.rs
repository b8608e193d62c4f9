//! Judging by effect: whether a token works, rather than whether it was handed out.

use super::Evidence;
use crate::audit::finding::Outcome;
use crate::audit::probe::{Answer, Credentials, Params, Probe, Trouble};
use crate::audit::target::Client;
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

impl Evidence {
    /// Whether an access token of this client works: at introspection, else at the first API, else
    /// it counts as working because it was issued. A client hears nothing of tokens that it got but
    /// that were issued in another's name: then the API is asked as well.
    pub async fn works(
        &self,
        probe: &Probe,
        client: &Client,
        token: &Secret,
    ) -> Result<Outcome, Trouble> {
        if let Some(credentials) = self.introspecting(client) {
            let own = self.active(probe, credentials, token).await?;
            return match (&own, &self.introspector) {
                (Outcome::Refused(_), Some(api)) if api != credentials => {
                    self.active(probe, api, token).await
                }
                _ => Ok(own),
            };
        }
        if let Some(api) = self.apis.first() {
            return Ok(probe.call(api, Some(token)).await?.access_outcome());
        }
        Ok(Outcome::Accepted("it was issued".to_owned()))
    }

    /// Whether a token is active in the eyes of the introspection endpoint.
    pub async fn active(
        &self,
        probe: &Probe,
        credentials: &Credentials,
        token: &Secret,
    ) -> Result<Outcome, Trouble> {
        let answer = probe.introspect(&self.endpoints, Some(credentials), token).await?;
        Ok(match answer.introspection() {
            Some(told) if told.active => Outcome::Accepted("the token is active".to_owned()),
            Some(_) => Outcome::Refused("the token is not active".to_owned()),
            None => Outcome::Unclear(format!("introspection: {}", answer.summary())),
        })
    }

    /// Who may ask about tokens of this client: itself when it has a secret, else the API.
    pub fn introspecting<'a>(&'a self, client: &'a Client) -> Option<&'a Credentials> {
        if self.endpoints.introspection.is_empty() {
            return None;
        }
        let own = client.is_confidential().then_some(&client.credentials);
        own.or(self.introspector.as_ref())
    }

    /// Sends a token request and says what came of it: a token that was handed out is tried.
    pub async fn token_effect(
        &self,
        probe: &Probe,
        client: &Client,
        credentials: Option<&Credentials>,
        params: &Params,
    ) -> Result<Outcome, Trouble> {
        let answer = probe.token(&self.endpoints, credentials, params).await?;
        if credentials.is_none() {
            probe.remember_tokens(&answer, Some(&client.credentials), params);
        }
        self.effect_of(probe, client, &answer).await
    }

    /// What came of a token request: a token that was handed out is tried.
    pub async fn effect_of(
        &self,
        probe: &Probe,
        client: &Client,
        answer: &Answer,
    ) -> Result<Outcome, Trouble> {
        let Some(tokens) = answer.tokens() else { return Ok(answer.token_outcome()) };
        Ok(match self.works(probe, client, &tokens.access_token).await? {
            Outcome::Accepted(how) => Outcome::Accepted(format!("{}, {how}", answer.status())),
            Outcome::Refused(how) => Outcome::Refused(format!(
                "{} with a token that does not work: {how}",
                answer.status()
            )),
            Outcome::Unclear(how) => Outcome::Unclear(how),
        })
    }
}

impl Evidence {
    /// Whether the token of an answer is meant for an API, by its own word or by introspection's.
    pub async fn meant_for(
        &self,
        probe: &Probe,
        client: &Client,
        answer: &Answer,
        api: &str,
    ) -> Result<Outcome, Trouble> {
        let Some(tokens) = answer.tokens() else { return Ok(answer.token_outcome()) };
        let Some(audience) = self.audience(probe, client, &tokens.access_token).await? else {
            return Ok(Outcome::Unclear("the audience of the token cannot be read".to_owned()));
        };
        let said = format!("{}, meant for {}", answer.status(), audience.join(", "));
        Ok(if audience.iter().any(|one| one == api) {
            Outcome::Accepted(said)
        } else {
            Outcome::Refused(said)
        })
    }

    /// Whether the token of an answer has a scope.
    pub fn with_scope(answer: &Answer, scope: &str) -> Outcome {
        let Some(tokens) = answer.tokens() else { return answer.token_outcome() };
        let said = tokens.scope.clone();
        // RFC 6749 §5.1: a scope that is not said is the one that was asked for.
        let has = said.as_ref().is_none_or(|granted| granted.split(' ').any(|one| one == scope));
        let said = format!("{}, scope {}", answer.status(), said.as_deref().unwrap_or("as asked"));
        if has { Outcome::Accepted(said) } else { Outcome::Refused(said) }
    }

    /// Whom a token stands for; `None` when nobody says.
    pub async fn subject(
        &self,
        probe: &Probe,
        client: &Client,
        token: &Secret,
    ) -> Result<Option<String>, Trouble> {
        let genuine = Genuine::of(token);
        if let Some(subject) = genuine.as_ref().and_then(|token| token.claim("sub")) {
            return Ok(Some(subject.to_owned()));
        }
        let Some(credentials) = self.introspecting(client) else { return Ok(None) };
        let answer = probe.introspect(&self.endpoints, Some(credentials), token).await?;
        Ok(answer.introspection().and_then(|told| told.sub))
    }

    /// For whom a token is; `None` when nobody says.
    pub async fn audience(
        &self,
        probe: &Probe,
        client: &Client,
        token: &Secret,
    ) -> Result<Option<Vec<String>>, Trouble> {
        if let Some(claims) = Genuine::of(token).and_then(|token| token.audience()) {
            return Ok(Some(claims.as_slice().to_vec()));
        }
        let Some(credentials) = self.introspecting(client) else { return Ok(None) };
        let answer = probe.introspect(&self.endpoints, Some(credentials), token).await?;
        Ok(answer.introspection().map(|told| told.aud.as_slice().to_vec()))
    }
}
