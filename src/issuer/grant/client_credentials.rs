//! The client credentials grant (RFC 6749 §4.4): a client acts for itself.

use serde_json::Value;

use crate::config::openid_scopes;
use crate::deviation::Surface;
use crate::issuer::audience::{Asked, Target};
use crate::issuer::fault::Outcome;
use crate::issuer::mint::{Issuance, TOMBSTONE};
use crate::issuer::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::{GrantType, Scope, ScopeRequest, TokenResponse};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{FamilyRecord, Grant};

impl Issuer {
    pub(super) async fn decide_client_credentials(
        &self,
        judge: &mut Judge<'_>,
        request: &ScopeRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::ClientCredentials).await?;
        let method = client.metadata.token_endpoint_auth_method;
        judge.check(&rule::CLIENT_CONFIDENTIAL, !client.is_public(), || {
            (Fact::fixed("a client with a credential"), Fact::fixed(method.as_str()))
        });
        judge.stage()?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let details = request.authorization_details.as_deref();
        let scope = request.scope.as_deref().or(details.map(|_| Asked::NO_SCOPE));
        let asked = Asked { scope, resources: &request.resources, user: false };
        let target = self.judge_target(judge, &client, asked)?;
        let details = self.judge_details(judge, &client, details, &target.resources);
        let of_users: Scope = target.scope.intersection(&openid_scopes());
        judge.check(&rule::SCOPE_USER, of_users.is_empty(), || {
            (Fact::fixed("no scope about a user"), Fact::any_of(of_users.iter()))
        });
        judge.stage()?;
        let (grant, stored) = self.machine_grant(&client, &target, &details)?;
        let mut effects = proved;
        effects.extend([count, stored]);
        let (response, minted) = self
            .mint(Issuance {
                client: &client,
                grant: &grant,
                scope: grant.scope.clone(),
                audience: grant.audience.clone(),
                details: grant.authorization_details.clone(),
                confirmation,
                granted_at: self.now(),
                // RFC 6749 §4.4.3: the client can ask again at any time.
                refresh: self.deviations.opens(Surface::MachineRefreshToken),
            })
            .await?;
        effects.extend(minted);
        Ok((response, effects))
    }

    /// A grant without a user, with a family of its own, so that it can be revoked like any other.
    fn machine_grant(
        &self,
        client: &Client,
        target: &Target,
        details: &[Value],
    ) -> Result<(Grant, Effect), Fault> {
        let client_id = client.id.clone();
        let audience = self.audience(&target.scope, &target.resources);
        let grant = Grant {
            authorization_details: details.to_vec(),
            ..Grant::of_client(
                client_id.clone(),
                target.scope.clone(),
                self.with_details(audience, details),
                self.random.id("family")?,
            )
        };
        let family = FamilyRecord { client_id, subject: None, revoked_at: None, revoked_by: None };
        let until = self.now().plus(self.config.tokens.access_ttl).plus(TOMBSTONE).plus(TOMBSTONE);
        let stored = Effect::StoreFamily(grant.family.clone(), family, until);
        Ok((grant, stored))
    }
}
