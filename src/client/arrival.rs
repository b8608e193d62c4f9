//! What came to the redirect URI, as it came: an address that a browser was sent to, or a form that
//! it posted there (OAuth 2.0 Form Post Response Mode §2). Nobody has judged it yet.

use super::error::ClientError;
use crate::protocol::{Form, ResponseMode, Secret};

/// The part of an arrival that the parameters stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The query of the redirect URI.
    Query,
    /// Its fragment, which no server sees.
    Fragment,
    /// A form that was posted to it.
    Form,
}

/// An answer of the authorization endpoint. The code in it is a secret, and so is the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The address that the browser was sent to.
    Address(Secret),
    /// The body of the form that it posted.
    Posted(Secret),
}

/// No answer is longer: a signed one has at most 16 KiB.
pub(super) const MAX_ANSWER: usize = 32 * 1024;

/// Parameters that only an answer has.
const ANSWERS: &[&str] = &["code", "error", "response"];

impl Carrier {
    /// Where a response mode puts its parameters.
    pub const fn of(mode: ResponseMode) -> Self {
        match mode {
            ResponseMode::Query | ResponseMode::QueryJwt | ResponseMode::Jwt => Self::Query,
            ResponseMode::Fragment | ResponseMode::FragmentJwt => Self::Fragment,
            ResponseMode::FormPost | ResponseMode::FormPostJwt => Self::Form,
        }
    }

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "the query",
            Self::Fragment => "the fragment",
            Self::Form => "a posted form",
        }
    }
}

impl Arrival {
    /// An address, as a browser's address bar shows it.
    pub fn address(url: impl Into<String>) -> Self {
        Self::Address(Secret::new(url.into()))
    }

    /// A form, as its body came.
    pub fn posted(body: impl Into<String>) -> Self {
        Self::Posted(Secret::new(body.into()))
    }

    /// The address, if it is one.
    pub fn as_address(&self) -> Option<&str> {
        match self {
            Self::Address(url) => Some(url.expose()),
            Self::Posted(_) => None,
        }
    }

    /// The parameters, still encoded, and where they stood: where they should, if they do; else
    /// where there is an answer.
    pub(super) fn parameters(&self, wanted: Carrier) -> Result<(Carrier, &str), ClientError> {
        let (carrier, text) = match self {
            Self::Posted(body) => (Carrier::Form, body.expose()),
            Self::Address(url) => {
                let (address, fragment) =
                    url.expose().split_once('#').unwrap_or((url.expose(), ""));
                let query = address.split_once('?').map_or("", |(_, query)| query);
                let in_fragment = match wanted {
                    Carrier::Fragment => answers(fragment) || !answers(query),
                    Carrier::Query | Carrier::Form => !answers(query) && answers(fragment),
                };
                if in_fragment { (Carrier::Fragment, fragment) } else { (Carrier::Query, query) }
            }
        };
        if text.len() > MAX_ANSWER {
            return Err(ClientError::Malformed {
                endpoint: "the redirect".to_owned(),
                detail: format!("it is longer than {MAX_ANSWER} bytes"),
            });
        }
        Ok((carrier, text))
    }
}

/// Whether encoded parameters are an answer: a code, an error, or a signed one of either.
pub(super) fn answers(parameters: &str) -> bool {
    parameters.len() <= MAX_ANSWER
        && Form::parse_lenient(parameters.as_bytes())
            .is_ok_and(|form| ANSWERS.iter().any(|name| form.secret(name).is_some()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(arrival: &Arrival, wanted: Carrier) -> (Carrier, &str) {
        arrival.parameters(wanted).unwrap()
    }

    #[test]
    fn an_answer_is_read_where_it_should_stand_and_found_where_it_should_not() {
        let at = |url: &str| Arrival::address(url);
        let both = at("https://rp.test/cb?code=q#code=f");
        assert_eq!(read(&both, Carrier::Query), (Carrier::Query, "code=q"));
        assert_eq!(read(&both, Carrier::Fragment), (Carrier::Fragment, "code=f"));
        let fragment = at("https://rp.test/cb?own=1#response=r");
        assert_eq!(read(&fragment, Carrier::Query), (Carrier::Fragment, "response=r"));
        let query = at("https://rp.test/cb?error=e#_=_");
        assert_eq!(read(&query, Carrier::Fragment), (Carrier::Query, "error=e"));
        assert_eq!(read(&query, Carrier::Form), (Carrier::Query, "error=e"));
        let none = at("https://rp.test/cb");
        assert_eq!(read(&none, Carrier::Query), (Carrier::Query, ""));
        assert_eq!(read(&none, Carrier::Fragment), (Carrier::Fragment, ""));
        let posted = Arrival::posted("code=c");
        assert_eq!(read(&posted, Carrier::Query), (Carrier::Form, "code=c"));
    }

    #[test]
    fn what_is_too_long_is_not_read_and_nothing_is_shown() {
        for arrival in [
            Arrival::posted("c".repeat(MAX_ANSWER + 1)),
            Arrival::address(format!("https://rp.test/cb?code={}", "c".repeat(MAX_ANSWER))),
            Arrival::address(format!("https://rp.test/cb#code={}", "c".repeat(MAX_ANSWER))),
        ] {
            let wanted = Carrier::Fragment;
            let refused = matches!(arrival.parameters(wanted), Err(ClientError::Malformed { .. }));
            assert!(refused || read(&arrival, wanted).1.is_empty());
        }
        assert!(!format!("{:?}", Arrival::posted("code=secret-code")).contains("secret-code"));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_is_made_up(text in "[a-z?#&=%/:.]{0,80}|\\PC{0,80}") {
            for wanted in [Carrier::Query, Carrier::Fragment, Carrier::Form] {
                let address = Arrival::address(&*text);
                let (carrier, part) = address.parameters(wanted).unwrap();
                prop_assert!(text.contains(part));
                prop_assert!(carrier != Carrier::Form);
                let posted = Arrival::posted(&*text);
                prop_assert_eq!(posted.parameters(wanted).unwrap(), (Carrier::Form, &*text));
            }
        }
    }
}
