//! Attributes of the cookies that a login sets (RFC 6265 §4.1.2, §8.3, §8.6).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];
const DOES: &str =
    "Logs a user in, consents, and reads every Set-Cookie whose value could be a secret.";

pub(in crate::audit::check) static COOKIE_SECURE: Check = Check {
    id: "cookie-secure",
    group: Group::Session,
    title: "A session cookie is sent over plain HTTP as well",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.3.1", "RFC 6265 §4.1.2.5"],
    text: Text {
        does: DOES,
        why: "One request to the same host over plain HTTP, which anybody can provoke, shows the cookie to everyone on the way.",
        shown: "A cookie of the login came over HTTPS without Secure.",
        fix: "Set Secure on every cookie of the login.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence, Wanted::Secure)),
};

pub(in crate::audit::check) static COOKIE_HTTPONLY: Check = Check {
    id: "cookie-httponly",
    group: Group::Session,
    title: "A session cookie can be read by scripts",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.3.4", "RFC 6265 §4.1.2.6"],
    text: Text {
        does: DOES,
        why: "A script that somebody brings into any page of the host takes the session along.",
        shown: "A cookie of the login came without HttpOnly.",
        fix: "Set HttpOnly on every cookie of the login.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence, Wanted::HttpOnly)),
};

pub(in crate::audit::check) static COOKIE_SAMESITE: Check = Check {
    id: "cookie-samesite",
    group: Group::Session,
    title: "A session cookie goes along with requests of other sites",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.3.2"],
    text: Text {
        does: DOES,
        why: "Forms of other sites are then sent in the user's session, and the token in the form is all that is left between them and a consent.",
        shown: "A cookie of the login came without SameSite, or with SameSite=None.",
        fix: "Set SameSite=Lax or Strict on every cookie of the login; None only where another site must frame the page.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence, Wanted::SameSite)),
};

pub(in crate::audit::check) static COOKIE_SCOPE: Check = Check {
    id: "cookie-scope",
    group: Group::Session,
    title: "A session cookie is shared with other hosts, or can be planted by them",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.3.3", "RFC 6265 §4.1.2.3", "RFC 6265 §8.6"],
    text: Text {
        does: DOES,
        why: "A neighbour below the same domain reads a cookie with Domain, and sets one over a cookie without the __Host- prefix.",
        shown: "A cookie of the login has a Domain, or a name without __Host-.",
        fix: "Leave Domain out, set Path=/ and Secure, and begin the name with __Host-.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence, Wanted::HostOnly)),
};

/// What a cookie should have.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Secure,
    HttpOnly,
    SameSite,
    HostOnly,
}

/// A shorter value is a language or a choice of colours.
const SECRET: usize = 16;

async fn run(probe: &Probe, evidence: &Evidence, wanted: Wanted) -> Result<Judgement, Trouble> {
    let over_tls = evidence.issuer.starts_with("https:");
    if !over_tls && matches!(wanted, Wanted::Secure | Wanted::HostOnly) {
        return Ok(Judgement::not_applicable("the issuer is not reached over HTTPS"));
    }
    let (client, mut session) = (evidence.public()?, evidence.session()?);
    let scope = evidence.reading_scope(client);
    probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    let cookies: Vec<&str> =
        session.set_cookies().iter().map(crate::protocol::Secret::expose).collect();
    Ok(judge(&cookies, wanted))
}

fn judge(cookies: &[&str], wanted: Wanted) -> Judgement {
    let cookies: Vec<Cookie<'_>> = cookies.iter().filter_map(|text| Cookie::of(text)).collect();
    if cookies.is_empty() {
        return Judgement::not_applicable("the login sets no cookie that could be a secret");
    }
    let without: Vec<_> = cookies.iter().filter(|cookie| !cookie.has(wanted)).collect();
    let named = |cookies: &[&Cookie<'_>]| {
        let mut names: Vec<_> = cookies.iter().map(|cookie| cookie.name).collect();
        names.dedup();
        names.join(", ")
    };
    let got = if without.is_empty() {
        format!("each has it: {}", named(&cookies.iter().collect::<Vec<_>>()))
    } else {
        format!("not so: {}", named(&without))
    };
    Judgement::read(without.is_empty(), wanted.in_words(), got)
}

struct Cookie<'t> {
    name: &'t str,
    attributes: Vec<(String, &'t str)>,
}

impl<'t> Cookie<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes = parts.map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim())
        });
        let attributes = attributes.collect();
        (value.len() >= SECRET).then_some(Self { name: name.trim(), attributes })
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    fn has(&self, wanted: Wanted) -> bool {
        let says = |value: &str, word: &str| value.eq_ignore_ascii_case(word);
        match wanted {
            Wanted::Secure => self.attribute("secure").is_some(),
            Wanted::HttpOnly => self.attribute("httponly").is_some(),
            Wanted::SameSite => self
                .attribute("samesite")
                .is_some_and(|value| says(value, "lax") || says(value, "strict")),
            Wanted::HostOnly => {
                self.attribute("domain").is_none() && self.name.starts_with("__Host-")
            }
        }
    }
}

impl Wanted {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Secure => "Secure on every cookie of the login",
            Self::HttpOnly => "HttpOnly on every cookie of the login",
            Self::SameSite => "SameSite=Lax or Strict on every cookie of the login",
            Self::HostOnly => "the __Host- prefix and no Domain on every cookie of the login",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    const GOOD: &str =
        "__Host-s=0123456789abcdef; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=9";

    #[test]
    fn each_attribute_is_looked_for_at_each_cookie() {
        for (left_out, wanted) in [
            ("; Secure", Wanted::Secure),
            ("; HttpOnly", Wanted::HttpOnly),
            ("; SameSite=Lax", Wanted::SameSite),
            ("__Host-", Wanted::HostOnly),
        ] {
            assert_eq!(judge(&[GOOD], wanted).verdict, Verdict::Pass);
            let bad = GOOD.replace(left_out, "");
            let judgement = judge(&[GOOD, &bad], wanted);
            assert_eq!(judgement.verdict, Verdict::Fail, "{wanted:?}");
            assert!(!judgement.got.contains("0123"), "no value is told");
        }
        for bad in [GOOD.replace("Lax", "None"), GOOD.replace("Path", "Domain=a.example; Path")] {
            let fails = |wanted| judge(&[&bad], wanted).verdict == Verdict::Fail;
            assert!(fails(Wanted::SameSite) || fails(Wanted::HostOnly), "{bad}");
        }
        assert_eq!(judge(&["lang=en"], Wanted::Secure).verdict, Verdict::NotApplicable);
    }
}
