//! A row over what the server shows: which answers it is about, and what is wrong with one.

use super::super::{Check, Group, Run, Seeded, Text};
use crate::audit::evidence::{Evidence, Role, View};
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::Probe;

/// What a row looks at.
pub(super) struct Look {
    /// Which answers; none for all.
    pub(super) roles: &'static [Role],
    /// What a sound server does.
    pub(super) expected: &'static str,
    /// What is wrong with an answer.
    pub(super) fault: fn(&View) -> Option<String>,
}

/// One row.
pub(super) const fn row(
    (id, title, severity): (&'static str, &'static str, Severity),
    needs: &'static [Need],
    references: &'static [&'static str],
    text: Text,
    run: Run,
) -> Check {
    Check {
        id,
        group: Group::Tls,
        title,
        severity,
        confidence: Confidence::High,
        needs,
        references,
        text,
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

/// Looks.
pub(super) async fn judge(probe: &Probe, evidence: &Evidence, look: &Look) -> Judgement {
    let seen = evidence.seen(probe).await;
    let about = |view: &&View| look.roles.is_empty() || look.roles.contains(&view.role);
    let views: Vec<&View> = seen.all().filter(about).collect();
    for view in &views {
        if let Some(exchange) = &view.exchange {
            probe.recall(exchange.clone());
        }
    }
    judge_views(&views, look)
}

/// One faulty answer is a failure; a pass needs an answer to look at.
pub(super) fn judge_views(views: &[&View], look: &Look) -> Judgement {
    if views.is_empty() {
        return Judgement::not_applicable("no such answer was seen");
    }
    let told = |view: &&View| {
        let what = (look.fault)(view)?;
        Some(format!("{} ({}): {what}", view.role.as_str(), view.url))
    };
    let mut faults: Vec<String> = views.iter().filter_map(told).collect();
    faults.dedup();
    if faults.is_empty() {
        let mut roles: Vec<_> = views.iter().map(|view| view.role.as_str()).collect();
        roles.dedup();
        return Judgement::read(true, look.expected, format!("so at {}", roles.join(", ")));
    }
    Judgement::read(false, look.expected, faults.join("; "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    /// An answer of a role with headers.
    pub(crate) fn view(role: Role, headers: &[(&str, &str)], body: &str) -> View {
        let answer = answer_of(200, headers, body);
        View { role, url: "https://a/x".to_owned(), answer, exchange: None }
    }

    #[test]
    fn one_fault_is_a_failure_and_nothing_seen_is_no_pass() {
        let fault = |view: &View| view.answer.header("x").is_none().then(|| "no x".to_owned());
        let look = Look { roles: &[], expected: "x", fault };
        let (with, without) = (view(Role::Api, &[("x", "1")], ""), view(Role::Login, &[], ""));
        assert_eq!(judge_views(&[], &look).verdict, Verdict::NotApplicable);
        assert_eq!(judge_views(&[&with], &look).verdict, Verdict::Pass);
        let judged = judge_views(&[&with, &without], &look);
        assert_eq!(judged.verdict, Verdict::Fail);
        assert_eq!(judged.got, "the login page (https://a/x): no x");
    }
}
