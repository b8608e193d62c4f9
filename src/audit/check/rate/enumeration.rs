//! A failed login does not tell whether the name exists (OWASP ASVS 5.0 6.3.8).

use super::super::{Check, Text};
use super::of;
use crate::audit::evidence::{Evidence, User};
use crate::audit::finding::{Judgement, Need, Severity};
use crate::audit::probe::{Answer, Probe, Session, Step, Trouble};

pub(in crate::audit::check) static USER_ENUMERATION: Check = of(
    ("user-enumeration", "A failed login tells whether the user exists", Severity::Medium),
    &[Need::PublicClient, Need::User],
    &["OWASP ASVS 5.0 6.3.8"],
    Text {
        does: "Logs in with a wrong password, once under a name that exists and once under one that does not, and compares status, type and words of the answers.",
        why: "A list of names that exist is half of what a guesser needs, and worth something by itself.",
        shown: "The answers differ in more than the name and hidden values.",
        fix: "Answer both cases with the same page, the same status and the same work.",
    },
    |probe, evidence| Box::pin(run(probe, evidence)),
);

const EXPECTED: &str = "the same answer for both names";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(known) = evidence.users.last() else {
        return Ok(Judgement::not_applicable("there is no user"));
    };
    let client = evidence.public()?;
    let mut told = Vec::new();
    let nobody = format!("nobody-{}", probe.random()?.expose().get(..8).unwrap_or("x"));
    for (step, name) in [("control", &known.name), ("probe", &nobody)] {
        probe.step(step);
        let user = User { name: name.clone(), password: probe.random()? };
        let mut session = Session::of(&user).watched();
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        let visits = session.into_visits();
        let Some(visit) = visits.into_iter().find(|visit| visit.step == Step::LoggedIn) else {
            return Ok(Judgement::not_applicable("nobody is asked for a password"));
        };
        if authorized.code().is_some() {
            return Ok(Judgement::inconclusive(EXPECTED, "a wrong password was accepted"));
        }
        told.push((name.clone(), visit.answer));
    }
    let [(known, exists), (nobody, none)] = &told[..] else {
        return Ok(Judgement::inconclusive(EXPECTED, "there are no two answers"));
    };
    Ok(judge((exists, known), (none, nobody)))
}

fn judge(exists: (&Answer, &str), none: (&Answer, &str)) -> Judgement {
    let limited = |answer: &Answer| answer.status() == 429 || answer.status() >= 500;
    if limited(exists.0) || limited(none.0) {
        let said = format!("{} and {}", exists.0.status(), none.0.status());
        return Judgement::inconclusive(EXPECTED, said);
    }
    let (first, second) = (told(exists), told(none));
    let got = if first == second {
        EXPECTED.to_owned()
    } else {
        format!("where the name exists: {first}; where it does not: {second}")
    };
    Judgement::read(first == second, EXPECTED, got)
}

/// What a person or a program sees of an answer, without the name and without hidden values.
fn told((answer, name): (&Answer, &str)) -> String {
    let kind = answer.media_type().unwrap_or_default();
    let place = answer.location().map(|to| to.split(['?', '#']).next().unwrap_or_default());
    let words = words(&answer.text()).replace(name, "…");
    let short: String = words.chars().take(MAX_WORDS).collect();
    format!("{} {kind} {} {short}", answer.status(), place.unwrap_or_default())
}

const MAX_WORDS: usize = 600;

/// The text between the tags.
fn words(html: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    fn verdict(first: (u16, &str), second: (u16, &str)) -> Verdict {
        let html = [("content-type", "text/html")];
        let (one, other) =
            (answer_of(first.0, &html, first.1), answer_of(second.0, &html, second.1));
        judge((&one, "alice"), (&other, "nobody")).verdict
    }

    #[test]
    fn answers_differ_by_words_and_status_but_not_by_name_and_hidden_values() {
        let page = |name: &str, csrf: &str, words: &str| {
            format!("<p>{words}, {name}</p><input type=hidden value='{csrf}'>")
        };
        let (one, other) = (page("alice", "1", "wrong"), page("nobody", "22", "wrong"));
        assert_eq!(verdict((200, &one), (200, &other)), Verdict::Pass);
        assert_eq!(verdict((200, &one), (401, &other)), Verdict::Fail);
        let telling = page("nobody", "1", "no such user");
        assert_eq!(verdict((200, &one), (200, &telling)), Verdict::Fail);
        assert_eq!(verdict((429, &one), (200, &other)), Verdict::Inconclusive);
    }
}
