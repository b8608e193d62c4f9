//! What is wrong there? An audit of a running server, over HTTPS.
//!
//! [`Target`] says what may be used; [`evidence`] is gathered once; each [`mod@check`] sends through a
//! [`probe`] and judges, purely, what came back; [`run`] puts it together into an [`AuditReport`].

mod baseline;
pub mod check;
pub mod evidence;
pub mod finding;
pub mod probe;
mod runner;
mod selection;
mod summary;
mod target;

pub use baseline::{Baseline, BaselineError, Stale};
pub use check::{CHECKS, Check, Group, Seeded, check};
pub use finding::{Confidence, Judgement, Need, Severity, Verdict};
pub use probe::Exchange;
pub use runner::{AuditError, Options, Progress, Silent, run};
pub use selection::{Selection, SelectionError};
#[cfg(test)]
pub(crate) use summary::tests::report as report_of;
pub use summary::{AuditReport, CheckResult, Coverage};
pub use target::{
    Accepted, Api, ApiKind, Client, EXAMPLE as TARGET_EXAMPLE, Login, Lookup, Permitted, Profile,
    Target, TargetError, TargetFile, TargetFileError, User,
};

use std::fmt::Write as _;

/// What there is to know about a check, for people; `None` for an unknown id.
pub fn explain(id: &str) -> Option<String> {
    let check = check(id)?;
    let mut text =
        format!("{} ({}, {})\n", check.id, check.severity.as_str(), check.group.as_str());
    let _ = writeln!(text, "{}\n", check.title);
    let parts = [
        ("What it does", check.text.does),
        ("Why it matters", check.text.why),
        ("How a failure is shown", check.text.shown),
        ("How to fix it", check.text.fix),
    ];
    for (heading, words) in parts {
        let _ = writeln!(text, "{heading}\n  {words}\n");
    }
    if !check.needs.is_empty() {
        let needs: Vec<_> = check.needs.iter().map(|need| need.as_str()).collect();
        let _ = writeln!(text, "Needs\n  {}\n", needs.join("\n  "));
    }
    if !check.dominates.is_empty() {
        let _ = writeln!(text, "Fails together with\n  {}\n", check.dominates.join("\n  "));
    }
    let _ = writeln!(text, "References\n  {}\n", check.references.join("\n  "));
    let _ = match check.seeded {
        Seeded::Weakness => {
            writeln!(text, "See it fail\n  oauthlab serve --weaken {}", check.id)
        }
        Seeded::Otherwise(reason) => writeln!(text, "No weakness of its own\n  {reason}"),
    };
    Some(text)
}

/// Every check, sorted by id.
pub fn list() -> &'static [&'static Check] {
    &CHECKS
}
