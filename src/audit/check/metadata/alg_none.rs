//! The algorithm none is not offered (RFC 8725 §3.2).

use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_ALG_NONE: Check = Check {
    id: "metadata-alg-none",
    group: Group::Metadata,
    title: "The metadata offers the signature algorithm none",
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[],
    references: &["RFC 8725 §3.2"],
    text: Text {
        does: "Looks for none in every list of signature algorithms of both metadata documents.",
        why: "What is signed with none is not signed: anybody can make it.",
        shown: "A list of algorithms contains none.",
        fix: "Remove none from the list, and refuse it where tokens and request objects are read.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_both(evidence)) }),
};

fn judge_both(evidence: &Evidence) -> Judgement {
    let documents = [&evidence.oauth.json, &evidence.openid.json];
    let there: Vec<_> = documents.into_iter().flatten().collect();
    if there.is_empty() {
        return Judgement::not_applicable("there is no metadata document");
    }
    judge(&there)
}

fn judge(documents: &[&Map<String, Value>]) -> Judgement {
    let offers = |(name, value): &(&String, &Value)| {
        let has = |one: &Value| one.as_str().is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
        name.ends_with("_alg_values_supported")
            && value.as_array().is_some_and(|list| list.iter().any(has))
    };
    let members = documents.iter().flat_map(|document| document.iter());
    let mut found: Vec<_> = members.filter(offers).map(|(name, _)| name.as_str()).collect();
    found.dedup();
    let got = if found.is_empty() { "none nowhere".to_owned() } else { found.join(", ") };
    Judgement::read(found.is_empty(), "no list with none", got)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn none_is_found_in_lists_of_algorithms_only() {
        let verdict = |value: Value| judge(&[value.as_object().unwrap()]).verdict;
        let algorithms =
            json!({ "request_object_signing_alg_values_supported": ["RS256", "none"] });
        assert_eq!(verdict(algorithms), Verdict::Fail);
        let methods = json!({ "token_endpoint_auth_methods_supported": ["none"] });
        assert_eq!(verdict(methods), Verdict::Pass);
    }
}
