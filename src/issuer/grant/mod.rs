//! The token endpoint's decisions: one file a grant.

mod authorization_code;
mod client_credentials;
mod device_code;
mod password;
mod refresh_token;

pub(super) use authorization_code::judge_live;

use super::fault::{Outcome, conclude};
use super::{Client, Decided, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::{GrantType, TokenRequest, TokenResponse};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;

impl Issuer {
    /// Decides a token request (RFC 6749 §4.1.3, §4.3.2, §4.4.2, §6, RFC 8628 §3.4) and applies what follows.
    pub async fn exchange(
        &self,
        request: &TokenRequest,
        presented: &PresentedClient,
    ) -> Decided<TokenResponse> {
        let waivers = &*self.deviations;
        let offered = self.config.grants();
        if request.grant().is_none_or(|grant| !offered.contains(&grant)) {
            let mut judge = Judge::new(&rule::TOKEN_ANY, waivers);
            let outcome = judge_grant_type(&mut judge, request, offered);
            return conclude(judge, outcome);
        }
        match request {
            // Refused above.
            TokenRequest::NoGrantType | TokenRequest::Unsupported(_) => Err(Fault::Task),
            TokenRequest::AuthorizationCode(code) => {
                self.settle(async || {
                    let mut judge = Judge::new(&rule::TOKEN_CODE, waivers);
                    let outcome = self.decide_code(&mut judge, code, presented).await;
                    conclude(judge, outcome)
                })
                .await
            }
            TokenRequest::ClientCredentials(scoped) => {
                self.settle(async || {
                    let mut judge = Judge::new(&rule::TOKEN_CLIENT_CREDENTIALS, waivers);
                    let outcome =
                        self.decide_client_credentials(&mut judge, scoped, presented).await;
                    conclude(judge, outcome)
                })
                .await
            }
            TokenRequest::RefreshToken { refresh_token, narrowed } => {
                self.settle(async || {
                    let mut judge = Judge::new(&rule::TOKEN_REFRESH, waivers);
                    let token = refresh_token.as_ref();
                    let outcome = self.decide_refresh(&mut judge, token, narrowed, presented).await;
                    conclude(judge, outcome)
                })
                .await
            }
            TokenRequest::DeviceCode(device) => {
                self.settle(async || {
                    let mut judge = Judge::new(&rule::TOKEN_DEVICE, waivers);
                    let outcome = self.decide_device_code(&mut judge, device, presented).await;
                    conclude(judge, outcome)
                })
                .await
            }
            TokenRequest::Password(password) => {
                let name = password.username.as_deref().unwrap_or_default();
                let _turn = self.users.turn(name).await;
                self.settle(async || {
                    let mut judge = Judge::new(&rule::TOKEN_PASSWORD, waivers);
                    let outcome = self.decide_password(&mut judge, password, presented).await;
                    conclude(judge, outcome)
                })
                .await
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
        let rate = self.config.limits.token;
        let key = Key::of(&["rate.token", client.id.as_str()]);
        let counted = self.counted(key, rate).await?;
        judge.check(&rule::CLIENT_RATE, counted < rate.events, || {
            let expected = format!("at most {} in {} s", rate.events, rate.per.as_secs());
            (Fact::public(expected), Fact::public(counted + 1))
        });
        judge.check(&rule::CLIENT_GRANT, client.allows(grant), || {
            (Fact::any_of(&client.metadata.grant_types), Fact::fixed(grant.as_str()))
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
