//! Texts with a grammar: names, durations, rates. A wrong one is noted at its place.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::Rate;
use crate::config::fault::{Faults, Span};
use crate::config::file::Field;
use crate::protocol::Secret;

impl Faults {
    /// The parsed text, or the parsed default when the file is silent.
    pub(super) fn parsed<T, E: Display>(
        &self,
        field: &Field<String>,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = match &field.value {
            Some(text) => text,
            None if field.is_given() => return None,
            None => default,
        };
        parse(text).map_err(|error| self.add(field.span, error.to_string())).ok()
    }

    /// The parsed text of a key that must be there.
    pub(super) fn required<T, E: Display>(
        &self,
        field: &Field<String>,
        owner: Option<Span>,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !field.is_given() {
            self.add(owner, what.to_owned());
            return None;
        }
        self.parsed(field, "", parse)
    }

    /// The parsed text of a key that may be missing.
    pub(super) fn optional<T, E: Display>(
        &self,
        field: &Field<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        field.value.is_some().then(|| self.parsed(field, "", parse)).flatten()
    }

    /// Every item of a list, parsed; wrong ones are noted and left out.
    pub(super) fn each<T, E: Display>(
        &self,
        list: &Field<Vec<Field<String>>>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        list.items()
            .filter(|item| item.value.is_some())
            .filter_map(|item| self.parsed(item, "", &parse))
            .collect()
    }

    /// A duration such as `10m` within bounds.
    pub(super) fn duration(
        &self,
        field: &Field<String>,
        default: Duration,
        bounds: RangeInclusive<Duration>,
    ) -> Duration {
        let Some(text) = &field.value else { return default };
        let Some(duration) = parse_duration(text) else {
            let help = "write a number with a unit, such as `90s`, `10m` or `1h 30m`";
            self.add_with_help(field.span, format!("{} is no duration", field.shown()), help);
            return default;
        };
        if bounds.contains(&duration) {
            return duration;
        }
        let (least, most) = (humantime::format_duration(*bounds.start()), bounds.end());
        let most = humantime::format_duration(*most);
        let message = format!("the duration must be from {least} to {most}");
        self.add(field.span, message);
        default
    }

    /// A rate such as `5/1m per account`; the part from `per` on may be left out.
    pub(super) fn rate(&self, field: &Field<String>, default: Rate, subject: &str) -> Rate {
        let Some(text) = &field.value else { return default };
        parse_rate(text, subject).unwrap_or_else(|| {
            let per = if subject.is_empty() { String::new() } else { format!(" per {subject}") };
            let help = format!("write events and time, such as `{}/1m{per}`", default.events);
            self.add_with_help(field.span, format!("{} is no rate", field.shown()), help);
            default
        })
    }

    /// Notes an empty secret.
    pub(super) fn secret(&self, field: &Field<Secret>) {
        if field.value.as_ref().is_some_and(Secret::is_empty) {
            let help = "leave the key out, or write `generated` for a random one";
            self.add_with_help(field.span, "a secret must not be empty", help);
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    // Long texts are no durations; humantime would add up every part.
    (text.len() <= 64).then(|| humantime::parse_duration(text.trim()).ok()).flatten()
}

fn parse_rate(text: &str, subject: &str) -> Option<Rate> {
    let (rate, suffix) = match text.split_once(" per ") {
        Some((rate, suffix)) => (rate, Some(suffix.trim())),
        None => (text, None),
    };
    if suffix.is_some_and(|suffix| suffix != subject) {
        return None;
    }
    let (events, per) = rate.split_once('/')?;
    let events = events.trim().parse().ok().filter(|events| (1..=1_000_000).contains(events))?;
    let day = Duration::from_secs(24 * 3600);
    let per = parse_duration(per).filter(|per| (Duration::from_secs(1)..=day).contains(per))?;
    Some(Rate { events, per })
}

/// A lab's name: it becomes part of a file name.
pub(super) fn lab_name(text: &str) -> Result<String, &'static str> {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if first && rest && text.len() <= 63 {
        Ok(text.to_owned())
    } else {
        Err(
            "a lab's name has 1 to 63 letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
        )
    }
}

/// A short name of an API: it becomes part of a client id and of messages.
pub(super) fn short_name(text: &str) -> Result<String, &'static str> {
    lab_name(text).map_err(|_| "a name has 1 to 63 letters, digits, `.`, `_` and `-`")
}

/// A login name.
pub(super) fn user_name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a login name has 1 to 64 visible ASCII characters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_name_events_time_and_subject() {
        let rate = |text| parse_rate(text, "account").map(|r| (r.events, r.per.as_secs()));
        assert_eq!(rate("5/1m per account"), Some((5, 60)));
        assert_eq!(rate("5 / 1h 30m"), Some((5, 5400)));
        for text in ["5", "0/1m", "5/0s", "5/1m per client", "-1/1m", "5/2days", "x/1m", "5/"] {
            assert_eq!(rate(text), None, "{text}");
        }
    }

    #[test]
    fn a_lab_name_is_safe_in_a_path() {
        assert!(lab_name("demo-1.x").is_ok());
        for text in ["", ".", "..", "a/b", "-a", "a b", "ä"] {
            assert!(lab_name(text).is_err(), "{text}");
        }
    }
}
