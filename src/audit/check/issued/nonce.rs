//! The nonce of the request comes back in the ID token (OpenID Connect Core §3.1.2.1, §3.1.3.7).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::Grant;
use crate::protocol::forge::Genuine;

pub(in crate::audit::check) static NONCE_DROPPED: Check = Check {
    id: "nonce-dropped",
    group: Group::Issued,
    title: "ID tokens do not carry the nonce of the request",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["OpenID Connect Core §3.1.2.1", "OpenID Connect Core §3.1.3.7"],
    text: Text {
        does: "Compares the nonce of a request with the nonce of the ID token that it led to.",
        why: "The nonce ties an ID token to the client's own request: without it a token of another login can be slipped in.",
        shown: "The ID token has no nonce, or another one.",
        fix: "Keep nonce with the code, and put it unchanged into the ID token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_control(evidence)) }),
};

fn judge_control(evidence: &Evidence) -> Judgement {
    let control = evidence.controls.public.as_ref().and_then(|control| control.grant.as_ref());
    match control {
        Some(grant) => judge(grant),
        None => Judgement::inconclusive(EXPECTED, "there is no good flow"),
    }
}

const EXPECTED: &str = "the nonce of the request";

fn judge(grant: &Grant) -> Judgement {
    let (Some(id_token), Some(nonce)) = (&grant.tokens.id_token, &grant.nonce) else {
        return Judgement::not_applicable("no ID token is issued");
    };
    let Some(token) = Genuine::of(id_token) else {
        return Judgement::inconclusive(EXPECTED, "the ID token cannot be read");
    };
    let got = match token.claim("nonce") {
        Some(same) if same == nonce => EXPECTED,
        Some(_) => "another nonce",
        None => "no nonce",
    };
    Judgement::read(got == EXPECTED, EXPECTED, got)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::finding::Verdict;
    use crate::protocol::jose::SigningKey;
    use crate::protocol::{Algorithm, Secret, TokenResponse};

    #[test]
    fn only_the_same_nonce_will_do() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let verdict = |claims: serde_json::Value| {
            let tokens = TokenResponse {
                access_token: Secret::new("t"),
                token_type: "Bearer".to_owned(),
                id_token: Some(key.sign("JWT", &claims).unwrap()),
                ..TokenResponse::default()
            };
            judge(&Grant { tokens, nonce: Some("n".to_owned()) }).verdict
        };
        assert_eq!(verdict(json!({ "nonce": "n" })), Verdict::Pass);
        assert_eq!(verdict(json!({ "nonce": "m" })), Verdict::Fail);
        assert_eq!(verdict(json!({})), Verdict::Fail);
    }
}
