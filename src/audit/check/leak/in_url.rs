//! Tokens stay out of URLs, and the code stands in one of them only (RFC 9700 §4.3).

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Judgement, Need, Severity};
use crate::audit::probe::{Probe, Visit};

pub(in crate::audit::check) static TOKEN_IN_URL: Check = of(
    ("token-in-url", "A token or a code stands in a URL where none belongs", Severity::High),
    &[Need::PublicClient, Need::User],
    &["RFC 9700 §4.3", "OWASP ASVS 5.0 14.2.1"],
    Text {
        does: "Reads every redirect, link and form of a good code flow, and looks for tokens in their URLs, and for codes before the last redirect.",
        why: "URLs end up in histories, logs and Referer headers, where others read them.",
        shown: "A URL has a parameter with a token, or a code that is not for the client.",
        fix: "Hand out tokens in the body of the token response alone, and the code in the one redirect to the client.",
    },
    |probe, evidence| Box::pin(async move { Ok(run(probe, evidence)) }),
);

const TOKENS: &[&str] = &["access_token", "id_token", "refresh_token", "client_secret", "password"];
const EXPECTED: &str = "no token in any URL, and the code in the last one alone";

fn run(probe: &Probe, evidence: &Evidence) -> Judgement {
    let Some(control) = &evidence.controls.public else {
        return Judgement::inconclusive(EXPECTED, "there is no good flow");
    };
    for (_, exchange) in control.visits.iter().zip(&control.exchanges) {
        probe.recall(exchange.clone());
    }
    if control.grant.is_none() {
        return Judgement::inconclusive(EXPECTED, control.outcome.to_string());
    }
    judge(&control.visits)
}

fn judge(visits: &[Visit]) -> Judgement {
    let mut found = Vec::new();
    let mut read = 0;
    for (at, visit) in visits.iter().enumerate() {
        let is_last = at + 1 == visits.len();
        let location = visit.answer.location().map(str::to_owned);
        let (links, redirect) = (visit.answer.urls().into_iter().map(|(_, url)| url), location);
        for (url, may_have_code) in
            links.map(|url| (url, false)).chain(redirect.map(|url| (url, is_last)))
        {
            read += 1;
            let place = url.split(['?', '#']).next().unwrap_or_default().to_owned();
            let names = parameters(&url);
            let bad = |name: &&String| {
                TOKENS.contains(&name.as_str()) || (name.as_str() == "code" && !may_have_code)
            };
            found
                .extend(names.iter().filter(bad).map(|name| format!("{name} in a URL to {place}")));
        }
    }
    if read == 0 {
        return Judgement::inconclusive(EXPECTED, "the flow had no URL to read");
    }
    let got = if found.is_empty() { format!("{read} URLs were read") } else { found.join("; ") };
    Judgement::read(found.is_empty(), EXPECTED, got)
}

/// The names of the parameters that have a value, of query and fragment.
fn parameters(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once(['?', '#']) else { return Vec::new() };
    let parts = rest.split(['?', '#']);
    let pairs = parts.flat_map(|part| url::form_urlencoded::parse(part.as_bytes()));
    pairs.filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::{Step, answer_of};

    fn sent(location: &str) -> Visit {
        let answer = answer_of(303, &[("location", location)], "");
        Visit { step: Step::Followed, url: "https://a/x".to_owned(), answer }
    }

    #[test]
    fn a_code_belongs_into_the_last_url_and_a_token_into_none() {
        let verdict = |urls: &[&str]| {
            let visits: Vec<_> = urls.iter().map(|url| sent(url)).collect();
            judge(&visits).verdict
        };
        assert_eq!(
            verdict(&["/login?interaction=x", "https://c/cb?code=y&state=z"]),
            Verdict::Pass
        );
        assert_eq!(verdict(&["/login?code=y", "https://c/cb?code=y"]), Verdict::Fail);
        assert_eq!(verdict(&["https://c/cb?code=y&access_token=t"]), Verdict::Fail);
        assert_eq!(verdict(&["https://c/cb?code=y#id_token=t"]), Verdict::Fail);
        assert_eq!(verdict(&["https://c/cb?code=y&access_token="]), Verdict::Pass);
        assert_eq!(verdict(&[]), Verdict::Inconclusive);
    }

    #[test]
    fn links_of_pages_count_as_well() {
        let html = "<a href='/account?access_token=t'>x</a>";
        let answer = answer_of(200, &[("content-type", "text/html")], html);
        let page = Visit { step: Step::Followed, url: "https://a/x".to_owned(), answer };
        assert_eq!(judge(&[page, sent("https://c/cb?code=y")]).verdict, Verdict::Fail);
    }
}
