//! What an API says of itself (RFC 9728 §2, §3.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Api, Document, Evidence};
use crate::audit::finding::{Confidence, Judgement, Need, Severity};

pub(in crate::audit::check) static PRM_AS_MISMATCH: Check = Check {
    id: "prm-as-mismatch",
    group: Group::Metadata,
    title: "An API names an authorization server that is not its issuer",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Api],
    references: &["RFC 9728 §2", "RFC 8414 §3.3"],
    text: Text {
        does: "Looks for the issuer, byte for byte, in authorization_servers of each API.",
        why: "Clients find the server through this document: another spelling, or another server, sends users astray.",
        shown: "A document does not list the issuer, or lists servers without TLS.",
        fix: "List the exact issuer string of each authorization server whose tokens the API accepts.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(each(evidence, "the issuer", servers)) }),
};

pub(in crate::audit::check) static PRM_RESOURCE_MISMATCH: Check = Check {
    id: "prm-resource-mismatch",
    group: Group::Metadata,
    title: "An API's metadata names another resource than the one that was asked",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Api],
    references: &["RFC 9728 §3.3"],
    text: Text {
        does: "Compares resource in the metadata of each API, byte for byte, with the API's identifier.",
        why: "Clients must not use such metadata; those that do ask for tokens for another API.",
        shown: "A document has another resource.",
        fix: "Serve one document for each API, at the path that RFC 9728 section 3.1 gives it, with exactly its identifier.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(each(evidence, "the API's identifier", resource)) }),
};

/// What is wrong with one document, if anything.
type Fault = fn(&Evidence, &Api, &Document) -> Option<String>;

fn each(evidence: &Evidence, expected: &str, fault: Fault) -> Judgement {
    let pairs = evidence.apis.iter().zip(&evidence.api_documents);
    let there: Vec<_> = pairs.filter(|(_, document)| document.is_there()).collect();
    if there.is_empty() {
        return Judgement::not_applicable("no API has a metadata document");
    }
    let faults: Vec<_> =
        there.iter().filter_map(|(api, document)| fault(evidence, api, document)).collect();
    let got = if faults.is_empty() { expected.to_owned() } else { faults.join("; ") };
    Judgement::read(faults.is_empty(), expected, got)
}

fn resource(_: &Evidence, api: &Api, document: &Document) -> Option<String> {
    let named = document.text("resource").unwrap_or("nothing");
    (named != api.url).then(|| format!("{} names {named}", document.url))
}

fn servers(evidence: &Evidence, _: &Api, document: &Document) -> Option<String> {
    let servers = document.list("authorization_servers");
    let insecure =
        |server: &&&str| server.starts_with("http:") && !evidence.issuer.starts_with("http:");
    if let Some(server) = servers.iter().find(insecure) {
        return Some(format!("{} names {server}, without TLS", document.url));
    }
    let lists = servers.contains(&evidence.issuer.as_str());
    (!lists).then(|| format!("{} names {}", document.url, servers.join(", ")))
}
