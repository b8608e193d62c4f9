//! Assertions that their client's key did not sign (RFC 7523 §3, RFC 8725 §3.1 to §3.3).

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, Forged, NEEDS, REFUSAL, SHOWN, unsigned};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Algorithm;
use crate::protocol::forge::spellings_of;
use crate::protocol::jose::SigningKey;

const WHY: &str = "A client_id is public: who needs no key for an assertion acts as any client.";

pub(in crate::audit::check) static ASSERTION_ALG_NONE: Check = Check {
    id: "assertion-alg-none",
    group: Group::ClientAuthentication,
    title: "A client assertion without a signature is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8725 §3.2", "RFC 7523 §3"],
    text: Text {
        does: "Authenticates with assertions whose alg is none, in several spellings, with the signature left out or left in.",
        why: WHY,
        shown: SHOWN,
        fix: "Verify with a fixed list of asymmetric algorithms, and compare names of algorithms byte for byte.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(none(probe, evidence)),
};

pub(in crate::audit::check) static ASSERTION_SIGNATURE: Check = Check {
    id: "assertion-signature",
    group: Group::ClientAuthentication,
    title: "A client assertion with a wrong signature is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7523 §3", "RFC 8725 §3.3"],
    text: Text {
        does: "Authenticates with assertions whose claims were changed, whose signature is missing, too short or zero, and that another key signed.",
        why: WHY,
        shown: SHOWN,
        fix: "Verify the signature with the client's registered keys before anything of the assertion is believed.",
    },
    // Whoever does not look at signatures takes any key, also one that the header brings.
    dominates: &["assertion-header-key"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(signature(probe, evidence)),
};

pub(in crate::audit::check) static ASSERTION_ALG_CONFUSION: Check = Check {
    id: "assertion-alg-confusion",
    group: Group::ClientAuthentication,
    title: "A public key counts as the secret of an HMAC in client assertions",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8725 §3.1", "RFC 8725 §2.1"],
    text: Text {
        does: "Authenticates with HS256 assertions, keyed with the client's public key as PEM, as DER, as a JWK and as its bare numbers.",
        why: "A client's public key is known to everybody: with the algorithm of the attacker's choice it becomes the secret.",
        shown: SHOWN,
        fix: "Let the registered method and the type of the key decide the algorithm, never the header of the assertion.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(confusion(probe, evidence)),
};

async fn none(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let genuine = || assertions.genuine();
    let forged = vec![
        ("alg none", genuine()?.unsigned("none")),
        ("alg None", genuine()?.unsigned("None")),
        ("alg nOnE", genuine()?.unsigned("nOnE")),
        ("alg none, the signature left in", genuine()?.unsigned_but_kept("none")),
    ];
    assertions.judged(REFUSAL, forged).await
}

async fn signature(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let genuine = || assertions.genuine();
    let jti = probe.random()?;
    let stranger = SigningKey::generate(Algorithm::Es256).map_err(unsigned)?;
    let forged = vec![
        ("another jti", genuine()?.with_claim("jti", jti.expose()).with_old_signature()),
        ("no signature", genuine()?.without_signature()),
        ("a shorter signature", genuine()?.with_shortened_signature()),
        ("a signature of zeros", genuine()?.with_zero_signature()),
        ("another key", genuine()?.signed_by(&stranger).map_err(unsigned)?),
    ];
    assertions.judged(REFUSAL, forged).await
}

async fn confusion(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let mut forged = Forged::new();
    for spelling in spellings_of(assertions.own.key.jwk()) {
        forged.push(("an HMAC with the public key", assertions.genuine()?.hmac(&spelling)));
    }
    assertions.judged(REFUSAL, forged).await
}
