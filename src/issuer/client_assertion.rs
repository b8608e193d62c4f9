//! Client assertions at work (RFC 7521 §4.2, RFC 7523 §3, OpenID Connect Core §9). First what the JWT
//! says of itself, before any look-up; then its signature; at last whether it was used before.

use std::time::Duration;

use super::{Client, Fault, Issuer, PresentedClient};
use crate::clock::Timestamp;
use crate::config::Profile;
use crate::protocol::jose::HS256;
use crate::protocol::{
    AssertionClaims, AssertionError, Audience, AuthMethod, CLIENT_ASSERTION_TYPE, ClientAssertion,
    MAX_CLIENT_ASSERTION,
};
use crate::rule::{self, Fact, Judge, Rule};
use crate::store::Key;

/// How far clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(10);
/// The longest life of an assertion. Widespread libraries make them for an hour unless told
/// otherwise; a strict lab and FAPI 2.0 admit five minutes.
const LIFE: Duration = Duration::from_secs(3600);
const STRICT_LIFE: Duration = Duration::from_secs(300);

/// An assertion as it was presented.
pub(super) type ReadAssertion<'p> = Option<Result<ClientAssertion<'p>, AssertionError>>;

/// All rules that speak of an assertion.
const RULES: &[&Rule] = &[
    &rule::CLIENT_ASSERTION_TYPE,
    &rule::CLIENT_ASSERTION_FORM,
    &rule::CLIENT_ASSERTION_ISSUER,
    &rule::CLIENT_ASSERTION_AUDIENCE,
    &rule::CLIENT_ASSERTION_FRESH,
];

impl PresentedClient {
    pub(super) fn assertion(&self, any_type: bool) -> ReadAssertion<'_> {
        let read = if any_type { ClientAssertion::read_any } else { ClientAssertion::read };
        self.assertion.as_ref().map(read)
    }
}

