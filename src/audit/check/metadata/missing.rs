//! There is a metadata document (RFC 8414 §3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Document, Evidence};
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_MISSING: Check = Check {
    id: "metadata-missing",
    group: Group::Metadata,
    title: "The server publishes no metadata",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 9700 §2.6", "RFC 8414 §3"],
    text: Text {
        does: "Asks for the metadata at both well-known places, that of RFC 8414 and that of OpenID Connect Discovery.",
        why: "Without metadata clients are configured by hand: they keep old endpoints and keys, and cannot learn which protections there are.",
        shown: "Neither place answered with a JSON object.",
        fix: "Publish a metadata document at /.well-known/oauth-authorization-server.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "an audit learns the endpoints from the metadata: without it no other check could be shown to stay quiet",
    ),
    run: |_, evidence| Box::pin(async { Ok(judge_both(evidence)) }),
};

fn judge_both(evidence: &Evidence) -> Judgement {
    judge(&[&evidence.oauth, &evidence.openid])
}

fn judge(places: &[&Document]) -> Judgement {
    const EXPECTED: &str = "a JSON object at one of the well-known places";
    let said: Vec<_> = places.iter().map(|document| told(document)).collect();
    let there = places.iter().any(|document| document.is_there());
    if !there && places.iter().all(|document| !document.has_spoken()) {
        return Judgement::inconclusive(EXPECTED, said.join("; "));
    }
    Judgement::read(there, EXPECTED, said.join("; "))
}

fn told(document: &Document) -> String {
    let said = match document.status {
        Some(status) if document.is_there() => format!("{status} with a document"),
        Some(status) => format!("{status} without a document"),
        None => "no answer".to_owned(),
    };
    format!("{}: {said}", document.url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::evidence::document_of;
    use crate::audit::finding::Verdict;

    #[test]
    fn one_document_is_enough_and_faults_say_nothing() {
        let there = document_of(&json!({}));
        let gone = |status| Document { status, json: None, ..document_of(&json!({})) };
        let verdict = |one: &Document, other: &Document| judge(&[one, other]).verdict;
        assert_eq!(verdict(&gone(Some(404)), &there), Verdict::Pass);
        assert_eq!(verdict(&gone(Some(404)), &gone(Some(200))), Verdict::Fail);
        assert_eq!(verdict(&gone(Some(404)), &gone(Some(503))), Verdict::Fail);
        assert_eq!(verdict(&gone(Some(429)), &gone(Some(503))), Verdict::Inconclusive);
        assert_eq!(verdict(&gone(None), &gone(None)), Verdict::Inconclusive);
    }
}
