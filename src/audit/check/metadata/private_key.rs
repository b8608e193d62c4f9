//! The key set is public (RFC 7517 §9.2).

use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static JWKS_PRIVATE_KEY: Check = Check {
    id: "jwks-private-key",
    group: Group::Metadata,
    title: "The published key set has private or symmetric keys",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 7517 §9.2", "RFC 7518 §6.2.2", "RFC 7518 §6.3.2"],
    text: Text {
        does: "Looks for private and symmetric members in every published key.",
        why: "Whoever reads the document signs tokens for any user.",
        shown: "A key has a member that only its owner may know.",
        fix: "Publish the public members only, replace the keys, and treat every token that they signed as forged.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_set(evidence)) }),
};

fn judge_set(evidence: &Evidence) -> Judgement {
    match &evidence.jwks.json {
        Some(set) => judge(set),
        None => Judgement::not_applicable("there is no key set"),
    }
}

/// RFC 7518 §6.2.2, §6.3.2, §6.4.1: everything that is not for the public.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

fn judge(set: &Map<String, Value>) -> Judgement {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(Value::as_object);
    let mut found = Vec::new();
    for (at, key) in keys.enumerate() {
        let members: Vec<_> = PRIVATE.iter().filter(|name| key.contains_key(**name)).collect();
        if !members.is_empty() {
            let names: Vec<_> = members.into_iter().copied().collect();
            found.push(format!("key {} has {}", at + 1, names.join(", ")));
        }
    }
    let got = if found.is_empty() { "public members only".to_owned() } else { found.join("; ") };
    Judgement::read(found.is_empty(), "public members only", got)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn private_and_symmetric_members_are_found_and_never_repeated() {
        let verdict = |key: Value| {
            let judgement = judge(json!({ "keys": [key] }).as_object().unwrap());
            assert!(!judgement.got.contains("s3cret"));
            judgement.verdict
        };
        assert_eq!(verdict(json!({ "kty": "EC", "x": "a", "y": "b" })), Verdict::Pass);
        assert_eq!(verdict(json!({ "kty": "EC", "d": "s3cret" })), Verdict::Fail);
        assert_eq!(verdict(json!({ "kty": "oct", "k": "s3cret" })), Verdict::Fail);
    }
}
