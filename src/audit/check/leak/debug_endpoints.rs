//! Paths that are for developers and operators, and stand open too often.

use url::Url;

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};

pub(in crate::audit::check) static DEBUG_ENDPOINTS: Check = of(
    (
        "debug-endpoints",
        "Paths for developers or operators are open to everybody",
        Severity::Medium,
    ),
    &[],
    &["OWASP ASVS 5.0 13.4.1", "OWASP ASVS 5.0 13.4.2", "OWASP ASVS 5.0 13.4.5"],
    Text {
        does: "Asks for a short list of well-known paths: version control, environment, metrics, profiles, consoles, API descriptions.",
        why: "They hold source code, settings with secrets, or the means to change the server.",
        shown: "A path answered with content of its own, unlike a path that cannot exist.",
        fix: "Serve such paths on another address, behind authentication, or not at all.",
    },
    |probe, evidence| Box::pin(run(probe, evidence)),
);

/// A path, and words of which one shows that the answer is what the path promises.
const PATHS: &[(&str, &[&str])] = &[
    ("/.env", &["="]),
    ("/.git/HEAD", &["ref: refs/"]),
    ("/.svn/entries", &["dir", "svn"]),
    ("/actuator", &["_links"]),
    ("/actuator/env", &["propertySources"]),
    ("/admin", &["<form", "admin"]),
    ("/console", &["console", "<form"]),
    ("/debug/pprof/", &["goroutine", "heap"]),
    ("/debug/vars", &["cmdline", "memstats"]),
    ("/metrics", &["# HELP", "# TYPE"]),
    ("/openapi.json", &["openapi", "swagger"]),
    ("/phpinfo.php", &["PHP Version"]),
    ("/server-status", &["Server uptime", "Apache"]),
    ("/swagger-ui/index.html", &["swagger"]),
    ("/swagger.json", &["swagger", "openapi"]),
];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Ok(issuer) = Url::parse(&evidence.issuer) else {
        return Ok(Judgement::inconclusive("nothing there", "the issuer is no URL"));
    };
    let origin = issuer.origin().ascii_serialization();
    let nowhere = probe.send(Request::get(format!("{origin}/audit-path-of-nobody"))).await?;
    let mut bracket = Bracket::new("nothing there");
    let answers = if nowhere.status() < 500 && nowhere.status() != 429 {
        Outcome::Accepted(format!("answered with {}", nowhere.status()))
    } else {
        Outcome::Unclear(nowhere.summary())
    };
    bracket.control("a path that cannot exist", answers);
    probe.step("probe");
    for (path, words) in PATHS {
        let answer = probe.send(Request::get(format!("{origin}{path}"))).await?;
        bracket.probe(*path, judge(&nowhere, &answer, words));
    }
    Ok(bracket.judge())
}

/// Accepted when the path is there. A server that answers everything with the same page has none.
fn judge(nowhere: &Answer, answer: &Answer, words: &[&str]) -> Outcome {
    let said = answer.status().to_string();
    match answer.status() {
        429 | 500..=599 => Outcome::Unclear(said),
        200..=299 if answer.text() == nowhere.text() => {
            Outcome::Refused(format!("{said}, as everywhere"))
        }
        200..=299 => {
            let text = answer.text().to_ascii_lowercase();
            match words.iter().find(|word| text.contains(&word.to_ascii_lowercase())) {
                Some(word) => Outcome::Accepted(format!("{said} with {word}")),
                None => Outcome::Refused(format!("{said} with something else")),
            }
        }
        _ => Outcome::Refused(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_path_is_there_when_it_says_what_it_promises() {
        let nowhere = answer_of(200, &[], "<html>app for heap and goroutine");
        let outcome = |status, body: &str| {
            judge(&nowhere, &answer_of(status, &[], body), &["goroutine", "heap"])
        };
        assert!(outcome(200, "Goroutine 12").is_accepted());
        assert!(!outcome(200, "<html>app for heap and goroutine").is_accepted());
        assert!(!outcome(200, "hello").is_accepted() && !outcome(404, "heap").is_accepted());
        assert!(!outcome(302, "heap").is_accepted());
        assert!(matches!(outcome(500, "heap"), Outcome::Unclear(_)));
    }
}
