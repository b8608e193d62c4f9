//! Token exchange (RFC 8693): a live token of this server becomes one for fewer APIs, with less
//! scope, for the client that asks. The new token joins the family of the old one, and dies with it.

mod actor;
mod held;
mod request;

use held::Held;
use request::Asked;
use serde_json::Value;

use crate::config::openid_scopes;
use crate::issuer::fault::Outcome;
use crate::issuer::mint::Issuance;
use crate::issuer::{Client, Issuer, PresentedClient};
use crate::protocol::{
    Confirmation, ExchangeRequest, GrantType, ResourceUri, Scope, TokenResponse,
};
use crate::rule::{self, Fact, Judge};
use crate::store::record::Grant;

impl Issuer {
    pub(super) async fn decide_exchange(
        &self,
        judge: &mut Judge<'_>,
        request: &ExchangeRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::TokenExchange).await?;
        let method = client.metadata.token_endpoint_auth_method;
        judge.check(&rule::EXCHANGE_CONFIDENTIAL, !client.is_public(), || {
            (Fact::fixed("a client with a credential"), Fact::fixed(method.as_str()))
        });
        judge.stage()?;
        let asked = self.judge_exchange_form(judge, request)?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let subject = self.judge_subject(judge, &client, &asked).await?;
        let actor = self.judge_actor_token(judge, &client, &asked).await?;
        judge_bound(judge, [Some(&subject), actor.as_ref()], confirmation.as_ref());
        let act = self.judge_acting(judge, &client, (&subject, actor.as_ref()));
        let left = self.judge_narrowed(judge, &client, &subject, &asked);
        judge.stage()?;
        let grant = exchanged(&client, &subject, left, act);
        let (mut response, minted) = self
            .mint_until(
                Issuance {
                    client: &client,
                    grant: &grant,
                    scope: grant.scope.clone(),
                    audience: grant.audience.clone(),
                    details: grant.authorization_details.clone(),
                    confirmation,
                    granted_at: self.now(),
                    // RFC 8693 §2.2.1: seldom useful, since the subject token can be exchanged again.
                    refresh: false,
                },
                subject.fresh_until,
            )
            .await?;
        response.issued_token_type = Some(asked.wanted.as_str().to_owned());
        let mut effects = proved;
        effects.push(count);
        effects.extend(minted);
        Ok((response, effects))
    }

    /// The scope and audience of the new token: never more than the subject token has, the client
    /// may have, and the targets know. Scopes about the user stay with the client that the user
    /// logged in to.
    fn judge_narrowed(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        subject: &Held,
        asked: &Asked<'_>,
    ) -> Left {
        let granted = &subject.grant;
        let identifiers: Vec<_> =
            asked.targets.iter().map(|api| self.config.identifier(api)).collect();
        let within = identifiers.iter().all(|one| granted.audience.contains(one));
        judge.check(&rule::EXCHANGE_TARGET_GRANTED, within, || {
            (Fact::any_of(&granted.audience), Fact::any_of(&identifiers))
        });
        let own = client.allowed_scope(&self.config.scopes());
        let most = granted.scope.intersection(&own).difference(&openid_scopes());
        let most = most.filtered(|token| {
            let of_target =
                |api: &&crate::config::Api| api.scopes.iter().any(|(own, _)| own.as_str() == token);
            asked.targets.is_empty() || asked.targets.iter().any(of_target)
        });
        let scope = asked.scope.clone().unwrap_or_else(|| most.clone());
        // A token without any scope is access to whatever asks for no more.
        let empty = scope.is_empty() && !granted.scope.is_empty();
        judge.check(&rule::EXCHANGE_SCOPE, scope.is_subset(&most) && !empty, || {
            (Fact::any_of(most.iter()), Fact::any_of(scope.iter()))
        });
        let targets: Vec<_> =
            identifiers.iter().filter_map(|one| ResourceUri::parse(one).ok()).collect();
        let mut audience = self.audience(&scope, &targets);
        // Details were granted to one client, for what that client shows its user.
        let own = granted.client_id == client.id;
        let details = if own { granted.authorization_details.as_slice() } else { &[] };
        if targets.is_empty() {
            audience = self.with_details(audience, details);
        }
        let details = self.judge_details_granted(judge, asked.details, details, &audience);
        Left { scope, audience, details }
    }
}

/// What is left of a subject token for the new one.
struct Left {
    scope: Scope,
    audience: Vec<String>,
    /// Those that its audience can use (RFC 9396 §6).
    details: Vec<Value>,
}

/// A bound token is exchanged by whoever holds its key alone.
fn judge_bound(judge: &mut Judge<'_>, tokens: [Option<&Held>; 2], proved: Option<&Confirmation>) {
    let bound = tokens.into_iter().flatten().filter_map(|held| held.grant.confirmation.as_ref());
    let bound: Vec<_> = bound.collect();
    if bound.is_empty() {
        judge.not_applicable(&rule::EXCHANGE_SENDER);
        return;
    }
    let shown = |cnf: Option<&Confirmation>| {
        let key = cnf.and_then(|cnf| cnf.jkt.as_ref().or(cnf.x5t_s256.as_ref()));
        Fact::optional(key)
    };
    let holds = bound.iter().all(|key| Some(*key) == proved);
    judge.check(&rule::EXCHANGE_SENDER, holds, || (shown(bound.first().copied()), shown(proved)));
}

/// What the new token stands for.
fn exchanged(
    client: &Client,
    subject: &Held,
    Left { scope, audience, details }: Left,
    actor: Option<Value>,
) -> Grant {
    let granted = &subject.grant;
    Grant {
        client_id: client.id.clone(),
        scope,
        audience,
        nonce: None,
        confirmation: None,
        claims: None,
        authorization_details: details,
        actor,
        ..granted.clone()
    }
}