impl Issuer {
    /// Who wants that only the one safe audience and a short life will do, if anybody.
    pub(super) fn exact_for(&self) -> Option<&'static str> {
        match self.config.profile {
            Profile::Fapi2 => Some("the profile fapi2"),
            Profile::OAuth21 | Profile::Mcp | Profile::Legacy => {
                self.config.strict.then_some("a strict lab")
            }
        }
    }

    fn is_exact(&self) -> bool {
        self.exact_for().is_some()
    }

    /// What can be judged without knowing the client.
    pub(super) fn judge_client_assertion(
        &self,
        judge: &mut Judge<'_>,
        presented: &PresentedClient,
        assertion: &ReadAssertion<'_>,
    ) {
        let kind = presented.assertion_type.as_deref();
        if kind.is_none() && assertion.is_none() {
            for rule in RULES {
                judge.not_applicable(rule);
            }
            return;
        }
        let is_typed = kind == Some(CLIENT_ASSERTION_TYPE) && assertion.is_some();
        judge.check(&rule::CLIENT_ASSERTION_TYPE, is_typed, || {
            let got = if assertion.is_some() { Fact::optional(kind) } else { Fact::Absent };
            (Fact::fixed(CLIENT_ASSERTION_TYPE), got)
        });
        let Some(read) = assertion else { return };
        judge.check(&rule::CLIENT_ASSERTION_FORM, read.is_ok(), || {
            let expected = format!("a signed JWT of at most {MAX_CLIENT_ASSERTION} bytes");
            let got = read.as_ref().map_or_else(Fact::public, |read| Fact::public(described(read)));
            (Fact::public(expected), got)
        });
        if let Ok(ClientAssertion { claims, .. }) = read {
            judge_issuer(judge, claims);
            self.judge_audience(judge, &claims.aud, &presented.sender.path);
            self.judge_freshness(judge, claims);
        }
    }

    fn judge_audience(&self, judge: &mut Judge<'_>, audience: &Audience, path: &str) {
        let issuer = self.url().as_str();
        let accepted = if self.is_exact() {
            vec![issuer.to_owned()]
        } else {
            let mut accepted = vec![issuer.to_owned(), self.url().endpoint("/token")];
            let called = self.url().endpoint(path);
            if !accepted.contains(&called) {
                accepted.push(called);
            }
            accepted
        };
        let is_sole = matches!(audience, Audience::One(one) if one == issuer);
        let is_known = audience.as_slice().iter().any(|one| accepted.contains(one));
        let holds = is_sole || (is_known && !self.is_exact());
        judge.check(&rule::CLIENT_ASSERTION_AUDIENCE, holds, || {
            let got = match audience.as_slice() {
                [] => Fact::Absent,
                // RFC 9126 §2 demands that all three are accepted.
                many if holds && !is_sole => Fact::public(format!(
                    "{}: accepted; the issuer identifier alone is safer",
                    many.join(" ")
                )),
                many => Fact::any_of(many),
            };
            let expected = self.exact_for().map_or_else(
                || Fact::any_of(&accepted),
                |who| Fact::public(format!("{issuer}, as a string, as {who} wants")),
            );
            (expected, got)
        });
    }

    fn judge_freshness(&self, judge: &mut Judge<'_>, claims: &AssertionClaims) {
        let now = self.now();
        let life = if self.is_exact() { STRICT_LIFE } else { LIFE };
        let wrong = untimely(claims, now, life);
        judge.check(&rule::CLIENT_ASSERTION_FRESH, wrong.is_none(), || {
            let wanted = self.exact_for().map(|who| format!(", as {who} wants"));
            let expected = format!(
                "exp in at most {} s, iat and nbf not in the future{}",
                life.as_secs(),
                wanted.unwrap_or_default()
            );
            let exp = claims.exp.map(|exp| format!("exp {exp} at {}", now.secs()));
            (Fact::public(expected), wrong.map_or_else(|| Fact::optional(exp), Fact::fixed))
        });
    }

    /// The signature, with what the client registered. No assertion at all is broken here too, where
    /// a weakness let another method pass.
    pub(super) async fn judge_signature(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        assertion: Option<&ClientAssertion<'_>>,
    ) {
        let verified = match assertion {
            None => Err("no assertion".to_owned()),
            Some(assertion) => self.verify(client, assertion).await,
        };
        judge.check(&rule::CLIENT_ASSERTION_SIGNATURE, verified.is_ok(), || {
            let method = client.metadata.token_endpoint_auth_method;
            let alg = client.metadata.keys.token_endpoint_auth_signing_alg.as_deref();
            let profile = self.config.profile;
            let expected = alg.map_or_else(
                || format!("{method} with an algorithm of the profile {}", profile.as_str()),
                |alg| format!("{method}, {alg}, registered under the profile {}", profile.as_str()),
            );
            let header = assertion.map(described).unwrap_or_default();
            let got = verified.map_or_else(|why| format!("{header}: {why}"), |()| header.clone());
            (Fact::public(expected), Fact::public(got))
        });
    }

    async fn verify(&self, client: &Client, assertion: &ClientAssertion<'_>) -> Result<(), String> {
        let (jws, keys) = (&assertion.jws, &client.metadata.keys);
        let registered = keys.token_endpoint_auth_signing_alg.as_deref();
        if registered.is_some_and(|alg| alg != jws.header.alg) {
            return Err("another algorithm than the registered one".to_owned());
        }
        if client.metadata.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
            let secret = client.mac_secret.clone().unwrap_or_default();
            return jws.verify_hs256(&secret).map_err(|error| error.to_string());
        }
        let set = self.client_keys_for(client, jws.header.kid.as_deref()).await;
        let set = set.map_err(|error| error.to_string())?;
        let expected = self.config.profile.client_algorithms();
        jws.verify(&set, expected).map_err(|error| error.to_string())
    }

    /// One verification for nobody, so that time does not tell an unknown client from a known one.
    pub(super) async fn verify_for_nobody(
        &self,
        assertion: Option<&ClientAssertion<'_>>,
    ) -> Result<(), Fault> {
        let Some(ClientAssertion { jws, .. }) = assertion else { return Ok(()) };
        if jws.header.alg == HS256 {
            let _ = jws.verify_hs256(&crate::protocol::Secret::new("nobody"));
            return Ok(());
        }
        let mut unnamed = jws.clone();
        unnamed.header.kid = None;
        let _ = unnamed.verify(&self.keys.jwks().await?, self.config.profile.client_algorithms());
        Ok(())
    }

    /// Judged last: what is recorded as used was valid in everything else.
    pub(super) async fn judge_unused(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        claims: &AssertionClaims,
    ) -> Result<(), Fault> {
        let jti = claims.jti.as_deref().filter(|jti| !jti.is_empty());
        let name = ["client_assertion", client.id.as_str(), jti.unwrap_or_default()];
        let is_replayed = self.is_replayed(Key::of(&name)).await?;
        judge.check(&rule::CLIENT_ASSERTION_UNUSED, jti.is_some() && !is_replayed, || {
            (Fact::fixed("a jti that was not used before"), Fact::optional(jti))
        });
        if jti.is_some() && !is_replayed && judge.stage().is_ok() {
            let exp = Timestamp::from_secs(claims.exp.unwrap_or_default());
            judge.spend(&name, exp.max(self.now()).plus(LEEWAY * 2));
        }
        Ok(())
    }
}

