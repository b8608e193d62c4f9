//! The device authorization grant's own types (RFC 8628): the user code with its grammar, the
//! request and the answer of the device authorization endpoint.

use serde::{Deserialize, Serialize};

use super::{Malformed, Secret};

/// Letters of a user code: no vowels, so that no words arise, and nothing that reads as a digit
/// (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters of a user code. Twenty to the power of eight are 34.5 bits.
const LENGTH: usize = 8;

/// At most this many characters are read of what somebody typed.
const MAX_TYPED: usize = 64;

/// A user code (RFC 8628 §3.2): what a person reads on one screen and types on another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(Secret);

impl UserCode {
    /// How many user codes there are.
    pub const COUNT: u64 = 20_u64.pow(8);

    /// The code of a number below [`UserCode::COUNT`]; larger ones wrap around.
    pub fn of_number(number: u64) -> Self {
        let mut rest = number;
        let letters = std::iter::repeat_with(|| {
            let letter = usize::try_from(rest % 20).ok().and_then(|at| ALPHABET.get(at));
            rest /= 20;
            letter.copied().map_or('B', char::from)
        });
        Self(Secret::new(letters.take(LENGTH).collect::<String>()))
    }

    /// The number of the code: the inverse of [`UserCode::of_number`].
    pub fn number(&self) -> u64 {
        let digit = |letter: u8| ALPHABET.iter().position(|own| *own == letter).unwrap_or(0);
        let digits = self.0.expose().bytes().rev().map(digit);
        digits.fold(0, |number, digit| number * 20 + u64::try_from(digit).unwrap_or(0))
    }

    /// Reads what a person typed: in any case, with or without dashes and spaces (RFC 8628 §6.1).
    pub fn parse(typed: &str) -> Result<Self, Malformed> {
        let skipped =
            |c: &char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '.' | '_');
        let letters: String = typed
            .chars()
            .take(MAX_TYPED + 1)
            .filter(|c| !skipped(c))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let known = |c: char| u8::try_from(c).is_ok_and(|c| ALPHABET.contains(&c));
        let short = typed.chars().nth(MAX_TYPED).is_none();
        if short && letters.chars().count() == LENGTH && letters.chars().all(known) {
            Ok(Self(Secret::new(letters)))
        } else {
            Err(Malformed { what: "user_code", grammar: "8 letters of BCDFGHJKLMNPQRSTVWXZ" })
        }
    }

    /// The eight letters, as a secret: the form in which codes are compared.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// As it is shown: two groups of four.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.expose().split_at_checked(4).unwrap_or_default();
        format!("{first}-{second}")
    }
}

/// The device authorization response (RFC 8628 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthorizationResponse {
    /// What the device polls with.
    pub device_code: Secret,
    /// What the user types.
    pub user_code: Secret,
    /// Where the user types it.
    pub verification_uri: String,
    /// The same with the code in it (§3.3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_uri_complete: Option<Secret>,
    /// Seconds until both codes expire.
    pub expires_in: u64,
    /// Seconds between two polls; 5 where the server says nothing.
    #[serde(default = "five")]
    pub interval: u64,
}

const fn five() -> u64 {
    5
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_person_types_is_read_generously_and_nothing_else_is() {
        let code = UserCode::parse("WDJBMJHT").unwrap();
        for typed in ["wdjb-mjht", " WDJB MJHT ", "WdJb–mJhT", "w-d-j-b-m-j-h-t"] {
            assert_eq!(UserCode::parse(typed).unwrap(), code, "{typed}");
        }
        assert_eq!(code.shown(), "WDJB-MJHT");
        for typed in ["", "WDJBMJH", "WDJBMJHTT", "WDJBMJHA", "WDJB/MJHT", "ＷDJBMJHT"] {
            assert!(UserCode::parse(typed).is_err(), "{typed}");
        }
        assert!(UserCode::parse(&format!("{}WDJBMJHT", "-".repeat(100))).is_err());
    }

    #[test]
    fn no_debug_output_shows_a_code() {
        assert!(!format!("{:?}", UserCode::of_number(7)).contains("BBBB"));
    }

    proptest! {
        #[test]
        fn each_number_is_one_code(number in 0..UserCode::COUNT) {
            let code = UserCode::of_number(number);
            prop_assert_eq!(code.number(), number);
            prop_assert_eq!(UserCode::parse(&code.shown()).unwrap(), code);
        }

        #[test]
        fn nothing_panics(typed in "\\PC{0,100}") {
            let _ = UserCode::parse(&typed);
        }
    }
}
