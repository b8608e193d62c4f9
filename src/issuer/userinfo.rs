//! Userinfo (OpenID Connect Core §5.3): a protected resource of the issuer itself.

use super::fault::{Outcome, conclude};
use super::{Decided, Issuer, PresentedSender};
use crate::protocol::{Secret, UserInfo};
use crate::rule::{self, Fact, Judge};

/// How a bearer token was presented, as it came.
#[derive(Clone, Debug, Default)]
pub struct PresentedBearer {
    /// `Authorization` headers, as they came.
    pub headers: Vec<Secret>,
    /// Whether `access_token` stands in the query.
    pub in_query: bool,
    /// `access_token` of the body (RFC 6750 §2.2); userinfo only reads the header.
    pub in_body: bool,
    /// What the request shows of its sender's key.
    pub sender: PresentedSender,
}

impl PresentedBearer {
    /// The token of a well-formed header (RFC 6750 §2.1, `b64token`).
    pub fn token(&self) -> Option<Secret> {
        let [header] = self.headers.as_slice() else { return None };
        let (scheme, token) = header.expose().split_once(' ')?;
        let token = token.trim_start_matches(' ');
        let known = ["bearer", "dpop"].iter().any(|one| scheme.eq_ignore_ascii_case(one));
        let b64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        let formed = !token.is_empty() && token.bytes().all(b64);
        (known && formed).then(|| Secret::new(token))
    }

    /// Whether the token came with the scheme `DPoP` (RFC 9449 §7.1).
    pub fn is_dpop(&self) -> bool {
        let scheme = self.headers.first().map(|header| header.expose().get(..5));
        scheme.flatten().is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop "))
    }

    fn is_empty(&self) -> bool {
        self.headers.is_empty() && !self.in_query && !self.in_body
    }
}

impl Issuer {
    /// Decides a userinfo request.
    pub async fn userinfo(&self, presented: &PresentedBearer) -> Decided<UserInfo> {
        self.settle(async || {
            let mut judge = Judge::new(&rule::USERINFO, &*self.deviations);
            let outcome = self.judge_userinfo(&mut judge, presented).await;
            conclude(judge, outcome)
        })
        .await
    }

    async fn judge_userinfo(
        &self,
        judge: &mut Judge<'_>,
        presented: &PresentedBearer,
    ) -> Outcome<UserInfo> {
        judge_presented(judge, presented);
        judge.stage()?;
        let token = presented.token();
        let token = judge.require(&rule::BEARER_FORM, token, || {
            (Fact::fixed("Bearer, one space, the token"), Fact::secret(presented.headers.first()))
        })?;
        let found = self.issued_access(&token).await?;
        let found = judge.require(&rule::TOKEN_KNOWN, found, || {
            (Fact::fixed("an access token of this server"), Fact::secret(Some(&token)))
        })?;
        self.judge_alive(judge, &found).await?;
        let bound = found.grant.confirmation.as_ref();
        let proof = self.judge_holder(judge, bound, (presented, &token)).await?;
        let (grant, issuer) = (&found.grant, self.url().as_str());
        judge.check(
            &rule::USERINFO_AUDIENCE,
            grant.audience.iter().any(|one| one == issuer),
            || (Fact::public(issuer), Fact::any_of(&grant.audience)),
        );
        judge.check(&rule::USERINFO_OPENID, grant.scope.contains("openid"), || {
            (Fact::fixed("openid"), Fact::any_of(grant.scope.iter()))
        });
        judge.stage()?;
        let sub = grant.subject.as_ref().map_or(grant.client_id.as_str(), |sub| sub.as_str());
        let claims = self.userinfo_claims(grant);
        Ok((UserInfo { sub: sub.to_owned(), claims }, proof.into_iter().collect()))
    }
}

fn judge_presented(judge: &mut Judge<'_>, presented: &PresentedBearer) {
    judge.check(&rule::BEARER_PRESENTED, !presented.is_empty(), || {
        (Fact::fixed("Authorization: Bearer"), Fact::secret(presented.headers.first()))
    });
    judge.check(&rule::BEARER_NOT_IN_QUERY, !presented.in_query, || {
        let got =
            if presented.in_query { Fact::fixed("access_token in the URL") } else { Fact::Absent };
        (Fact::fixed("no access_token in the URL"), got)
    });
    let ways =
        presented.headers.len() + usize::from(presented.in_query) + usize::from(presented.in_body);
    judge.check(&rule::BEARER_ONCE, ways <= 1, || {
        (Fact::fixed("one way"), Fact::public(format!("{ways} ways")))
    });
}
