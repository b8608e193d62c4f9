//! Tokens that are bound to a key (RFC 9449 §5, §6.1, §7.1, §7.2): whether they are, and whether that
//! means something at the API.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, is_bound};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble, for_itself};
use crate::protocol::jose::SigningKey;

const NEEDS: &[Need] = &[Need::PublicClient, Need::User, Need::Api];
const NOT_OFFERED: &str = "the server does not offer DPoP";

pub(in crate::audit::check) static DPOP_BEARER_DOWNGRADE: Check = Check {
    id: "dpop-bearer-downgrade",
    group: Group::Dpop,
    title: "A token that is bound to a key is accepted as a bearer token",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9449 §7.2"],
    text: Text {
        does: "Calls the API with a bound token under the scheme Bearer, without a proof and with one.",
        why: "A thief of the token leaves the proof out, and the binding protects nobody.",
        shown: "The API served the request.",
        fix: "Refuse a token that has cnf.jkt under any scheme but DPoP, and without a proof of that key.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(downgraded(probe, evidence)),
};

pub(in crate::audit::check) static DPOP_KEY_MISMATCH: Check = Check {
    id: "dpop-key-mismatch",
    group: Group::Dpop,
    title: "A token that is bound to one key is accepted with the proof of another",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9449 §7.1", "RFC 9449 §6.1"],
    text: Text {
        does: "Calls the API with a bound token and a good proof of another key.",
        why: "A thief of the token makes a key, proves to hold it, and is served.",
        shown: "The API served the request.",
        fix: "Compare the thumbprint of the proof's key with cnf.jkt of the token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(mismatched(probe, evidence)),
};

pub(in crate::audit::check) static DPOP_SILENT_BEARER: Check = Check {
    id: "dpop-silent-bearer",
    group: Group::Dpop,
    title: "A DPoP proof at the token endpoint is ignored",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 9449 §5", "RFC 9449 §6.1"],
    text: Text {
        does: "Sends a good proof with a token request, and looks whether the token is bound to its key.",
        why: "The client believes that its token is of no use to others, and it is a bearer token.",
        shown: "token_type is Bearer, or the token does not have the thumbprint of the key in cnf.",
        fix: "Bind the token to the key of the proof: token_type DPoP, and cnf.jkt in the token or in its introspection.",
    },
    dominates: &[
        "dpop-alg",
        "dpop-htm-htu",
        "dpop-iat",
        "dpop-jti-replay",
        "dpop-multiple",
        "dpop-private-jwk",
        "dpop-signature",
        "dpop-typ",
    ],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(silent(probe, evidence)),
};

async fn downgraded(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    if evidence.proof_algorithm().is_none() {
        return Ok(Judgement::not_applicable(NOT_OFFERED));
    }
    let (api, bound) = (evidence.api()?, evidence.bound(probe).await?);
    let mut bracket = Bracket::new("401 invalid_token");
    probe.step("control");
    let answer = probe.call_proven(api, bound.token(), &bound.key).await?;
    bracket.control("the token with a proof of its key", answer.access_outcome());
    probe.step("probe");
    let answer = probe.call(api, Some(bound.token())).await?;
    bracket.probe("the token as a bearer token", answer.access_outcome());
    Ok(bracket.judge())
}

async fn mismatched(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(algorithm) = evidence.proof_algorithm() else {
        return Ok(Judgement::not_applicable(NOT_OFFERED));
    };
    let (api, bound) = (evidence.api()?, evidence.bound(probe).await?);
    let mut bracket = Bracket::new("401 invalid_token or invalid_dpop_proof");
    probe.step("control");
    let answer = probe.call_proven(api, bound.token(), &bound.key).await?;
    bracket.control("a proof of its own key", answer.access_outcome());
    probe.step("probe");
    let stranger = probe.proof_key(algorithm)?;
    let answer = probe.call_proven(api, bound.token(), &stranger).await?;
    bracket.probe("a proof of another key", answer.access_outcome());
    Ok(bracket.judge())
}

async fn silent(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(algorithm) = evidence.proof_algorithm() else {
        return Ok(Judgement::not_applicable(NOT_OFFERED));
    };
    let client = evidence.machine()?;
    let params = for_itself(&evidence.machine_scope(client));
    let key = probe.proof_key(algorithm)?;
    let prove = |request: &Request| Ok(vec![probe.proof(&key, request, None)?]);
    let credentials = Some(&client.credentials);
    let answer = probe.token_with_proofs(&evidence.endpoints, credentials, &params, prove).await?;
    Ok(judge(&answer, &key))
}

fn judge(answer: &Answer, key: &SigningKey) -> Judgement {
    const EXPECTED: &str = "token_type DPoP, and a token that names the key";
    let Some(tokens) = answer.tokens() else {
        return Judgement::inconclusive(EXPECTED, format!("no token: {}", answer.summary()));
    };
    let bound = is_bound(&tokens, key);
    let got = if bound {
        EXPECTED.to_owned()
    } else {
        format!("token_type {}, and no token of this key", tokens.token_type)
    };
    Judgement::read(bound, EXPECTED, got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;
    use crate::protocol::Algorithm;

    #[test]
    fn a_bearer_token_for_a_proof_is_a_failure_and_no_token_says_nothing() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let verdict = |status, kind: &str| {
            let body = format!(r#"{{"access_token":"opaque","token_type":"{kind}"}}"#);
            judge(&answer_of(status, &[], &body), &key).verdict
        };
        assert_eq!(verdict(200, "DPoP"), Verdict::Pass);
        assert_eq!(verdict(200, "Bearer"), Verdict::Fail);
        assert_eq!(verdict(400, "DPoP"), Verdict::Inconclusive);
    }
}
