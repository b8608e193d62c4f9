//! What an operator accepts for now: a file that names checks, with a reason and, if it shall end,
//! a day. An entry that accepts nothing any more is stale, and said to be.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;

use super::check::check;
use super::finding::Verdict;
use super::summary::AuditReport;
use crate::clock::Timestamp;

/// The findings that an operator accepts.
#[derive(Clone, Debug, Default)]
pub struct Baseline(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    check: &'static str,
    reason: String,
    expires: Option<(Timestamp, String)>,
}

/// An entry of a baseline that accepts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The check's id.
    pub check: &'static str,
    /// Why it accepts nothing.
    pub why: String,
}

/// Why a baseline cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The file is no YAML of the right shape.
    #[error("the baseline cannot be read: {0}")]
    Shape(String),
    /// No check has this id.
    #[error("the baseline accepts `{0}`, which is no check")]
    Unknown(String),
    /// The same check twice.
    #[error("the baseline accepts `{0}` twice")]
    Twice(String),
    /// A reason is missing.
    #[error("the baseline accepts `{0}` without a reason")]
    NoReason(String),
    /// The day is none.
    #[error("the baseline's entry for `{check}` expires on `{day}`, which is no day")]
    NoDay {
        /// The check's id.
        check: String,
        /// What was written.
        day: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accepted: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    check: String,
    reason: String,
    #[serde(default)]
    expires: Option<String>,
}

/// Larger than a baseline of every check with a long reason.
const MAX_BYTES: usize = 256 * 1024;

impl Baseline {
    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        if text.len() > MAX_BYTES {
            return Err(BaselineError::Shape(format!("it is larger than {MAX_BYTES} bytes")));
        }
        let file: File =
            serde_yaml::from_str(text).map_err(|error| BaselineError::Shape(error.to_string()))?;
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        for written in file.accepted {
            let entry = Entry::of(written)?;
            if !seen.insert(entry.check) {
                return Err(BaselineError::Twice(entry.check.to_owned()));
            }
            entries.push(entry);
        }
        Ok(Self(entries))
    }

    /// Accepts what it names, and notes in the report which of its entries accept nothing.
    pub fn apply(&self, report: &mut AuditReport, now: Timestamp) {
        for entry in &self.0 {
            let Some(result) = report.results.iter_mut().find(|r| r.check.id == entry.check) else {
                // Not selected this time: nothing is known.
                continue;
            };
            let why = match (&entry.expires, result.verdict()) {
                (Some((end, day)), _) if *end <= now => Some(format!("it ended on {day}")),
                (_, Verdict::Fail) => None,
                (_, Verdict::Pass) => Some("the check passes".to_owned()),
                (_, Verdict::NotApplicable) => Some("the check does not apply".to_owned()),
                // Nothing is known of these: the entry may be needed.
                (_, Verdict::Inconclusive | Verdict::Skipped(_)) => continue,
            };
            match why {
                Some(why) => report.stale.push(Stale { check: entry.check, why }),
                None if result.accepted.is_none() => result.accepted = Some(entry.reason.clone()),
                None => {}
            }
        }
    }

    /// A baseline that accepts today's findings, for one reason.
    pub fn write(report: &AuditReport, reason: &str, expires: Option<&str>) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut out = String::from("# Findings that are accepted, each with a reason.\naccepted:");
        let mut none = true;
        for result in report.results.iter().filter(|result| result.is_finding()) {
            none = false;
            let (id, reason) = (result.check.id, quoted(reason));
            let _ = write!(out, "\n  - check: {id}\n    reason: {reason}");
            if let Some(day) = expires {
                let _ = write!(out, "\n    expires: {}", quoted(day));
            }
        }
        out.push_str(if none { " []\n" } else { "\n" });
        out
    }

    /// The end of a day that is written as `2026-12-31` (UTC).
    pub fn end_of(day: &str) -> Option<Timestamp> {
        let mut parts = day.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
        };
        let (year, month, date) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return None;
        }
        let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
        let day = time::Date::from_calendar_date(i32::from(year), month, u8::try_from(date).ok()?);
        let next = day.ok()?.next_day()?.midnight().assume_utc().unix_timestamp();
        u64::try_from(next).ok().map(Timestamp::from_secs)
    }
}

