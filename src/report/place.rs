//! Where in a repository a finding is shown: at the line of the lab's file that speaks of it. Code
//! scanning shows nothing that has no place.

use crate::audit::{AuditReport, Check, Group};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Path as it was given, with slashes.
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
}

/// The usual name of a lab's file.
const USUAL: &str = "oauthlab.yaml";

/// The line that switches the weakness on, else the key that rules the group, else the first line.
pub(super) fn of(report: &AuditReport, check: &Check) -> Place {
    let Some((file, text)) = &report.source else {
        return Place { file: USUAL.to_owned(), line: 1 };
    };
    let line =
        named(text, check.id).or_else(|| keys(check.group).iter().find_map(|key| top(text, key)));
    Place { file: file.replace('\\', "/"), line: line.unwrap_or(1) }
}

/// The line of a list's item, or of a value, that is exactly the id.
fn named(text: &str, id: &str) -> Option<usize> {
    let words = |line: &str| {
        let line = line.split('#').next().unwrap_or_default().to_owned();
        line.split([' ', ',', '[', ']', '"', '\'']).any(|word| word == id)
    };
    text.lines().position(words).map(|at| at + 1)
}

/// The line of a top-level key.
fn top(text: &str, key: &str) -> Option<usize> {
    let begins = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    text.lines().position(begins).map(|at| at + 1)
}

/// The keys of a lab's file that rule what a group is about.
const fn keys(group: Group) -> &'static [&'static str] {
    match group {
        Group::ClientAuthentication | Group::Grant | Group::RedirectUri | Group::Pkce => {
            &["clients", "profile"]
        }
        Group::Refresh | Group::Issued | Group::Code | Group::Token => &["tokens", "profile"],
        Group::Registration | Group::Ssrf => &["registration"],
        Group::Resource | Group::Dpop => &["resources", "resource"],
        Group::Consent | Group::Session => &["sessions", "users", "login"],
        Group::RateLimit => &["limits"],
        Group::Tls => &["tls", "issuer"],
        Group::Cors => &["cors"],
        Group::Leak => &["log"],
        Group::Authorization
        | Group::Device
        | Group::Introspection
        | Group::Logout
        | Group::Metadata
        | Group::Pushed
        | Group::Revocation => &["issuer", "profile"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Verdict, check, report_of};

    const FILE: &str =
        "# code-reuse is below\nname: demo\nclients:\n  - id: web\nweaknesses:\n  - code-reuse\n";

    #[test]
    fn a_finding_stands_where_the_file_speaks_of_it() {
        let mut report = report_of(&[("code-reuse", Verdict::Fail)]);
        let line = |report: &AuditReport, id: &str| of(report, check(id).unwrap()).line;
        assert_eq!(of(&report, check("code-reuse").unwrap()).file, USUAL);
        report.source = Some(("conf\\lab.yaml".to_owned(), FILE.to_owned()));
        assert_eq!(
            of(&report, check("code-reuse").unwrap()),
            Place { file: "conf/lab.yaml".to_owned(), line: 6 }
        );
        assert_eq!(line(&report, "redirect-port"), 3);
        assert_eq!(line(&report, "dcr-open"), 1);
    }
}
