//! Where a document stands, what type it has, and what it should not say.

use std::net::Ipv4Addr;

use url::Url;

use super::super::{Check, Group, Seeded, Text};
use super::documents;
use crate::audit::evidence::{Evidence, Role};
use crate::audit::finding::{Confidence, Judgement, Severity};
use crate::audit::probe::{Probe, Request, Trouble};

pub(in crate::audit::check) static METADATA_CONTENT_TYPE: Check = Check {
    id: "metadata-content-type",
    group: Group::Metadata,
    title: "The metadata is not served as JSON",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §3.2"],
    text: Text {
        does: "Looks at the Content-Type of both metadata documents and of the key set.",
        why: "Clients that are careful refuse such a document, and a browser may run what stands in it.",
        shown: "The type is neither application/json nor one of its kin.",
        fix: "Serve the documents as application/json.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(content_type(probe, evidence)),
};

pub(in crate::audit::check) static METADATA_INTERNAL_LEAK: Check = Check {
    id: "metadata-internal-leak",
    group: Group::Metadata,
    title: "A published document tells of the inside",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[],
    references: &["OWASP ASVS 5.0 13.4.5", "OWASP ASVS 5.0 14.2.6"],
    text: Text {
        does: "Looks in both metadata documents and in the key set for private addresses, internal names and paths of files.",
        why: "They tell an attacker what stands behind the server, and where to go from there.",
        shown: "A value names a private address or an internal name that is not the issuer's own, or a path of a file.",
        fix: "Publish what clients need, and nothing else.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(internal_leak(evidence)) }),
};

pub(in crate::audit::check) static METADATA_PATH_INSERTION: Check = Check {
    id: "metadata-path-insertion",
    group: Group::Metadata,
    title: "The metadata of an issuer with a path stands at the wrong place",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §3.1"],
    text: Text {
        does: "Asks for the metadata between host and path, as RFC 8414 has it, and behind the path.",
        why: "A client that looks where it should finds nothing, or the document of another issuer at the same host.",
        shown: "The OAuth document stands behind the path alone.",
        fix: "Serve it at /.well-known/oauth-authorization-server followed by the path of the issuer.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "the issuer of a lab has no path, and without one the check has no object",
    ),
    run: |probe, evidence| Box::pin(path_insertion(probe, evidence)),
};

async fn content_type(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    const EXPECTED: &str = "application/json";
    let seen = evidence.seen(probe).await;
    let (mut bad, mut looked) = (Vec::new(), 0);
    for view in seen.of(&[Role::Document]) {
        looked += 1;
        probe_recall(probe, view.exchange.as_ref());
        let kind = view.answer.media_type().unwrap_or_else(|| "no type".to_owned());
        if kind != EXPECTED && !(kind.starts_with("application/") && kind.ends_with("+json")) {
            bad.push(format!("{} is {kind}", view.url));
        }
    }
    if looked == 0 {
        return Ok(Judgement::not_applicable("there is no metadata document"));
    }
    let got = if bad.is_empty() { EXPECTED.to_owned() } else { bad.join("; ") };
    Ok(Judgement::read(bad.is_empty(), EXPECTED, got))
}

fn probe_recall(probe: &Probe, exchange: Option<&crate::audit::probe::Exchange>) {
    if let Some(exchange) = exchange {
        probe.recall(exchange.clone());
    }
}

fn internal_leak(evidence: &Evidence) -> Judgement {
    let own = Url::parse(&evidence.issuer).ok();
    let own = own.as_ref().and_then(Url::host_str).unwrap_or_default();
    let mut all = documents(evidence);
    all.extend(Some(&evidence.jwks).filter(|jwks| jwks.is_there()));
    if all.is_empty() {
        return Judgement::not_applicable("there is no published document");
    }
    let texts =
        all.iter().filter_map(|document| serde_json::to_string(document.json.as_ref()?).ok());
    let mut found: Vec<String> = texts.flat_map(|text| internals(&text, own)).collect();
    found.sort_unstable();
    found.dedup();
    let got = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    Judgement::read(found.is_empty(), "nothing of the inside", got)
}

/// Private addresses, internal names, and paths of files.
fn internals(text: &str, own: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_/".contains(c)));
    let internal = |word: &&str| {
        let word = word.trim_matches('/');
        let host = word.split('/').next().unwrap_or_default();
        let private =
            host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_private() || ip.is_link_local());
        let named =
            [".internal", ".local", ".lan", ".corp", ".svc"].iter().any(|end| host.ends_with(end));
        let file =
            ["etc/", "var/", "home/", "usr/", "opt/"].iter().any(|start| word.starts_with(start));
        host != own && (private || named) || file
    };
    words.filter(internal).map(str::to_owned).collect()
}

const INSERTED: &str = "the document between host and path";

async fn path_insertion(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Ok(issuer) = Url::parse(&evidence.issuer) else {
        return Ok(Judgement::inconclusive("", "the issuer is no URL"));
    };
    if issuer.path().trim_matches('/').is_empty() {
        return Ok(Judgement::not_applicable("the issuer has no path"));
    }
    if evidence.oauth.is_there() {
        return Ok(Judgement::read(true, INSERTED, evidence.oauth.url.clone()));
    }
    let behind = evidence.issuer.trim_end_matches('/');
    let url = format!("{behind}/.well-known/oauth-authorization-server");
    let answer = probe.send(Request::get(&url)).await?;
    let there = answer.is_success() && answer.json::<serde_json::Value>().is_some();
    Ok(if there {
        Judgement::read(false, INSERTED, format!("it stands at {url}"))
    } else {
        Judgement::not_applicable("there is no OAuth metadata document at either place")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_is_known_by_addresses_names_and_paths() {
        let found = |text: &str| !internals(text, "10.1.1.1").is_empty();
        for text in [
            r#"{"x":"http://10.0.0.7/up"}"#,
            r#"{"x":"https://db.prod.internal:5432"}"#,
            r#"{"x":"file:///etc/idp/key.pem"}"#,
            r#"{"x":"192.168.3.4"}"#,
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            r#"{"issuer":"https://10.1.1.1/token"}"#,
            r#"{"issuer":"https://localhost:9443","alg":"ES256"}"#,
            r#"{"x":"https://8.8.8.8/etc"}"#,
            r#"{"n":"u1W_local.x/var"}"#,
        ] {
            assert!(!found(text), "{text}: {:?}", internals(text, "10.1.1.1"));
        }
    }
}
