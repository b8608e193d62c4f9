//! The JWT bearer grant (RFC 7523 §2.1, §3): what an assertion says counts when it is signed.

use serde_json::{Value, json};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Asserting, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Trouble};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, GrantType, Secret};

pub(in crate::audit::check) static ASSERTION_GRANT_UNVERIFIED: Check = Check {
    id: "assertion-grant-unverified",
    group: Group::Token,
    title: "The JWT bearer grant takes assertions that nobody vouched for",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::AssertingClient],
    references: &["RFC 7523 §3", "RFC 8725 §3.3"],
    text: Text {
        does: "As a client that may use the grant, sends assertions about itself: one that it signed, as the control, and then with alg none, under an old signature, signed by another key, for another server, and expired.",
        why: "An assertion names whom the token is for: unverified, it opens every account.",
        shown: "The token endpoint gave an access token for such an assertion.",
        fix: "Verify the signature with the keys of the named issuer, which must be one that you trust, and then iss, sub, aud, exp and jti.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let own = evidence.asserting()?;
    if !own.client.allows(GrantType::JwtBearer) {
        return Ok(Judgement::not_applicable("no client registers for the JWT bearer grant"));
    }
    let mut bracket = Bracket::new("400 invalid_grant");
    probe.step("control");
    let good = assertion(probe, evidence, own, &json!({}))?;
    let outcome = granted(probe, evidence, own, &good).await?;
    if let Outcome::Refused(how) = &outcome {
        let why = format!("a client cannot vouch for itself here: {how}");
        return Ok(Judgement::not_applicable(why));
    }
    bracket.control("an assertion that the client signed", outcome);
    probe.step("probe");
    for (what, forged) in forged(probe, evidence, own)? {
        bracket.probe(what, granted(probe, evidence, own, &forged).await?);
    }
    Ok(bracket.judge())
}

async fn granted(
    probe: &Probe,
    evidence: &Evidence,
    own: &Asserting,
    assertion: &Secret,
) -> Result<Outcome, Trouble> {
    let scope = evidence.machine_scope(&own.client);
    let params = Params::of([
        ("grant_type", GrantType::JwtBearer.as_str()),
        ("assertion", assertion.expose()),
        ("scope", &scope),
    ]);
    let credentials = Some(&own.client.credentials);
    evidence.token_effect(probe, &own.client, credentials, &params).await
}

fn assertion(
    probe: &Probe,
    evidence: &Evidence,
    own: &Asserting,
    changes: &Value,
) -> Result<Secret, Trouble> {
    let (id, now) = (own.client.id(), probe.now().secs());
    let mut claims = json!({
        "iss": id,
        "sub": id,
        "aud": evidence.issuer,
        "iat": now,
        "exp": now.saturating_add(60),
        "jti": probe.random()?.expose(),
    });
    if let (Some(claims), Some(changes)) = (claims.as_object_mut(), changes.as_object()) {
        claims.extend(changes.clone());
    }
    Ok(own.key.sign("JWT", &claims)?)
}

fn forged(
    probe: &Probe,
    evidence: &Evidence,
    own: &Asserting,
) -> Result<Vec<(&'static str, Secret)>, Trouble> {
    let made = |changes: &Value| assertion(probe, evidence, own, changes);
    let apart = || {
        let genuine = Genuine::of(&made(&json!({}))?);
        genuine.ok_or_else(|| Trouble::Basis("the assertion cannot be taken apart".to_owned()))
    };
    let stranger = SigningKey::generate(Algorithm::Es256)?;
    let jti = probe.random()?;
    let past = probe.now().secs().saturating_sub(120);
    Ok(vec![
        ("alg none", apart()?.unsigned("none")),
        ("no signature", apart()?.without_signature()),
        ("an old signature", apart()?.with_claim("jti", jti.expose()).with_old_signature()),
        ("another key", apart()?.signed_by(&stranger)?),
        ("another server", made(&json!({ "aud": "https://as.audit.example" }))?),
        ("expired", made(&json!({ "iat": past.saturating_sub(60), "exp": past }))?),
    ])
}
