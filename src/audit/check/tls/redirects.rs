//! How a browser is sent on after it sent a password (RFC 9700 §4.12).

use super::super::{Check, Running, Text};
use super::row::row;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Judgement, Need, Severity};
use crate::audit::probe::{Probe, Step, Visit};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];

pub(in crate::audit::check) static REDIRECT_307: Check = row(
    ("redirect-307", "A form with a password is redirected with its content", Severity::High),
    NEEDS,
    &["RFC 9700 §4.12"],
    Text {
        does: "Looks at the status with which the login form and the consent form of a good flow are answered.",
        why: "With 307 and 308 the browser sends the form again to where it is redirected: the password ends up at the client.",
        shown: "The answer to one of the forms is a redirect with 307 or 308.",
        fix: "Redirect with 303 after every form.",
    },
    |probe, evidence| run(probe, evidence, &[307, 308], "a redirect that forgets the form"),
);

pub(in crate::audit::check) static REDIRECT_NOT_303: Check = row(
    (
        "redirect-not-303",
        "A form with a password is redirected with another status than 303",
        Severity::Info,
    ),
    NEEDS,
    &["RFC 9700 §4.12"],
    Text {
        does: "Looks at the status with which the login form and the consent form of a good flow are answered.",
        why: "303 alone says clearly that the next request is a GET; what 301 and 302 do with a form is left to the browser.",
        shown: "The answer to one of the forms is a redirect with 301 or 302.",
        fix: "Redirect with 303 after every form.",
    },
    |probe, evidence| run(probe, evidence, &[301, 302], "a redirect with 303"),
);

fn run<'a>(
    probe: &'a Probe,
    evidence: &'a Evidence,
    bad: &'static [u16],
    expected: &'static str,
) -> Running<'a> {
    Box::pin(async move {
        let Some(control) = &evidence.controls.public else {
            return Ok(Judgement::inconclusive(expected, "there is no good flow"));
        };
        for (visit, exchange) in control.visits.iter().zip(&control.exchanges) {
            if is_form(visit) {
                probe.recall(exchange.clone());
            }
        }
        Ok(judge(&control.visits, bad, expected))
    })
}

fn judge(visits: &[Visit], bad: &[u16], expected: &str) -> Judgement {
    let forms = visits.iter().filter(|visit| is_form(visit));
    let redirects: Vec<_> = forms.filter(|visit| visit.answer.location().is_some()).collect();
    if redirects.is_empty() {
        return Judgement::not_applicable("no form was answered with a redirect");
    }
    let told = |visit: &&Visit| format!("{:?}: {}", visit.step, visit.answer.status());
    let got: Vec<_> = redirects.iter().map(told).collect();
    let sound = !redirects.iter().any(|visit| bad.contains(&visit.answer.status()));
    Judgement::read(sound, expected, got.join("; "))
}

const fn is_form(visit: &Visit) -> bool {
    matches!(visit.step, Step::LoggedIn | Step::Consented)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    fn visit(step: Step, status: u16) -> Visit {
        let answer = answer_of(status, &[("location", "/next")], "");
        Visit { step, url: "https://a/login".to_owned(), answer }
    }

    #[test]
    fn only_answers_to_forms_count() {
        let verdict = |visits: &[Visit]| judge(visits, &[307, 308], "").verdict;
        let (opened, right) = (visit(Step::Opened, 307), visit(Step::LoggedIn, 303));
        assert_eq!(verdict(&[]), Verdict::NotApplicable);
        assert_eq!(verdict(std::slice::from_ref(&opened)), Verdict::NotApplicable);
        assert_eq!(verdict(&[opened, right.clone()]), Verdict::Pass);
        assert_eq!(verdict(&[right, visit(Step::Consented, 308)]), Verdict::Fail);
        assert_eq!(verdict(&[visit(Step::LoggedIn, 302)]), Verdict::Pass);
    }
}
