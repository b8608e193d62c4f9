//! Places that no script of another site should read: the authorization endpoint, and the pages of
//! a session (RFC 9700 §2.6).

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderName, Method};

use super::super::{Check, Text};
use super::{ATTACKER, of};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, PageKind, Probe, Request, Trouble};

pub(in crate::audit::check) static CORS_AUTHORIZE: Check = of(
    (
        "cors-authorize",
        "The authorization endpoint answers scripts of other sites",
        Severity::Medium,
    ),
    &[Need::PublicClient],
    &["RFC 9700 §2.6"],
    Text {
        does: "Asks the authorization endpoint as a script of another site would: a request and a preflight with a foreign Origin.",
        why: "The endpoint is for browsers that are sent there: a script that reads its answers learns of the user's session and may read codes.",
        shown: "The answer has Access-Control-Allow-Origin for the foreign site or for everybody.",
        fix: "Send no CORS headers from the authorization endpoint.",
    },
    |probe, evidence| Box::pin(authorize(probe, evidence)),
);

pub(in crate::audit::check) static CORS_PRIVATE_NETWORK: Check = of(
    (
        "cors-private-network",
        "Public sites may call the server in a private network",
        Severity::Low,
    ),
    &[Need::PublicClient],
    &["OWASP ASVS 5.0 3.5.2"],
    Text {
        does: "Sends a preflight with Access-Control-Request-Private-Network to the token endpoint and the authorization endpoint.",
        why: "A server that is reached from inside alone is opened to every page that somebody inside visits.",
        shown: "The answer says Access-Control-Allow-Private-Network: true.",
        fix: "Do not answer private-network preflights, or for known origins only.",
    },
    |probe, evidence| Box::pin(private_network(probe, evidence)),
);

pub(in crate::audit::check) static CORS_SESSION_PAGES: Check = of(
    (
        "cors-session-pages",
        "Scripts of other sites may read login, consent or logout",
        Severity::High,
    ),
    &[Need::PublicClient, Need::User],
    &["RFC 9700 §2.6", "OWASP ASVS 5.0 3.4.2"],
    Text {
        does: "Asks for the login page and the consent page of a good flow, and for the logout page, with a foreign Origin.",
        why: "A script that reads the page has the token of its form, and can log out or consent in the user's name.",
        shown: "The answer has Access-Control-Allow-Origin for the foreign site or for everybody.",
        fix: "Send no CORS headers with pages that belong to a session.",
    },
    |probe, evidence| Box::pin(session_pages(probe, evidence)),
);

const EXPECTED: &str = "no Access-Control-Allow-Origin";

async fn authorize(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let url = asking.behind(&evidence.endpoints.authorization);
    try_all(probe, evidence, &[url]).await
}

async fn session_pages(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let visits = evidence.controls.public.iter().flat_map(|control| &control.visits);
    let pages = visits
        .filter(|visit| matches!(visit.answer.page(), Some(PageKind::Login | PageKind::Question)));
    let mut urls: Vec<String> = pages.map(|visit| visit.url.clone()).collect();
    urls.dedup();
    if urls.is_empty() {
        return Ok(Judgement::not_applicable("no page was shown in the flow"));
    }
    let logout = &evidence.endpoints.end_session;
    urls.extend(Some(logout.clone()).filter(|url| !url.is_empty()));
    try_all(probe, evidence, &urls).await
}

async fn try_all(
    probe: &Probe,
    evidence: &Evidence,
    urls: &[String],
) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new(EXPECTED);
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for url in urls {
        let place = url.split('?').next().unwrap_or_default();
        let preflight =
            Request::new(Method::OPTIONS, url).header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
        for request in [Request::get(url), preflight] {
            let kind = request.method.clone();
            let answer = probe.send(request.header(ORIGIN, ATTACKER)).await?;
            bracket.probe(format!("{kind} {place}"), judge(&answer));
        }
    }
    Ok(bracket.judge())
}

fn judge(answer: &Answer) -> Outcome {
    let admitted = answer.header("access-control-allow-origin").map(str::trim);
    match admitted {
        Some(origin @ ("*" | ATTACKER)) => Outcome::Accepted(format!("{origin} is admitted")),
        Some(_) | None if answer.status() >= 500 || answer.status() == 429 => {
            Outcome::Unclear(answer.summary())
        }
        Some(_) | None => Outcome::Refused(format!("{}, not admitted", answer.status())),
    }
}

async fn private_network(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("no Access-Control-Allow-Private-Network");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for url in [&evidence.endpoints.token, &evidence.endpoints.authorization] {
        let request = Request::new(Method::OPTIONS, url)
            .header(ORIGIN, ATTACKER)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(HeaderName::from_static("access-control-request-private-network"), "true");
        let answer = probe.send(request).await?;
        let admitted = answer.header("access-control-allow-private-network") == Some("true");
        let said = answer.summary();
        let outcome = match answer.status() {
            _ if admitted => Outcome::Accepted(said),
            429 | 500..=599 => Outcome::Unclear(said),
            _ => Outcome::Refused(said),
        };
        bracket.probe(format!("preflight of {url}"), outcome);
    }
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn everybody_and_the_attacker_are_the_ones_that_count() {
        let with = |origin| judge(&answer_of(200, &[("access-control-allow-origin", origin)], ""));
        assert!(with("*").is_accepted() && with(ATTACKER).is_accepted());
        assert!(matches!(with("https://app.example"), Outcome::Refused(_)));
        assert!(matches!(judge(&answer_of(405, &[], "")), Outcome::Refused(_)));
        assert!(matches!(judge(&answer_of(503, &[], "")), Outcome::Unclear(_)));
    }
}
