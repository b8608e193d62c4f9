//! The token endpoint's decisions: one file a grant.

mod authorization_code;
mod client_credentials;
mod device_code;
mod exchange;
mod jwt_bearer;
mod password;
mod refresh_token;
mod successor;

pub(super) use authorization_code::judge_live;

use super::fault::{Outcome, conclude};
use super::{Client, Decided, Effect, Fault, Issuer, PresentedClient};
use crate::deviation::Surface;
use crate::protocol::{GrantType, TokenRequest, TokenResponse};
use crate::rule::{self, Docket, Fact, Judge};
use crate::store::Key;

impl Issuer {
    /// Decides a token request and applies what follows.
    pub async fn exchange(
        &self,
        request: &TokenRequest,
        presented: &PresentedClient,
    ) -> Decided<TokenResponse> {
        // A guess of a password keeps its turn until it is counted, as at the login page.
        let _turn = match request {
            TokenRequest::Password(password) => {
                self.users.turn(password.username.as_deref().unwrap_or_default()).await
            }
            _ => None,
        };
        let docket = self.docket(request);
        self.settle(async || {
            let mut judge = Judge::new(docket, &*self.deviations);
            let outcome = if *docket == rule::TOKEN_ANY {
                judge_grant_type(&mut judge, request, self.config.grants())
            } else {
                self.decide_grant(&mut judge, request, presented).await
            };
            conclude(judge, outcome)
        })
        .await
    }

    fn serves(&self, grant: GrantType) -> bool {
        let open = grant == GrantType::Password && self.deviations.opens(Surface::PasswordGrant);
        open || self.config.grants().contains(&grant)
    }

    /// The rules of a token request: those of its grant, if the lab has it.
    fn docket(&self, request: &TokenRequest) -> &'static Docket {
        if request.grant().is_none_or(|grant| !self.serves(grant)) {
            return &rule::TOKEN_ANY;
        }
        match request {
            TokenRequest::NoGrantType | TokenRequest::Unsupported(_) => &rule::TOKEN_ANY,
            TokenRequest::AuthorizationCode(_) => &rule::TOKEN_CODE,
            TokenRequest::ClientCredentials(_) => &rule::TOKEN_CLIENT_CREDENTIALS,
            TokenRequest::RefreshToken { .. } => &rule::TOKEN_REFRESH,
            TokenRequest::DeviceCode(_) => &rule::TOKEN_DEVICE,
            TokenRequest::Password(_) => &rule::TOKEN_PASSWORD,
            TokenRequest::Exchange(_) => &rule::TOKEN_EXCHANGE,
            TokenRequest::JwtBearer(_) => &rule::TOKEN_JWT_BEARER,
        }
    }

    async fn decide_grant(
        &self,
        judge: &mut Judge<'_>,
        request: &TokenRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        match request {
            TokenRequest::NoGrantType | TokenRequest::Unsupported(_) => {
                judge_grant_type(judge, request, self.config.grants())
            }
            TokenRequest::AuthorizationCode(code) => self.decide_code(judge, code, presented).await,
            TokenRequest::ClientCredentials(scoped) => {
                self.decide_client_credentials(judge, scoped, presented).await
            }
            TokenRequest::RefreshToken { refresh_token, narrowed } => {
                self.decide_refresh(judge, refresh_token.as_ref(), narrowed, presented).await
            }
            TokenRequest::DeviceCode(device) => {
                self.decide_device_code(judge, device, presented).await
            }
            TokenRequest::Password(password) => {
                self.decide_password(judge, password, presented).await
            }
            TokenRequest::Exchange(exchange) => {
                self.decide_exchange(judge, exchange, presented).await
            }
            TokenRequest::JwtBearer(bearer) => {
                self.decide_jwt_bearer(judge, bearer, presented).await
            }
        }
    }

    /// The rules that every grant begins with, after the client has shown who it is.
    pub(super) async fn judge_client_may(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        grant: GrantType,
    ) -> Result<Effect, Fault> {
        let count = self.judge_rate(judge, client).await?;
        judge.check(&rule::CLIENT_GRANT, client.allows(grant), || {
            (Fact::any_of(&client.metadata.grant_types), Fact::fixed(grant.as_str()))
        });
        Ok(count)
    }

    /// Judges how often a client comes; the effect counts this time.
    pub(super) async fn judge_rate(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
    ) -> Result<Effect, Fault> {
        let rate = self.config.limits.token;
        let key = Key::of(&["rate.token", client.id.as_str()]);
        let window = self.window(key, rate).await?;
        let (counted, admits) = (window.count, window.admits(judge));
        judge.check(&rule::CLIENT_RATE, admits, || {
            let expected = format!("at most {} in {} s", rate.events, rate.per.as_secs());
            (Fact::public(expected), Fact::public(counted + 1))
        });
        Ok(Effect::Count(key, rate.per))
    }
}

fn judge_grant_type(
    judge: &mut Judge<'_>,
    request: &TokenRequest,
    offered: &[GrantType],
) -> Outcome<TokenResponse> {
    let grant = request.grant();
    let name = match request {
        TokenRequest::Unsupported(name) => Some(name.as_str()),
        _ => grant.map(GrantType::as_str),
    };
    let name = judge.require(&rule::GRANT_TYPE_PRESENTED, name, || {
        (Fact::any_of(offered), Fact::optional(name))
    })?;
    let grant = judge.require(&rule::GRANT_TYPE_SUPPORTED, grant, || {
        (Fact::any_of(offered), Fact::public(name))
    })?;
    let refused = judge.require(&rule::PROFILE_GRANT, None, || {
        (Fact::any_of(offered), Fact::fixed(grant.as_str()))
    });
    refused.map_err(Into::into)
}
