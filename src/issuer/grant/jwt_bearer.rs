//! The JWT bearer grant (RFC 7523 §2.1, §3): somebody whom the lab trusts vouches for a subject. For
//! users that is a configured issuer; for itself a client with registered keys may speak, too.

use crate::clock::Timestamp;
use crate::config::openid_scopes;
use crate::issuer::assertion::{AssertionClaims, is_grant};
use crate::issuer::audience::{Asked, Target};
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::mint::{Issuance, TOMBSTONE};
use crate::issuer::{Client, Effect, Fault, Issuer, PresentedClient};
use crate::protocol::jose::Jws;
use crate::protocol::{
    Algorithm, AssertionRequest, ClientKeys, GrantType, Scope, Secret, Subject, TokenResponse,
};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::{FamilyRecord, Grant};

/// An assertion whose every rule holds.
struct Vouched {
    /// The user; `None` when a client speaks for itself.
    subject: Option<Subject>,
    /// What must not be seen again, and until when.
    once: Option<Effect>,
}

impl Issuer {
    pub(super) async fn decide_jwt_bearer(
        &self,
        judge: &mut Judge<'_>,
        request: &AssertionRequest,
        presented: &PresentedClient,
    ) -> Outcome<TokenResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_client_may(judge, &client, GrantType::JwtBearer).await?;
        judge.stage()?;
        let assertion = request.assertion.as_ref();
        let assertion = judge.require(&rule::ASSERTION_GRANT_PRESENTED, assertion, || {
            (Fact::fixed("an assertion"), Fact::secret(assertion))
        })?;
        let (confirmation, proved) = self.judge_sender(judge, &client, presented).await?;
        judge.stage()?;
        let vouched = self.judge_assertion(judge, &client, assertion).await?;
        let scoped = &request.scoped;
        let (scope, resources) = (scoped.scope.as_deref(), scoped.resources.as_slice());
        let target = self.judge_target(judge, &client, Asked { scope, resources, user: false })?;
        let of_users: Scope = target.scope.intersection(&openid_scopes());
        judge.check(&rule::SCOPE_USER, of_users.is_empty(), || {
            (Fact::fixed("no scope about a login"), Fact::any_of(of_users.iter()))
        });
        judge.stage()?;
        let (grant, stored) = self.vouched_grant(&client, &target, vouched.subject)?;
        let mut effects: Vec<_> = vouched.once.into_iter().chain(proved).collect();
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
                // RFC 7521 §4.1: the client can come back with a new assertion.
                refresh: false,
            })
            .await?;
        effects.extend(minted);
        Ok((response, effects))
    }

    async fn judge_assertion(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        assertion: &Secret,
    ) -> Result<Vouched, Stop> {
        let jws = Jws::decode(assertion.expose()).ok();
        let read = jws.filter(|jws| is_grant(jws.header.typ.as_deref())).and_then(|jws| {
            let claims = jws.claims::<AssertionClaims>().ok()?;
            Some((jws, claims))
        });
        let (jws, claims) = judge.require(&rule::ASSERTION_GRANT_FORM, read, || {
            (
                Fact::fixed("a JWT of no other kind with iss, sub, aud and exp"),
                Fact::secret(Some(assertion)),
            )
        })?;
        let own = claims.iss == client.id.as_str();
        let keys = self.keys_of_issuer(client, &claims.iss);
        let keys = judge.require(&rule::ASSERTION_GRANT_ISSUER, keys, || {
            let known = self.config.trusted_issuers.iter().map(|trusted| trusted.issuer.as_str());
            (Fact::any_of(known), Fact::public(&claims.iss))
        })?;
        self.judge_voucher(judge, &jws, keys).await;
        let endpoint = self.url().endpoint("/token");
        let ours = [self.url().as_str(), endpoint.as_str()];
        judge.check(&rule::ASSERTION_GRANT_AUDIENCE, claims.is_for(&ours), || {
            (Fact::any_of(ours), Fact::any_of(claims.aud.as_slice()))
        });
        let now = self.now();
        judge.check(&rule::ASSERTION_GRANT_FRESH, claims.is_fresh(now), || {
            let expected = format!("an exp within an hour after {} s, and begun", now.secs());
            (Fact::public(expected), Fact::public(format!("exp {} s", claims.exp)))
        });
        let (subject, known) = self.spoken_for(client, own, &claims);
        judge.check(&rule::ASSERTION_GRANT_SUBJECT, known, || {
            (Fact::fixed("a subject of this issuer"), Fact::public(&claims.sub))
        });
        // Nothing is looked up, and nothing recorded, for what is not valid otherwise.
        judge.stage()?;
        let once = self.judge_once(judge, &claims).await?;
        judge.stage()?;
        Ok(Vouched { subject, once })
    }

    async fn judge_voucher(&self, judge: &mut Judge<'_>, jws: &Jws<'_>, keys: &ClientKeys) {
        let verified = match self.keys_of(keys, jws.header.kid.as_deref()).await {
            Ok(keys) => jws.verify(&keys, Algorithm::ALL).map_err(|error| error.to_string()),
            Err(why) => Err(why.to_string()),
        };
        judge.check(&rule::ASSERTION_GRANT_SIGNATURE, verified.is_ok(), || {
            (Fact::fixed("signed with a key of its issuer"), Fact::optional(verified.err()))
        });
    }

    /// The keys that speak for an issuer: a configured one, or the client itself.
    fn keys_of_issuer<'a>(&'a self, client: &'a Client, issuer: &str) -> Option<&'a ClientKeys> {
        let mut trusted = self.config.trusted_issuers.iter();
        if let Some(trusted) = trusted.find(|trusted| trusted.issuer == issuer) {
            return Some(&trusted.keys);
        }
        let own = &client.metadata.keys;
        let has_keys = own.jwks.is_some() || own.jwks_uri.is_some();
        (has_keys && client.id.as_str() == issuer).then_some(own)
    }

    /// Whom the assertion is about, and whether its issuer may speak for that one.
    fn spoken_for(
        &self,
        client: &Client,
        own: bool,
        claims: &AssertionClaims,
    ) -> (Option<Subject>, bool) {
        let mut trusted = self.config.trusted_issuers.iter();
        match trusted.find(|trusted| trusted.issuer == claims.iss) {
            Some(trusted) => {
                let user = |sub: &Subject| self.users.of_subject(sub).is_some();
                let subject = trusted.subject(&claims.sub).filter(user);
                let known = subject.is_some();
                (subject, known)
            }
            None => (None, own && claims.sub == client.id.as_str()),
        }
    }

    async fn judge_once(
        &self,
        judge: &mut Judge<'_>,
        claims: &AssertionClaims,
    ) -> Result<Option<Effect>, Fault> {
        let Some(jti) = &claims.jti else {
            judge.not_applicable(&rule::ASSERTION_GRANT_UNUSED);
            return Ok(None);
        };
        let key = Key::of(&["assertion", &claims.iss, jti]);
        let seen = self.is_replayed(key).await?;
        judge.check(&rule::ASSERTION_GRANT_UNUSED, !seen, || {
            (Fact::fixed("a jti that was not seen before"), Fact::public(jti))
        });
        Ok(Some(Effect::RecordReplay(key, Timestamp::from_secs(claims.exp))))
    }

    /// A grant with a family of its own, so that it can be revoked like any other.
    fn vouched_grant(
        &self,
        client: &Client,
        target: &Target,
        subject: Option<Subject>,
    ) -> Result<(Grant, Effect), Fault> {
        let client_id = client.id.clone();
        let audience = self.audience(&target.scope, &target.resources);
        let family = self.random.id("family")?;
        let grant = Grant {
            subject: subject.clone(),
            ..Grant::of_client(client_id.clone(), target.scope.clone(), audience, family)
        };
        let family = FamilyRecord { client_id, subject, revoked_at: None, revoked_by: None };
        let until = self.now().plus(self.config.tokens.access_ttl).plus(TOMBSTONE).plus(TOMBSTONE);
        let stored = Effect::StoreFamily(grant.family.clone(), family, until);
        Ok((grant, stored))
    }
}
