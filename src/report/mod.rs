//! How findings leave: for people, for programs, for code scanning.

mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod place;
mod sarif;
mod text;
mod words;

use sha2::{Digest as _, Sha256};

use crate::audit::{AuditReport, Severity};

/// A way to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human {
        /// Whether severities are coloured.
        colour: bool,
    },
    /// `oauthlab.audit/v1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// `JUnit` XML.
    Junit {
        /// From which severity on a finding is a failure; `None` is never.
        fail_on: Option<Severity>,
    },
    /// Workflow commands of GitHub Actions.
    Github,
    /// Markdown.
    Markdown,
    /// One HTML page.
    Html,
}

impl Format {
    /// The format of a name, without colours.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "human" => Some(Self::Human { colour: false }),
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "junit" => Some(Self::Junit { fail_on: Some(Severity::Low) }),
            "github" => Some(Self::Github),
            "markdown" => Some(Self::Markdown),
            "html" => Some(Self::Html),
            _ => None,
        }
    }
}

/// The report in a format, with a line break at its end.
pub fn render(report: &AuditReport, format: Format) -> String {
    match format {
        Format::Human { colour } => text::render(report, colour),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Junit { fail_on } => junit::render(report, fail_on),
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report),
        Format::Html => html::render(report),
    }
}

/// Tells a finding from others across runs: no host, no port, no time, no token is in it.
fn fingerprint(check: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("oauthlab-audit/v1\n{check}")).into();
    let start = hash.first_chunk().map_or(0, |first| u128::from_be_bytes(*first));
    format!("{start:032x}")
}

/// The lines of a document that is made of our own types, which always have a JSON form.
fn pretty(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

/// Severities from the highest down.
fn from_the_worst() -> impl Iterator<Item = Severity> {
    Severity::ALL.iter().rev().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_stable_and_tells_checks_apart() {
        assert_eq!(fingerprint("code-reuse"), "669d609114d388ed298d2a08c2d6faeb");
        assert_ne!(fingerprint("code-reuse"), fingerprint("code-race"));
    }

    #[test]
    fn formats_have_names() {
        for (name, format) in [
            ("json", Format::Json),
            ("sarif", Format::Sarif),
            ("github", Format::Github),
            ("markdown", Format::Markdown),
            ("html", Format::Html),
        ] {
            assert_eq!(Format::parse(name), Some(format));
        }
        assert_eq!(Format::parse("xml"), None);
    }
}
