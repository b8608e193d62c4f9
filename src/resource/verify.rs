//! May this token use this API? Bearer form (RFC 6750 §2), then the issuer's word (RFC 7662) or
//! its signature (RFC 9068 §4), then audience and scope.
//!
//! Stages: what the request shows; what the issuer says; what the API needs. Nothing is asked of
//! the issuer for a request whose form is wrong.

use std::sync::Arc;

use super::claims::Claims;
use super::{
    Access, Effect, IssuerUnreachable, KeysWanted, Need, Presented, ProtectedApi, TokenChecker,
};
use crate::clock::Timestamp;
use crate::config::{Profile, StepUp, TokenValidation};
use crate::protocol::dpop::Nonces;
use crate::protocol::jose::{JwkSet, Jws, JwsError};
use crate::protocol::{Algorithm, IntrospectionResponse, Secret, notes_accesses};
use crate::rule::{
    BEARER_FORM, BEARER_NOT_IN_QUERY, BEARER_ONCE, BEARER_PRESENTED, Blocked, Decision, Fact,
    Judge, RESOURCE, RESOURCE_ACR, RESOURCE_ACTIVE, RESOURCE_AUDIENCE, RESOURCE_AUTH_AGE,
    RESOURCE_FRESH, RESOURCE_ISSUER, RESOURCE_ISSUER_REACHABLE, RESOURCE_SCOPE, RESOURCE_SIGNATURE,
    RESOURCE_TYPE, Waivers,
};
use crate::store::View;

/// One API that looks at one request.
#[derive(Clone, Copy)]
pub(super) struct Verification<'a> {
    pub(super) issuer: &'a str,
    pub(super) api: &'a ProtectedApi,
    pub(super) validation: TokenValidation,
    pub(super) checker: &'a dyn TokenChecker,
    pub(super) waivers: &'a dyn Waivers,
    pub(super) now: Timestamp,
    /// Remembers proofs.
    pub(super) store: &'a View,
    /// Where proofs need a nonce: the API's.
    pub(super) nonces: Option<&'a Nonces>,
    /// The rule book, which has the algorithms of proofs.
    pub(super) profile: Profile,
    /// Whether somebody else used the proof while this request was judged.
    pub(super) proof_taken: bool,
}

