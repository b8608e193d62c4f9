//! Folders do not list their files.

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Request, Trouble};
use url::Url;

pub(in crate::audit::check) static DIRECTORY_LISTING: Check = of(
    ("directory-listing", "A folder of the server lists its files", Severity::Low),
    &[],
    &["OWASP ASVS 5.0 13.4.3"],
    Text {
        does: "Asks for the usual folders of static files.",
        why: "A list shows files that nobody was meant to find: backups, sources, other versions.",
        shown: "The answer is a list of files.",
        fix: "Switch off directory listings in the web server.",
    },
    |probe, evidence| Box::pin(run(probe, evidence)),
);

const FOLDERS: &[&str] = &["/assets/", "/css/", "/files/", "/images/", "/js/", "/static/"];
const SIGNS: &[&str] =
    &["<title>index of", "<h1>index of", "directory listing for", "[to parent directory]"];

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Ok(issuer) = Url::parse(&evidence.issuer) else {
        return Ok(Judgement::inconclusive("no list of files", "the issuer is no URL"));
    };
    let origin = issuer.origin().ascii_serialization();
    let mut bracket = Bracket::new("no list of files");
    let start = probe.send(Request::get(format!("{origin}/"))).await?;
    let answers = if start.status() < 500 && start.status() != 429 {
        Outcome::Accepted(format!("answered with {}", start.status()))
    } else {
        Outcome::Unclear(start.summary())
    };
    bracket.control("the root", answers);
    probe.step("probe");
    for folder in FOLDERS {
        let answer = probe.send(Request::get(format!("{origin}{folder}"))).await?;
        bracket.probe(*folder, judge(&answer));
    }
    Ok(bracket.judge())
}

fn judge(answer: &Answer) -> Outcome {
    let text = answer.text().to_ascii_lowercase();
    let said = answer.status().to_string();
    match answer.status() {
        200..=299 if SIGNS.iter().any(|sign| text.contains(sign)) => {
            Outcome::Accepted(format!("{said} with a list of files"))
        }
        429 | 500..=599 => Outcome::Unclear(said),
        _ => Outcome::Refused(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn a_list_is_known_by_its_heading() {
        let listing = answer_of(200, &[], "<html><title>Index of /static/</title>");
        assert!(judge(&listing).is_accepted());
        assert!(!judge(&answer_of(200, &[], "<title>Login</title>")).is_accepted());
        assert!(!judge(&answer_of(403, &[], "<title>Index of /</title>")).is_accepted());
    }
}
