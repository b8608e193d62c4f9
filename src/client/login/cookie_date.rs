//! Dates of cookies, read as leniently as RFC 6265 §5.1.1 says.

use crate::clock::Timestamp;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A cookie date. A time before 1970 counts as 1970.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none() && token.contains(':') {
            time = time_of_day(token);
            continue;
        }
        let digits = token.len() - token.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = token.get(..digits).and_then(|digits| digits.parse::<u64>().ok());
        match (digits, number) {
            (1 | 2, Some(number)) if day.is_none() => day = Some(number),
            (2 | 4, Some(number)) if year.is_none() => year = Some(full_year(number)),
            (0, _) if month.is_none() => month = month_of(token),
            _ => {}
        }
    }
    let (seconds, day, month, year) = (time?, day?, month?, year?);
    let valid = (1..=31).contains(&day) && (1601..=9999).contains(&year);
    valid.then(|| Timestamp::from_secs(days(year, month, day).saturating_mul(86_400) + seconds))
}

fn time_of_day(token: &str) -> Option<u64> {
    let mut parts = token.splitn(3, ':').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).filter(|digits| (1..=2).contains(&digits.len()))?.parse::<u64>().ok()
    });
    let mut next = || parts.next().flatten();
    let (hour, minute, second) = (next()?, next()?, next()?);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

fn month_of(token: &str) -> Option<u64> {
    let start = token.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| *month == start)?;
    u64::try_from(index + 1).ok()
}

const fn full_year(number: u64) -> u64 {
    match number {
        70..=99 => number + 1900,
        0..=69 => number + 2000,
        _ => number,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; 0 for earlier ones.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // A year that begins in March has its leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let since_year_0 = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    since_year_0.saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(text: &str) -> Option<u64> {
        parse(text).map(Timestamp::secs)
    }

    #[test]
    fn the_date_of_rfc_6265_3_1_and_the_three_old_formats() {
        // RFC 6265 §3.1; RFC 9110 §5.6.7 gives one moment in three formats.
        assert_eq!(secs("Wed, 09 Jun 2021 10:18:14 GMT"), Some(1_623_233_894));
        for same in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(secs(same), Some(784_111_777), "{same}");
        }
        assert_eq!(secs("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(secs("Thu, 29-Feb-2024 00:00:00 GMT"), Some(1_709_164_800));
    }

    #[test]
    fn what_is_no_date_has_no_time() {
        for text in [
            "",
            "tomorrow",
            "06 Nov 1994",
            "08:49:37",
            "99 Nov 1994 08:49:37",
            "25:00:00 1 Jan 2000",
        ] {
            assert_eq!(secs(text), None, "{text}");
        }
    }
}
