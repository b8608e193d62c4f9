//! How the login page's form may be sent, and where it leads (RFC 9700 §4.11.2, §4.12).

use http::header::ORIGIN;
use url::Url;

use super::super::{Check, Group, Seeded, Text};
use super::known;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Asks, Authorized, Open, Params, Probe, Request, Session, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];
const ATTACKER: &str = "attacker.example";

pub(in crate::audit::check) static LOGIN_CSRF: Check = Check {
    id: "login-csrf",
    group: Group::Session,
    title: "Another site can send the login form",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 3.5.1", "OWASP WSTG-SESS-05"],
    text: Text {
        does: "Sends name and password without the hidden token of the page, with the Origin and the Sec-Fetch-Site of another site.",
        why: "An attacker logs the victim's browser in as the attacker: what the victim connects and writes from then on is the attacker's.",
        shown: "The browser was logged in.",
        fix: "Tie an unguessable value in the form to the browser, and refuse logins without it.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(csrf(probe, evidence)),
};

pub(in crate::audit::check) static LOGIN_GET: Check = Check {
    id: "login-get",
    group: Group::Session,
    title: "Name and password are taken from the URL",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OWASP ASVS 5.0 14.2.1", "OWASP ASVS 5.0 3.5.3"],
    text: Text {
        does: "Sends the fields of the login form as the query of a GET request.",
        why: "URLs stand in histories, logs and Referer headers, and so do the passwords in them.",
        shown: "The browser was logged in.",
        fix: "Read the login form from the body of POST requests alone.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(by_get(probe, evidence)),
};

pub(in crate::audit::check) static LOGIN_OPEN_REDIRECT: Check = Check {
    id: "login-open-redirect",
    group: Group::Session,
    title: "The login page leads wherever a parameter says",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §4.11.2", "OWASP ASVS 5.0 3.7.2"],
    text: Text {
        does: "Logs in with parameters such as return_to, next and continue in the URL and in the form, that name another site in several spellings.",
        why: "A link to the genuine login page ends on the attacker's page, which looks the same and asks for the password once more.",
        shown: "After the login the browser was sent to the other site.",
        fix: "Keep where to go next on the server, with the request that waits; take no address from the browser.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(redirect(probe, evidence)),
};

pub(in crate::audit::check) static LOGIN_REFLECTS_PASSWORD: Check = Check {
    id: "login-reflects-password",
    group: Group::Session,
    title: "A password that was typed comes back in a page or a URL",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §4.12"],
    text: Text {
        does: "Types a wrong password that stands nowhere else, and looks for it in the answer.",
        why: "Pages are cached, saved and read by extensions; a password in them, or in a URL, leaves the login.",
        shown: "The password stood in the answer.",
        fix: "Show the password field empty, whatever was typed, and pass no field of the form on.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reflects(probe, evidence)),
};

/// A login page in a new browser.
async fn opened(probe: &Probe, evidence: &Evidence) -> Result<(Session, Open), Trouble> {
    opened_by(probe, evidence, evidence.session()?).await
}

async fn opened_by(
    probe: &Probe,
    evidence: &Evidence,
    mut session: Session,
) -> Result<(Session, Open), Trouble> {
    let client = evidence.public()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let open = probe.open_until(&evidence.endpoints, &mut session, (&asking, Asks::Login)).await?;
    Ok((session, open))
}

async fn csrf(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (mut session, open) = opened(probe, evidence).await?;
    let Some(bare) = open.without_tokens() else {
        return Ok(Judgement::not_applicable(
            "the login form holds no token that could be left out",
        ));
    };
    probe.step("probe");
    let request = Request::post_form(&open.action, &bare.pairs());
    let request = request.header(ORIGIN, format!("https://{ATTACKER}"));
    let request =
        request.header(http::HeaderName::from_static("sec-fetch-site"), "cross-site".to_owned());
    probe.go_on(&mut session, request, Asks::Login).await?;
    let mut bracket = Bracket::new("a refusal, and nobody logged in");
    bracket.controls.push(evidence.controls.of_public());
    bracket.probe("the form without its token", known(probe, evidence, session).await?);
    Ok(bracket.judge())
}

async fn by_get(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (mut session, open) = opened(probe, evidence).await?;
    probe.step("probe");
    let request = Request::get(open.fields.behind(&open.action));
    probe.go_on(&mut session, request, Asks::Login).await?;
    let mut bracket = Bracket::new("nobody logged in");
    bracket.controls.push(evidence.controls.of_public());
    bracket.probe("the form as a query", known(probe, evidence, session).await?);
    Ok(bracket.judge())
}

const NAMES: [&str; 11] = [
    "return",
    "return_to",
    "returnTo",
    "returnUrl",
    "next",
    "continue",
    "redirect",
    "redirect_to",
    "url",
    "goto",
    "target",
];

async fn redirect(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("the way of the request, whatever these parameters say");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for to in [
        format!("https://{ATTACKER}/"),
        format!("//{ATTACKER}/"),
        format!("/\\{ATTACKER}/"),
        format!("https:{ATTACKER}/"),
        "javascript:alert(1)//".to_owned(),
    ] {
        let (mut session, open) = opened(probe, evidence).await?;
        let ways = Params::of(NAMES.map(|name| (name, to.as_str())));
        let fields = NAMES.iter().fold(open.fields.clone(), |all, name| all.with(name, &to));
        let request = Open { action: ways.behind(&open.action), ..open }.request(&fields);
        let end = probe.go_on(&mut session, request, Asks::Login).await?;
        bracket.probe(&to, led_away(&end, &evidence.issuer));
    }
    Ok(bracket.judge())
}

/// Whether the browser was sent to the attacker, as a browser reads the address.
fn led_away(end: &Authorized, base: &str) -> Outcome {
    let said = end.summary();
    match end {
        Authorized::Redirected(location) => {
            let read = Url::parse(base).and_then(|base| base.join(location));
            let away = match &read {
                Ok(url) => url.scheme() == "javascript" || url.host_str() == Some(ATTACKER),
                Err(_) => false,
            };
            if away { Outcome::Accepted(said) } else { Outcome::Refused(said) }
        }
        Authorized::Posted { .. } => Outcome::Refused(said),
        Authorized::Shown(answer) if answer.status() < 500 => Outcome::Refused(said),
        Authorized::Shown(_) => Outcome::Unclear(said),
    }
}

async fn reflects(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let canary = probe.random()?;
    let typist = evidence.session()?.with_password(&canary);
    let (mut session, open) = opened_by(probe, evidence, typist).await?;
    probe.step("probe");
    let request = open.request(&open.fields);
    let end = probe.go_on(&mut session, request, Asks::Login).await?;
    let mut bracket = Bracket::new("an answer without the password");
    bracket.controls.push(evidence.controls.of_public());
    let holds = |text: &str| text.contains(canary.expose());
    let (found, seen) = match &end {
        Authorized::Redirected(location) => (holds(location), "a redirect"),
        Authorized::Posted { .. } => (false, "a form that leads away"),
        Authorized::Shown(answer) => (holds(&answer.text()), "a page"),
    };
    let cookies = session.set_cookies().iter().any(|cookie| holds(cookie.expose()));
    let outcome = match (found || cookies, session.pages().is_empty()) {
        (true, _) => Outcome::Accepted(format!("it stands in {seen}")),
        (false, true) => Outcome::Unclear("no page came back".to_owned()),
        (false, false) => Outcome::Refused(format!("{seen} without it")),
    };
    bracket.probe("a wrong password", outcome);
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        let led = |location: &str| {
            led_away(&Authorized::Redirected(location.to_owned()), "https://as.example")
        };
        for away in ["https://attacker.example/", "//attacker.example", "/\\attacker.example/"] {
            assert!(led(away).is_accepted(), "{away}");
        }
        assert!(led("javascript:alert(1)//").is_accepted());
        for home in ["https:attacker.example/", "https://app.example/cb?code=x"] {
            assert!(matches!(led(home), Outcome::Refused(_)), "{home}");
        }
    }
}
