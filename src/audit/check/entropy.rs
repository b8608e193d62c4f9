//! An upper bound on how hard a random value is to guess (RFC 6749 §10.10). It shows that a value is
//! weak; it never shows that one is strong.

use std::collections::BTreeSet;

/// RFC 6749 §10.10: the probability of a guess must be at most 2^-128.
pub(super) const REQUIRED_BITS: f64 = 128.0;

/// What a sample of values says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// No value of this kind has more bits than this.
    pub(super) bits: f64,
    /// Whether a value came twice.
    pub(super) repeats: bool,
}

/// The bound over a sample: the characters that differ, times the bits of the alphabet that the
/// sample uses. What all values begin and end with is no secret.
pub(super) fn estimate(sample: &[&str]) -> Estimate {
    let distinct: BTreeSet<&str> = sample.iter().copied().collect();
    let repeats = distinct.len() < sample.len();
    let shortest = sample.iter().map(|value| value.len()).min().unwrap_or(0);
    let prefix = common(sample, shortest, |value, at| value.as_bytes().get(at).copied());
    let suffix = common(sample, shortest - prefix, |value, at| {
        value.as_bytes().get(value.len().checked_sub(at + 1)?).copied()
    });
    let varying = u32::try_from(shortest - prefix - suffix).unwrap_or(u32::MAX);
    let bits = f64::from(varying) * alphabet(sample).log2();
    Estimate { bits, repeats }
}

fn common(sample: &[&str], most: usize, byte: impl Fn(&str, usize) -> Option<u8>) -> usize {
    let Some(first) = sample.first() else { return 0 };
    let same = |at: &usize| sample.iter().all(|value| byte(value, *at) == byte(first, *at));
    // One value alone has nothing in common with others.
    if sample.len() < 2 { 0 } else { (0..most).take_while(same).count() }
}

/// The size of the smallest usual alphabet that holds all characters.
fn alphabet(sample: &[&str]) -> f64 {
    let bytes = || sample.iter().flat_map(|value| value.bytes());
    if bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        10.0
    } else if bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        16.0
    } else if bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        36.0
    } else {
        64.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(sample: &[&str]) -> f64 {
        estimate(sample).bits
    }

    #[test]
    fn short_values_and_small_alphabets_are_weak() {
        assert!(bits(&["aZ3_xQ", "pL-9wR"]) < 40.0);
        assert!(bits(&["12345678901234567890", "99345678901234567899"]) < REQUIRED_BITS);
        let counter =
            ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];
        assert!(bits(&counter) < 8.0);
    }

    #[test]
    fn forty_three_characters_of_base64url_are_enough() {
        let sample = [
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ];
        assert!(bits(&sample) > 250.0);
        let marked: Vec<_> = sample.iter().map(|value| format!("code_{value}")).collect();
        let marked: Vec<_> = marked.iter().map(String::as_str).collect();
        assert!((bits(&marked) - bits(&sample)).abs() < 1.0);
    }

    #[test]
    fn a_value_that_comes_twice_is_seen() {
        assert!(estimate(&["abc", "abc"]).repeats);
        assert!(!estimate(&["abc", "abd"]).repeats);
        assert!(bits(&[]) < 1.0);
    }
}