fn judge_issuer(judge: &mut Judge<'_>, claims: &AssertionClaims) {
    let holds = claims.iss.is_some() && claims.iss == claims.sub;
    judge.check(&rule::CLIENT_ASSERTION_ISSUER, holds, || {
        let text = |claim: &Option<String>| claim.clone().unwrap_or_else(|| "absent".to_owned());
        let got = format!("iss {}, sub {}", text(&claims.iss), text(&claims.sub));
        (Fact::fixed("iss and sub are the client_id"), Fact::public(got))
    });
}

/// What is wrong with the times, if anything. `life` is the longest that is admitted.
fn untimely(claims: &AssertionClaims, now: Timestamp, life: Duration) -> Option<&'static str> {
    let at = |claim: Option<u64>| claim.map(Timestamp::from_secs);
    let is_future = |claim| at(claim).is_some_and(|time| time > now.plus(LEEWAY));
    let Some(exp) = at(claims.exp) else { return Some("no exp") };
    if exp.plus(LEEWAY) <= now {
        return Some("exp has passed");
    }
    if exp > now.plus(life).plus(LEEWAY) {
        return Some("exp is too far ahead");
    }
    if is_future(claims.nbf) {
        return Some("nbf is in the future");
    }
    if is_future(claims.iat) {
        return Some("iat is in the future");
    }
    let is_old = at(claims.iat).is_some_and(|iat| iat.plus(life).plus(LEEWAY) < now);
    is_old.then_some("iat is too long ago")
}

fn described(assertion: &ClientAssertion<'_>) -> String {
    let header = &assertion.jws.header;
    let brought = if header.brings_key() { ", with a key of its own" } else { "" };
    match &header.kid {
        Some(kid) => format!("alg {}{brought}, kid {kid}", header.alg),
        None => format!("alg {}{brought}", header.alg),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn wrong(claims: &AssertionClaims) -> Option<&'static str> {
        untimely(claims, Timestamp::from_secs(NOW), LIFE)
    }

    #[test]
    fn each_time_has_its_bounds() {
        let good = AssertionClaims { exp: Some(NOW + 60), ..AssertionClaims::default() };
        assert_eq!(wrong(&good), None);
        let with = |change: fn(&mut AssertionClaims)| {
            let mut claims = good.clone();
            change(&mut claims);
            wrong(&claims)
        };
        assert_eq!(with(|c| c.exp = None), Some("no exp"));
        assert_eq!(with(|c| c.exp = Some(NOW - 9)), None);
        assert_eq!(with(|c| c.exp = Some(NOW - 10)), Some("exp has passed"));
        assert_eq!(with(|c| c.exp = Some(NOW + 3610)), None);
        assert_eq!(with(|c| c.exp = Some(NOW + 3611)), Some("exp is too far ahead"));
        assert_eq!(with(|c| c.exp = Some(u64::MAX)), Some("exp is too far ahead"));
        assert_eq!(with(|c| c.nbf = Some(NOW + 10)), None);
        assert_eq!(with(|c| c.nbf = Some(NOW + 11)), Some("nbf is in the future"));
        assert_eq!(with(|c| c.iat = Some(NOW + 11)), Some("iat is in the future"));
        assert_eq!(with(|c| c.iat = Some(NOW - 3700)), Some("iat is too long ago"));
    }

    proptest! {
        #[test]
        fn nothing_without_a_near_expiry_passes(exp: Option<u64>, nbf: Option<u64>, iat: Option<u64>) {
            let claims = AssertionClaims { exp, nbf, iat, ..AssertionClaims::default() };
            let near = exp.is_some_and(|exp| (NOW - 10..=NOW + 3610).contains(&exp));
            prop_assert!(near || wrong(&claims).is_some());
        }
    }
}
