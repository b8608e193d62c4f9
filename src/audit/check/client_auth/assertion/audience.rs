//! For whom an assertion is (RFC 7523 §3, RFC 9126 §2, RFC 9700 §2.1).

use serde_json::json;

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, NEEDS, REFUSAL, SHOWN};
use crate::audit::evidence::{Evidence, Profile};
use crate::audit::finding::{Confidence, Judgement, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static ASSERTION_AUD_WRONG: Check = Check {
    id: "assertion-aud-wrong",
    group: Group::ClientAuthentication,
    title: "A client assertion for another server is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7523 §3"],
    text: Text {
        does: "Authenticates with assertions whose audience is another server, and that have none.",
        why: "A client talks to many servers with one key: each of them could send its assertions on, and act as the client elsewhere.",
        shown: SHOWN,
        fix: "Refuse every assertion whose aud is not the issuer identifier of this server.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(wrong(probe, evidence)),
};

pub(in crate::audit::check) static ASSERTION_AUD_NOT_ISSUER: Check = Check {
    id: "assertion-aud-not-issuer",
    group: Group::ClientAuthentication,
    title: "An endpoint's URL or a list is accepted as the audience of a client assertion",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["draft-ietf-oauth-rfc7523bis", "FAPI 2.0 Security Profile §5.3.2.1"],
    text: Text {
        does: "Authenticates with assertions for the URL of the token endpoint, for a list of the issuer and another server, and for a list of the issuer alone. Under the profiles bcp and mcp it does not run: RFC 9126 §2 has servers accept the endpoints' URLs.",
        why: "A malicious server can name the endpoint of another one as its own: the client then makes assertions that are good there. The issuer identifier is the one value that the client checks.",
        shown: SHOWN,
        fix: "Accept the issuer identifier as the one string in aud, and nothing else.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(not_issuer(probe, evidence)),
};

async fn wrong(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let forged = vec![
        ("another server", assertions.with(&json!({ "aud": "https://as.audit.example" }))?),
        ("no audience", assertions.with(&json!({ "aud": null }))?),
        (
            "a list of another server",
            assertions.with(&json!({ "aud": ["https://as.audit.example"] }))?,
        ),
    ];
    assertions.judged(REFUSAL, forged).await
}

async fn not_issuer(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    if matches!(evidence.profile, Profile::Bcp | Profile::Mcp) {
        let why = "RFC 9126 §2 has servers accept more than the issuer identifier";
        return Ok(Judgement::not_applicable(why));
    }
    let assertions = Assertions::of(probe, evidence)?;
    let (issuer, token) = (&evidence.issuer, &evidence.endpoints.token);
    let forged = vec![
        ("the token endpoint", assertions.with(&json!({ "aud": token }))?),
        (
            "a list of the issuer and another server",
            assertions.with(&json!({ "aud": [issuer, "https://as.audit.example"] }))?,
        ),
        ("a list of the issuer", assertions.with(&json!({ "aud": [issuer] }))?),
    ];
    assertions.judged(REFUSAL, forged).await
}
