//! An issuer is an https URL without query and fragment (RFC 8414 §2).

use url::{Host, Url};

use super::super::{Check, Group, Seeded, Text};
use super::documents;
use crate::audit::evidence::Document;
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static METADATA_ISSUER_FORM: Check = Check {
    id: "metadata-issuer-form",
    group: Group::Metadata,
    title: "The issuer is not a plain https URL",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    references: &["RFC 8414 §2"],
    text: Text {
        does: "Reads issuer in both metadata documents: its scheme, and whether it has a query or a fragment.",
        why: "Clients compare issuers byte for byte and build the metadata URL from them: a query or a fragment gives them room to disagree, and http lets anybody answer.",
        shown: "issuer is no URL, not https (off loopback), or has a query or a fragment.",
        fix: "Choose an https URL without query and fragment as issuer, and use that string everywhere.",
    },
    dominates: &["metadata-issuer-mismatch"],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(async { Ok(judge(&documents(evidence))) }),
};

fn judge(documents: &[&Document]) -> Judgement {
    if documents.is_empty() {
        return Judgement::not_applicable("there is no metadata document");
    }
    let issuers = documents.iter().map(|document| document.text("issuer").unwrap_or_default());
    let faults: Vec<_> =
        issuers.filter_map(|issuer| Some(format!("{issuer}: {}", fault(issuer)?))).collect();
    let got = if faults.is_empty() { "a plain URL".to_owned() } else { faults.join("; ") };
    Judgement::read(faults.is_empty(), "https, without query and fragment", got)
}

fn fault(issuer: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(issuer) else { return Some("no URL") };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if here => {}
        _ => return Some("not https"),
    }
    // An empty one is one as well, and a parsed URL does not show it.
    if issuer.contains('?') {
        Some("a query")
    } else if issuer.contains('#') {
        Some("a fragment")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_be_no_plain_url_is_told() {
        for (issuer, expected) in [
            ("https://a", None),
            ("https://a/tenant/", None),
            ("http://127.0.0.1:9443", None),
            ("http://a", Some("not https")),
            ("ftp://a", Some("not https")),
            ("a", Some("no URL")),
            ("", Some("no URL")),
            ("https://a?v=1", Some("a query")),
            ("https://a?", Some("a query")),
            ("https://a/#x", Some("a fragment")),
        ] {
            assert_eq!(fault(issuer), expected, "{issuer}");
        }
    }
}
