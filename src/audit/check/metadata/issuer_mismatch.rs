//! The metadata names the issuer that was asked (RFC 8414 §3.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Document, Evidence};
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_ISSUER_MISMATCH: Check = Check {
    id: "metadata-issuer-mismatch",
    group: Group::Metadata,
    title: "The metadata names another issuer than the one that was asked",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §3.3"],
    text: Text {
        does: "Compares issuer in both metadata documents, byte for byte, with the issuer that is audited.",
        why: "Clients must not use such metadata; those that do can be sent to another server's endpoints.",
        shown: "A document has another issuer; a slash at the end counts.",
        fix: "Write one issuer string into the configuration, and use exactly that string everywhere.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge_both(evidence)) }),
};

fn judge_both(evidence: &Evidence) -> Judgement {
    judge(&evidence.issuer, &[&evidence.oauth, &evidence.openid])
}

fn judge(issuer: &str, documents: &[&Document]) -> Judgement {
    let there: Vec<_> = documents.iter().filter(|document| document.is_there()).collect();
    if there.is_empty() {
        return Judgement::not_applicable("there is no metadata document");
    }
    let named = |document: &Document| document.text("issuer").unwrap_or("nothing").to_owned();
    let wrong: Vec<_> = there
        .iter()
        .filter(|document| document.text("issuer") != Some(issuer))
        .map(|document| format!("{} names {}", document.url, named(document)))
        .collect();
    let got = if wrong.is_empty() { issuer.to_owned() } else { wrong.join("; ") };
    Judgement::read(wrong.is_empty(), issuer, got)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::evidence::document_of;
    use crate::audit::finding::Verdict;

    #[test]
    fn a_slash_at_the_end_counts() {
        let right = document_of(&json!({ "issuer": "https://a" }));
        let slash = document_of(&json!({ "issuer": "https://a/" }));
        let verdict = |documents: &[&Document]| judge("https://a", documents).verdict;
        assert_eq!(verdict(&[&right, &Document::default()]), Verdict::Pass);
        assert_eq!(verdict(&[&right, &slash]), Verdict::Fail);
        assert_eq!(verdict(&[&document_of(&json!({}))]), Verdict::Fail);
        assert_eq!(verdict(&[&Document::default()]), Verdict::NotApplicable);
    }
}
