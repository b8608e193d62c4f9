//! Variants of the registered redirect URI: one row, one shape of a foreign URI.

use url::Url;

use super::super::{Check, Group, Running, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];
pub(super) const SHOWN: &str =
    "The browser was sent to a place that is not the registered URI, with a code or an error.";
pub(super) const FIX: &str = "Compare the requested redirect_uri with the registered ones as strings, byte for byte; only the port of a loopback URI may differ. Show an error page otherwise, and redirect nowhere.";

/// One row.
pub(super) const fn row(
    (id, title): (&'static str, &'static str),
    severity: Severity,
    (does, why): (&'static str, &'static str),
    run: super::super::Run,
) -> Check {
    Check {
        id,
        group: Group::RedirectUri,
        title,
        severity,
        confidence: Confidence::High,
        needs: NEEDS,
        references: &["RFC 9700 §2.1", "RFC 9700 §4.1.3"],
        text: Text { does, why, shown: SHOWN, fix: FIX },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(in crate::audit::check) static REDIRECT_FOREIGN_HOST: Check = row(
    ("redirect-foreign-host", "A redirect URI on another host is accepted"),
    Severity::Critical,
    (
        "Asks with the registered path on a host that nobody registered.",
        "Whoever sends a user such a link receives the user's code.",
    ),
    |probe, evidence| run(probe, evidence, foreign_host),
);

pub(in crate::audit::check) static REDIRECT_PATH_APPEND: Check = row(
    ("redirect-path-append", "A redirect URI that only begins like the registered one is accepted"),
    Severity::High,
    (
        "Asks with letters and path segments appended to the registered URI.",
        "Any page below the registered path that leaks its address, or redirects on, gives the code away.",
    ),
    |probe, evidence| run(probe, evidence, path_append),
);

pub(in crate::audit::check) static REDIRECT_PATH_TRAVERSAL: Check = row(
    ("redirect-path-traversal", "Dot segments lead away from the registered redirect URI"),
    Severity::High,
    (
        "Asks with dot segments in the path: plain, percent-encoded, and in the spellings of common proxies.",
        "Server and browser disagree on where such a URI leads: the code goes to another page of the host.",
    ),
    |probe, evidence| run(probe, evidence, path_traversal),
);

pub(in crate::audit::check) static REDIRECT_PORT: Check = row(
    ("redirect-port", "Another port of a host that is not loopback is accepted"),
    Severity::High,
    (
        "Asks with another port of the registered host.",
        "Another program on that host, of another owner, receives the code. Ports may differ on loopback only (RFC 8252 section 7.3).",
    ),
    |probe, evidence| run(probe, evidence, port),
);

pub(in crate::audit::check) static REDIRECT_SUBDOMAIN: Check = row(
    ("redirect-subdomain", "A subdomain of the registered host is accepted"),
    Severity::High,
    (
        "Asks with a name below the registered host.",
        "One forgotten or taken-over subdomain is enough to receive codes.",
    ),
    |probe, evidence| run(probe, evidence, subdomain),
);

pub(in crate::audit::check) static REDIRECT_SUFFIX_HOST: Check = row(
    ("redirect-suffix-host", "A foreign host that begins like the registered one is accepted"),
    Severity::Critical,
    (
        "Asks with foreign hosts whose names begin with the registered host.",
        "Anybody can own such a name: the code goes to them.",
    ),
    |probe, evidence| run(probe, evidence, suffix_host),
);

fn foreign_host(registered: &Url) -> Vec<String> {
    vec![format!("https://attacker.example{}", registered.path())]
}

fn path_append(registered: &Url) -> Vec<String> {
    ["/x", "x", "/"].iter().map(|suffix| format!("{registered}{suffix}")).collect()
}

fn path_traversal(registered: &Url) -> Vec<String> {
    let origin = registered.origin().ascii_serialization();
    let path = registered.path();
    vec![
        format!("{origin}/x/..{path}"),
        format!("{origin}/x/%2e%2e{path}"),
        format!("{registered}/../x"),
        format!("{registered}/%2e%2e/x"),
        format!("{registered}/..%2fx"),
        format!("{registered}/..;/x"),
        format!("{registered}/%252e%252e/x"),
    ]
}

fn port(registered: &Url) -> Vec<String> {
    vec![with_authority(registered, &format!("{}:8443", host(registered)))]
}

fn subdomain(registered: &Url) -> Vec<String> {
    vec![with_authority(registered, &format!("attacker.{}", host(registered)))]
}

fn suffix_host(registered: &Url) -> Vec<String> {
    ["attacker.example", ".attacker.example"]
        .iter()
        .map(|suffix| with_authority(registered, &format!("{}{suffix}", host(registered))))
        .collect()
}

pub(super) fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn with_authority(url: &Url, authority: &str) -> String {
    format!("{}://{authority}{}", url.scheme(), url.path())
}

pub(super) fn run<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    variants: fn(&Url) -> Vec<String>,
) -> Running<'a> {
    Box::pin(ask(probe, evidence, variants))
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    variants: fn(&Url) -> Vec<String>,
) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    // On loopback the port is free, and there are no subdomains to take over.
    let Some(registered) = Url::parse(&client.redirect_uri).ok().filter(|u| u.scheme() == "https")
    else {
        return Ok(Judgement::not_applicable("the client has no https redirect URI"));
    };
    let mut bracket = Bracket::new("an error page, and no redirect");
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    for variant in variants(&registered) {
        let mut session = evidence.session()?;
        let pkce = probe.pkce()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
        let asking = asking.with("redirect_uri", &variant);
        let authorized = probe.authorize(at, &mut session, &asking).await?;
        let outcome = authorized.honoured(&client.redirect_uri, &variant);
        bracket.probe(variant, outcome);
    }
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_from_the_registered_uri() {
        let registered = "https://app.example/cb";
        let url = Url::parse(registered).unwrap();
        for variants in [foreign_host, path_append, path_traversal, port, subdomain, suffix_host] {
            for variant in variants(&url) {
                assert_ne!(variant, registered);
                assert!(Url::parse(&variant).is_ok(), "{variant}");
            }
        }
        assert_eq!(port(&url), ["https://app.example:8443/cb"]);
        assert_eq!(subdomain(&url), ["https://attacker.app.example/cb"]);
    }
}