impl Entry {
    fn of(written: Written) -> Result<Self, BaselineError> {
        let Written { check: id, reason, expires } = written;
        let Some(known) = check(&id) else { return Err(BaselineError::Unknown(id)) };
        if reason.trim().is_empty() {
            return Err(BaselineError::NoReason(id));
        }
        let expires = match expires {
            Some(day) => match Baseline::end_of(&day) {
                Some(end) => Some((end, day)),
                None => return Err(BaselineError::NoDay { check: id, day }),
            },
            None => None,
        };
        Ok(Self { check: known.id, reason, expires })
    }
}

impl BaselineError {
    /// What the operator can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "`oauthlab audit --list` names the checks",
            Self::NoDay { .. } => "write a day as \"2026-12-31\"",
            Self::Shape(_) | Self::Twice(_) | Self::NoReason(_) => {
                "write `accepted:` and below it entries of check, reason and, if it shall end, expires"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report_of;
    use super::*;

    const TEXT: &str = "accepted:\n  - check: code-reuse\n    reason: a lesson\n    expires: \"2026-12-31\"\n  - check: dcr-open\n    reason: open on purpose\n";

    fn at(day: &str) -> Timestamp {
        Baseline::end_of(day).unwrap()
    }

    #[test]
    fn it_accepts_until_its_day_is_over() {
        let baseline = Baseline::parse(TEXT).unwrap();
        let verdicts = [("code-reuse", Verdict::Fail), ("dcr-open", Verdict::Pass)];
        let mut report = report_of(&verdicts);
        baseline.apply(&mut report, at("2026-12-30"));
        assert_eq!(report.results[0].accepted.as_deref(), Some("a lesson"));
        let stale = |check, why: &str| Stale { check, why: why.to_owned() };
        assert_eq!(report.stale, [stale("dcr-open", "the check passes")]);
        let mut later = report_of(&verdicts);
        baseline.apply(&mut later, at("2026-12-31"));
        assert!(later.results[0].is_finding());
        assert_eq!(later.stale[0], stale("code-reuse", "it ended on 2026-12-31"));
    }

    #[test]
    fn what_is_not_known_keeps_its_entry() {
        let baseline = Baseline::parse(TEXT).unwrap();
        let mut report = report_of(&[("code-reuse", Verdict::Inconclusive)]);
        baseline.apply(&mut report, at("2026-12-30"));
        assert!(report.stale.is_empty());
    }

    #[test]
    fn what_is_written_is_read() {
        let report = report_of(&[("code-reuse", Verdict::Fail), ("dcr-open", Verdict::Pass)]);
        let text = Baseline::write(&report, "a \"reason\": # x", Some("2026-12-31"));
        let baseline = Baseline::parse(&text).unwrap();
        let mut again = report_of(&[("code-reuse", Verdict::Fail)]);
        baseline.apply(&mut again, at("2026-01-01"));
        assert_eq!(again.results[0].accepted.as_deref(), Some("a \"reason\": # x"));
        let nothing = Baseline::write(&report_of(&[]), "x", None);
        assert!(Baseline::parse(&nothing).unwrap().0.is_empty());
    }

    #[test]
    fn half_an_entry_is_an_error_with_a_hint() {
        let entry = |check: &str, reason: &str, expires: &str| {
            format!(
                "accepted:\n  - check: {check}\n    reason: \"{reason}\"\n    expires: \"{expires}\"\n"
            )
        };
        for (text, error) in [
            (entry("no-such", "x", "2026-12-31"), "which is no check"),
            (entry("code-reuse", " ", "2026-12-31"), "without a reason"),
            (entry("code-reuse", "x", "2026-02-30"), "which is no day"),
            (entry("code-reuse", "x", "31.12.2026"), "which is no day"),
            (TEXT.replace("dcr-open", "code-reuse"), "twice"),
            ("accepted:\n  - check: code-reuse\n".to_owned(), "cannot be read"),
            ("accept: []\n".to_owned(), "cannot be read"),
            ("#".repeat(MAX_BYTES + 1), "larger than"),
        ] {
            let told = Baseline::parse(&text).unwrap_err();
            assert!(told.to_string().contains(error), "{text}: {told}");
            assert!(told.hint().contains('`') || told.hint().contains('"'));
        }
    }
}
