//! Software statements (RFC 7591 §2.3): claims of a publisher whom the lab trusts, which win over
//! what the client says itself. A lab that trusts nobody ignores them.

use serde_json::{Map, Value};

use super::members::Members;
use crate::config::StatementIssuer;
use crate::deviation::Leniency;
use crate::issuer::Issuer;
use crate::issuer::fault::Stop;
use crate::protocol::jose::Jws;
use crate::rule::{self, Fact, Judge, Rule};

/// Claims about the statement itself, and members that no publisher decides.
const NOT_METADATA: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "client_secret",
    "software_statement",
];

const RULES: [&Rule; 5] = [
    &rule::STATEMENT_PRESENTED,
    &rule::STATEMENT_FORM,
    &rule::STATEMENT_ISSUER,
    &rule::STATEMENT_SIGNATURE,
    &rule::STATEMENT_TIME,
];

/// The claims about the client.
fn metadata_of(claims: &Map<String, Value>) -> Map<String, Value> {
    let metadata = claims.iter().filter(|(name, _)| !NOT_METADATA.contains(&name.as_str()));
    metadata.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Issuer {
    /// Judges the statement among the members, and lets its claims win.
    pub(super) async fn judge_statement(
        &self,
        judge: &mut Judge<'_>,
        members: &mut Members,
    ) -> Result<(), Stop> {
        let trusted = &self.config.software_statements;
        let statement = members.owned("software_statement");
        if self.deviations.reads(Leniency::AnyStatement) {
            let jws = statement.as_deref().and_then(|text| Jws::decode(text).ok());
            let claims = jws.and_then(|jws| jws.claims::<Map<String, Value>>().ok());
            if let Some(told) = claims.and_then(|claims| Members::of(metadata_of(&claims))) {
                members.override_with(told);
            }
        }
        if trusted.issuers.is_empty() || (statement.is_none() && !trusted.required) {
            // What is ignored is not echoed either.
            members.remove("software_statement");
            for rule in RULES {
                judge.not_applicable(rule);
            }
            return Ok(());
        }
        let statement = judge.require(&rule::STATEMENT_PRESENTED, statement, || {
            (Fact::fixed("software_statement"), Fact::Absent)
        })?;
        let jws = Jws::decode(&statement).ok();
        let claims = jws.as_ref().and_then(|jws| jws.claims::<Map<String, Value>>().ok());
        let read = jws.zip(claims).and_then(|(jws, claims)| {
            let issuer = claims.get("iss")?.as_str()?.to_owned();
            Some((jws, issuer, Members::of(metadata_of(&claims))?, claims))
        });
        let read = judge.require(&rule::STATEMENT_FORM, read, || {
            (Fact::fixed("a JWT with iss and client metadata"), Fact::fixed("a software statement"))
        })?;
        let (jws, issuer, metadata, claims) = read;
        let found = trusted.issuers.iter().find(|one| one.issuer == issuer);
        let trusted = judge.require(&rule::STATEMENT_ISSUER, found, || {
            (Fact::any_of(trusted.issuers.iter().map(|one| &one.issuer)), Fact::public(&issuer))
        })?;
        self.judge_publisher(judge, &jws, trusted).await;
        judge.stage()?;
        self.judge_validity(judge, &claims);
        judge.stage()?;
        members.override_with(metadata);
        Ok(())
    }

    async fn judge_publisher(
        &self,
        judge: &mut Judge<'_>,
        jws: &Jws<'_>,
        trusted: &StatementIssuer,
    ) {
        let keys = self.keys_of(&trusted.keys, jws.header.kid.as_deref()).await;
        let verified = match keys {
            Ok(keys) => jws
                .verify(&keys, self.config.profile.client_algorithms())
                .map_err(|error| error.to_string()),
            Err(why) => Err(why.to_string()),
        };
        judge.check(&rule::STATEMENT_SIGNATURE, verified.is_ok(), || {
            (Fact::fixed("a signature of the issuer"), Fact::optional(verified.err()))
        });
    }

    fn judge_validity(&self, judge: &mut Judge<'_>, claims: &Map<String, Value>) {
        let now = self.now().secs();
        let time = |name: &str| claims.get(name).map(Value::as_f64);
        // Seconds of this century are exact in such a number.
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are small")]
        let clock = now as f64;
        let begun = time("nbf").is_none_or(|at| at.is_some_and(|at| at <= clock));
        let lasting = time("exp").is_none_or(|at| at.is_some_and(|at| clock < at));
        let own = self.url().as_str();
        let here = match claims.get("aud") {
            None => true,
            Some(Value::String(one)) => one == own,
            Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(own)),
            Some(_) => false,
        };
        judge.check(&rule::STATEMENT_TIME, begun && lasting && here, || {
            let got = match (begun, lasting, here) {
                (false, ..) => "nbf in the future",
                (_, false, _) => "exp in the past",
                (.., false) => "another aud",
                (true, true, true) => "valid here and now",
            };
            (Fact::public(format!("valid at {now} s for {own}")), Fact::fixed(got))
        });
    }
}
