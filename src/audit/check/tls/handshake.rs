//! Handshakes that a server must refuse (BCP 195), and its certificate.

use std::collections::BTreeSet;

use url::Url;

use super::super::{Check, Running, Text};
use super::row::row;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Outcome, Severity};
use crate::audit::probe::{Greeting, Hello, Probe, Request, Trouble};

pub(in crate::audit::check) static TLS_CERTIFICATE: Check = Check {
    seeded: super::super::Seeded::Otherwise(
        "an audit of a server whose certificate does not verify ends before its first check, with that as its error",
    ),
    ..row(
        ("tls-certificate", "A certificate does not verify", Severity::High),
        &[],
        &["RFC 6749 §3.2", "OWASP ASVS 5.0 12.2.2"],
        Text {
            does: "Connects to the host of every endpoint and API, and verifies the certificate: chain, name and dates.",
            why: "A client that does not verify talks to whoever sits between; one that does cannot work.",
            shown: "A connection ended with a fault of the certificate.",
            fix: "Renew the certificate, with every name in it that the metadata uses.",
        },
        |probe, evidence| Box::pin(certificates(probe, evidence)),
    )
};

pub(in crate::audit::check) static TLS_OLD_VERSION: Check = row(
    ("tls-old-version", "Versions of TLS before 1.2 are accepted", Severity::High),
    &[],
    &["RFC 8996 §4", "OWASP ASVS 5.0 12.1.1"],
    Text {
        does: "Says hello with TLS 1.0 and with TLS 1.1.",
        why: "These versions rest on MD5 and SHA-1, and have known attacks.",
        shown: "The server answered the hello instead of refusing it.",
        fix: "Switch off everything before TLS 1.2.",
    },
    |probe, evidence| greet_all(probe, evidence, OLD),
);

pub(in crate::audit::check) static TLS_WEAK_CIPHER: Check = row(
    ("tls-weak-cipher", "Weak cipher suites are accepted", Severity::Medium),
    &[],
    &["RFC 9325 §4.1", "OWASP ASVS 5.0 12.1.2"],
    Text {
        does: "Says hello with TLS 1.2 and cipher suites with RSA key transport, RC4, 3DES or no encryption alone.",
        why: "Without forward secrecy a stolen key opens all that was recorded, and old ciphers open by themselves.",
        shown: "The server answered the hello instead of refusing it.",
        fix: "Offer suites with ECDHE and an AEAD alone.",
    },
    |probe, evidence| greet_all(probe, evidence, WEAK),
);

/// What clients of that time offered.
const OF_OLD: &[u16] = &[0xc014, 0xc013, 0xc00a, 0xc009, 0x0035, 0x002f, 0x000a];
const OLD: &[(&str, Hello)] = &[
    ("TLS 1.0", Hello { version: 0x0301, suites: OF_OLD }),
    ("TLS 1.1", Hello { version: 0x0302, suites: OF_OLD }),
];
const WEAK: &[(&str, Hello)] = &[
    (
        "RSA key transport",
        Hello { version: 0x0303, suites: &[0x009d, 0x009c, 0x003c, 0x0035, 0x002f] },
    ),
    ("3DES", Hello { version: 0x0303, suites: &[0x000a, 0xc012, 0xc008] }),
    ("RC4", Hello { version: 0x0303, suites: &[0x0005, 0x0004, 0xc011, 0xc007] }),
    ("no encryption", Hello { version: 0x0303, suites: &[0x0001, 0x0002, 0x003b, 0xc010, 0xc006] }),
];
const REFUSED: &str = "an alert, or the end of the connection";

fn greet_all<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    hellos: &'static [(&'static str, Hello)],
) -> Running<'a> {
    Box::pin(async move {
        if !evidence.issuer.starts_with("https://") {
            return Ok(Judgement::not_applicable("the server has no TLS"));
        }
        let mut bracket = Bracket::new(REFUSED);
        // That the audit got this far is a handshake that went well.
        let read = evidence.oauth.status.or(evidence.openid.status);
        let control = match read {
            Some(_) => Outcome::Accepted("the audit's own".to_owned()),
            None => Outcome::Unclear("nothing was read over TLS".to_owned()),
        };
        bracket.control("a handshake of today", control);
        probe.step("probe");
        for (what, hello) in hellos {
            let outcome = match probe.greet(&evidence.issuer, *hello).await {
                Ok(greeting) => judge(&greeting, *hello),
                Err(trouble @ Trouble::Budget(_)) => return Err(trouble),
                Err(trouble) => Outcome::Unclear(trouble.to_string()),
            };
            bracket.probe(*what, outcome);
        }
        Ok(bracket.judge())
    })
}

/// Accepted when the server goes on with what was offered.
fn judge(greeting: &Greeting, hello: Hello) -> Outcome {
    match greeting {
        Greeting::Hello(version) if *version <= hello.version => {
            Outcome::Accepted(format!("the server goes on with {version:#06x}"))
        }
        Greeting::Hello(version) => Outcome::Unclear(format!("it answers with {version:#06x}")),
        Greeting::Alert(number) => Outcome::Refused(format!("alert {number}")),
        Greeting::Silence => Outcome::Refused("the connection was closed".to_owned()),
        Greeting::Unreadable => Outcome::Unclear("the answer is no TLS".to_owned()),
    }
}

async fn certificates(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    const EXPECTED: &str = "certificates that verify";
    let at = &evidence.endpoints;
    let endpoints = [&evidence.issuer, &at.authorization, &at.token, &at.userinfo, &at.pushed];
    let apis = evidence.apis.iter().map(|api| &api.url);
    let origin = |url: &String| {
        let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
        Some(url.origin().ascii_serialization())
    };
    let origins: BTreeSet<String> = endpoints.into_iter().chain(apis).filter_map(origin).collect();
    if origins.is_empty() {
        return Ok(Judgement::not_applicable("the server has no TLS"));
    }
    let (mut bad, mut silent) = (Vec::new(), Vec::new());
    for origin in &origins {
        match probe.send(Request::get(format!("{origin}/"))).await {
            Ok(_) => {}
            Err(trouble) if trouble.is_distrust() => bad.push(trouble.to_string()),
            Err(trouble @ Trouble::Budget(_)) => return Err(trouble),
            Err(trouble) => silent.push(trouble.to_string()),
        }
    }
    let got = |found: &[String]| found.join("; ");
    Ok(if !bad.is_empty() {
        Judgement::read(false, EXPECTED, got(&bad))
    } else if silent.is_empty() {
        let all: Vec<_> = origins.into_iter().collect();
        Judgement::read(true, EXPECTED, format!("so at {}", all.join(", ")))
    } else {
        Judgement::inconclusive(EXPECTED, got(&silent))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_goes_on_has_accepted() {
        let hello = OLD[1].1;
        assert!(judge(&Greeting::Hello(0x0302), hello).is_accepted());
        assert!(judge(&Greeting::Hello(0x0301), hello).is_accepted());
        assert!(matches!(judge(&Greeting::Hello(0x0303), hello), Outcome::Unclear(_)));
        assert!(matches!(judge(&Greeting::Alert(70), hello), Outcome::Refused(_)));
        assert!(matches!(judge(&Greeting::Silence, hello), Outcome::Refused(_)));
        assert!(matches!(judge(&Greeting::Unreadable, hello), Outcome::Unclear(_)));
    }
}