impl Verification<'_> {
    pub(super) async fn decide(
        &self,
        presented: &Presented,
        need: &Need,
    ) -> Decision<Access, Effect> {
        let mut judge = Judge::new(&RESOURCE, self.waivers);
        let outcome = self.judge(&mut judge, presented, need).await;
        judge.conclude(outcome.map_err(|blocked| (blocked, Vec::new())))
    }

    async fn judge(
        &self,
        judge: &mut Judge<'_>,
        presented: &Presented,
        need: &Need,
    ) -> Result<(Access, Vec<Effect>), Blocked> {
        let token = Self::bearer(judge, presented)?;
        let claims = match self.validation {
            TokenValidation::Introspection => self.introspected(judge, &token).await?,
            TokenValidation::Jwt => self.verified(judge, &token).await?,
        };
        judge.stage()?;
        let proof = self.sender(judge, presented, (&token, &claims)).await;
        self.audience(judge, &claims);
        let scope = claims.scope();
        let enough = need.is_met(&scope, &notes_accesses(&claims.authorization_details));
        judge.check(&RESOURCE_SCOPE, enough, || {
            (Fact::any_of(need.any_of()), Fact::any_of(scope.iter()))
        });
        self.authentication(judge, &claims, need.step_up());
        judge.stage()?;
        Ok((claims.into_access(self.issuer), proof.into_iter().collect()))
    }

    /// Whether the user's login is good enough (RFC 9470 §3).
    fn authentication(&self, judge: &mut Judge<'_>, claims: &Claims, wanted: &StepUp) {
        if wanted.acr.is_empty() {
            judge.not_applicable(&RESOURCE_ACR);
        } else {
            let acr = claims.acr.as_deref();
            let holds = acr.is_some_and(|acr| wanted.acr.iter().any(|one| one == acr));
            judge.check(&RESOURCE_ACR, holds, || (Fact::any_of(&wanted.acr), Fact::optional(acr)));
        }
        let Some(max_age) = wanted.max_age else {
            return judge.not_applicable(&RESOURCE_AUTH_AGE);
        };
        let age = claims.auth_time.map(|at| self.now.since(Timestamp::from_secs(at)));
        judge.check(&RESOURCE_AUTH_AGE, age.is_some_and(|age| age <= max_age), || {
            let expected = format!("at most {} s ago", max_age.as_secs());
            let got = age.map(|age| format!("{} s ago", age.as_secs()));
            (Fact::public(expected), Fact::optional(got))
        });
    }

    fn bearer(judge: &mut Judge<'_>, presented: &Presented) -> Result<Secret, Blocked> {
        let is_presented = presented.is_presented();
        judge.require(&BEARER_PRESENTED, is_presented.then_some(()), || {
            ("Bearer".into(), Fact::optional(presented.described()))
        })?;
        judge.check(&BEARER_NOT_IN_QUERY, !presented.is_in_query(), || {
            ("the Authorization header".into(), place(presented).into())
        });
        judge.check(&BEARER_ONCE, presented.ways() == 1, || {
            ("1".into(), Fact::public(presented.ways()))
        });
        let token = judge.require(&BEARER_FORM, presented.token(), || {
            ("Bearer and a token of letters, digits and -._~+/".into(), place(presented).into())
        })?;
        judge.stage()?;
        Ok(token)
    }

    /// What the issuer says of the token.
    async fn introspected(&self, judge: &mut Judge<'_>, token: &Secret) -> Result<Claims, Blocked> {
        let answer = reached(judge, self.checker.introspect(token).await)?;
        judge.not_applicable(&RESOURCE_SIGNATURE);
        let IntrospectionResponse { active, ref token_type, .. } = answer;
        let kind = token_type.clone();
        let told = active.then(|| Claims::from(answer));
        // What a token says of itself is worth nothing, except to a lab that is weak on purpose.
        let untold = || Jws::decode(token.expose()).and_then(|jws| jws.claims()).ok();
        let claims = judge.require_or(&RESOURCE_ACTIVE, told, untold, || {
            ("active".into(), if active { "active" } else { "inactive" }.into())
        })?;
        if active {
            // A refresh token is active too, but has no token type (RFC 7662 §2.2).
            let of_access =
                |kind: &str| TOKEN_TYPES.iter().any(|one| one.eq_ignore_ascii_case(kind));
            let holds = kind.as_deref().is_some_and(of_access);
            judge
                .check(&RESOURCE_TYPE, holds, || (Fact::any_of(TOKEN_TYPES), Fact::optional(kind)));
        }
        // Both are optional in an answer (RFC 7662 §2.2): the issuer has said `active` already.
        match claims.iss {
            Some(_) => self.issuer(judge, &claims),
            None => judge.not_applicable(&RESOURCE_ISSUER),
        }
        match claims.exp {
            Some(_) => self.fresh(judge, &claims),
            None => judge.not_applicable(&RESOURCE_FRESH),
        }
        Ok(claims)
    }

    /// What the token says of itself, and the issuer's signature over it.
    async fn verified(&self, judge: &mut Judge<'_>, token: &Secret) -> Result<Claims, Blocked> {
        let algorithms = || Fact::any_of(Algorithm::ALL);
        let Ok(jws) = Jws::decode(token.expose()) else {
            let malformed = || (algorithms(), Fact::public(JwsError::Malformed));
            return judge.require(&RESOURCE_SIGNATURE, None, malformed);
        };
        let keys = reached(judge, self.keys_for(&jws).await)?;
        let verified = jws.verify(&keys, Algorithm::ALL);
        judge.require_or(
            &RESOURCE_SIGNATURE,
            verified.ok(),
            || Some(()),
            || (algorithms(), Fact::public(described(verified, &jws))),
        )?;
        let typ = jws.header.typ.as_deref();
        let claims = || jws.claims::<Claims>().ok();
        let typed = typ.is_some_and(is_access_token_type).then(claims).flatten();
        let claims = judge.require_or(&RESOURCE_TYPE, typed, claims, || {
            (Fact::any_of(ACCESS_TOKEN_TYPES), Fact::optional(typ))
        })?;
        self.issuer(judge, &claims);
        self.fresh(judge, &claims);
        judge.not_applicable(&RESOURCE_ACTIVE);
        Ok(claims)
    }

    /// The kept keys, or newer ones when those do not have the key that the token names.
    async fn keys_for(&self, jws: &Jws<'_>) -> Result<Arc<JwkSet>, IssuerUnreachable> {
        let kept = self.checker.keys(KeysWanted::Kept).await?;
        if jws.verify(&kept, Algorithm::ALL) == Err(JwsError::Key) {
            return self.checker.keys(KeysWanted::Newer).await;
        }
        Ok(kept)
    }

    fn issuer(&self, judge: &mut Judge<'_>, claims: &Claims) {
        let same = claims.iss.as_deref() == Some(self.issuer);
        judge.check(&RESOURCE_ISSUER, same, || {
            (Fact::public(self.issuer), Fact::optional(claims.iss.as_deref()))
        });
    }

    fn fresh(&self, judge: &mut Judge<'_>, claims: &Claims) {
        judge.check(&RESOURCE_FRESH, claims.is_fresh(self.now), || {
            let expected = Fact::public(format_args!("exp after {}", self.now.secs()));
            (expected, Fact::optional(claims.exp))
        });
    }

    fn audience(&self, judge: &mut Judge<'_>, claims: &Claims) {
        let audience = claims.aud.as_slice();
        let ours = self.api.identifiers().any(|own| audience.iter().any(|aud| own.is_same(aud)));
        judge.check(&RESOURCE_AUDIENCE, ours, || {
            (Fact::any_of(self.api.identifiers()), Fact::any_of(audience))
        });
    }
}

