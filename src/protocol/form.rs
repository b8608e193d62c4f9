//! `application/x-www-form-urlencoded`, strictly (RFC 6749 Appendix B, §3.1 and §3.2).

use super::Secret;

/// Decoded parameters, in order. Each name occurs once, except those that may repeat.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, Secret)>);

/// Why a form cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A `%` without two hex digits.
    #[error("a percent sign is not followed by two hex digits")]
    Percent,
    /// Bytes that are not UTF-8.
    #[error("the form is not UTF-8")]
    Utf8,
    /// More parameters than any request has.
    #[error("the form has more than {MAX_PARAMETERS} parameters")]
    TooMany,
    /// A parameter that must occur once occurs again (RFC 6749 §3.1).
    #[error("parameter {0} occurs more than once")]
    Duplicate(String),
}

/// At most this many parameters a form.
pub(super) const MAX_PARAMETERS: usize = 100;

/// `resource` may repeat (RFC 8707 §2), and so may `audience` (RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

impl Form {
    /// Decodes a form. Repeated parameters are refused (RFC 6749 §3.1).
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let form = Self::parse_lenient(body)?;
        for (i, (name, _)) in form.0.iter().enumerate() {
            let repeats = form.0.iter().skip(i + 1).any(|(other, _)| other == name);
            if repeats && !REPEATABLE.contains(&name.as_str()) {
                return Err(FormError::Duplicate(printable(name)));
            }
        }
        Ok(form)
    }

    /// Decodes a form and lets parameters repeat; the first one counts.
    pub fn parse_lenient(body: &[u8]) -> Result<Self, FormError> {
        let mut parameters = Vec::new();
        for pair in body.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let mut halves = pair.splitn(2, |&b| b == b'=');
            let name = percent_decode(halves.next().unwrap_or_default())?;
            let value = percent_decode(halves.next().unwrap_or_default())?;
            parameters.push((name, Secret::new(value)));
        }
        Ok(Self(parameters))
    }

    /// A parameter that may be secret. An empty value counts as omitted (RFC 6749 §3.1).
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        let found = self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value);
        found.filter(|value| !value.is_empty())
    }

    /// A parameter's text. An empty value counts as omitted (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.secret(name).map(Secret::expose)
    }

    /// All values of a parameter that may repeat, without empty ones.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(n, _)| n == name);
        named.map(|(_, value)| value.expose()).filter(|value| !value.is_empty())
    }

    /// The names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Parameters that need no decoding, such as the claims of a signed response.
impl FromIterator<(String, Secret)> for Form {
    fn from_iter<I: IntoIterator<Item = (String, Secret)>>(parameters: I) -> Self {
        Self(parameters.into_iter().collect())
    }
}

/// Decodes `+` and `%XX` (RFC 6749 Appendix B).
pub fn percent_decode(text: &[u8]) -> Result<String, FormError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = bytes.next().and_then(hex_digit).ok_or(FormError::Percent)?;
                let low = bytes.next().and_then(hex_digit).ok_or(FormError::Percent)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| FormError::Utf8)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The first characters of an untrusted name that are safe to show.
fn printable(name: &str) -> String {
    let safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.chars().take(64).filter(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn duplicates_are_refused_but_resource_may_repeat() {
        assert_eq!(Form::parse(b"a=1&a=2").unwrap_err(), FormError::Duplicate("a".into()));
        assert_eq!(Form::parse(b"a=1&a=1").unwrap_err(), FormError::Duplicate("a".into()));
        let form = Form::parse(b"resource=x&resource=y").unwrap();
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn rfc_6749_appendix_b() {
        // The example of Appendix B: space, percent, ampersand, plus, pound sign, euro sign.
        let form = Form::parse(b"v=+%25%26%2B%C2%A3%E2%82%AC").unwrap();
        assert_eq!(form.get("v"), Some(" %&+£€"));
    }

    #[test]
    fn malformed_encodings() {
        assert_eq!(Form::parse(b"a=%zz").unwrap_err(), FormError::Percent);
        assert_eq!(Form::parse(b"a=%4").unwrap_err(), FormError::Percent);
        assert_eq!(Form::parse(b"a=%ff").unwrap_err(), FormError::Utf8);
        let many = "a&".repeat(MAX_PARAMETERS + 1);
        assert_eq!(Form::parse_lenient(many.as_bytes()).unwrap_err(), FormError::TooMany);
    }

    #[test]
    fn an_empty_value_counts_as_omitted() {
        assert_eq!(Form::parse(b"state=&x=1").unwrap().get("state"), None);
    }

    proptest! {
        #[test]
        fn what_a_library_encodes_we_decode(name in "[a-z]{1,8}", value in "\\PC{1,40}") {
            let body: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &value).finish();
            let form = Form::parse(body.as_bytes()).unwrap();
            prop_assert_eq!(form.get(&name), Some(value.as_str()));
        }

        #[test]
        fn nothing_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Form::parse(&body);
        }
    }
}
