//! A JWT that was made for something else (RFC 8725 §3.11, §3.12).

use serde_json::json;

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, Forged, NEEDS, REFUSAL, SHOWN};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static ASSERTION_CROSS_JWT: Check = Check {
    id: "assertion-cross-jwt",
    group: Group::ClientAuthentication,
    title: "A JWT of another kind works as a client assertion",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8725 §3.11", "RFC 8725 §3.12"],
    text: Text {
        does: "Authenticates with JWTs that the client's key signed and whose typ says that they are a DPoP proof, a request object, an access token or a logout token; and with the tokens that this server issued.",
        why: "Request objects and proofs travel through browsers and to APIs: whoever sees one could be the client.",
        shown: SHOWN,
        fix: "Refuse a client assertion whose typ is that of another kind of JWT; make your own with typ client-authentication+jwt.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const KINDS: &[(&str, &str)] = &[
    ("a DPoP proof", "dpop+jwt"),
    ("a request object", "oauth-authz-req+jwt"),
    ("an access token", "at+jwt"),
    ("a logout token", "logout+jwt"),
];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let mut forged = Forged::new();
    for &(what, typ) in KINDS {
        forged.push((what, assertions.typed(typ, &json!({}))?));
    }
    let issued = evidence.controls.confidential.as_ref().and_then(|control| control.grant.as_ref());
    if let Some(tokens) = issued.map(|grant| &grant.tokens) {
        forged.push(("an access token of this server", tokens.access_token.clone()));
        forged.extend(tokens.id_token.clone().map(|token| ("an ID token of this server", token)));
    }
    assertions.judged(REFUSAL, forged).await
}