/// `token_type` of access tokens (RFC 6750 §6.1.1, RFC 9449 §6.2).
const TOKEN_TYPES: [&str; 2] = ["Bearer", "DPoP"];

/// RFC 9068 §4: `at+jwt`, with or without `application/`.
const ACCESS_TOKEN_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

fn is_access_token_type(typ: &str) -> bool {
    ACCESS_TOKEN_TYPES.iter().any(|expected| expected.eq_ignore_ascii_case(typ))
}

fn place(presented: &Presented) -> &'static str {
    match (presented.described(), presented.is_in_query()) {
        (Some(_), true) => "the Authorization header and the URL",
        (None, true) => "the URL",
        (_, false) => "the Authorization header",
    }
}

fn reached<T>(judge: &mut Judge<'_>, answer: Result<T, IssuerUnreachable>) -> Result<T, Blocked> {
    let (answer, reason) = match answer {
        Ok(answer) => (Some(answer), None),
        Err(error) => (None, Some(error.reason)),
    };
    judge.require(&RESOURCE_ISSUER_REACHABLE, answer, || {
        ("an answer of the issuer".into(), reason.map_or("an answer".into(), Fact::public))
    })
}

/// What is wrong with a signature. Weaknesses tell forgeries apart by this text.
fn described(verified: Result<(), JwsError>, jws: &Jws<'_>) -> String {
    match verified {
        Ok(()) => jws.header.alg.clone(),
        Err(JwsError::Algorithm) => format!("alg {}", jws.header.alg),
        Err(error) if jws.header.brings_key() => format!("{error}, and the header brings a key"),
        Err(error) => error.to_string(),
    }
}
