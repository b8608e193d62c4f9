//! The claims of a signed authorization response (JARM §2.1): who answers, whom, until when, and
//! the parameters that would otherwise stand in the open. Bounded.

use serde_json::Value;

use super::bounded_json::{self, Bounds};
use super::{Audience, Form, Secret};

const BOUNDS: Bounds = Bounds { bytes: 16 * 1024, depth: 4, parts: 128 };

/// A signed response, read. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct SignedResponse {
    /// `iss`: who answers.
    pub iss: Option<String>,
    /// `aud`: whom.
    pub aud: Audience,
    /// `exp`: until when, in seconds since the Unix epoch.
    pub exp: Option<u64>,
    /// Every other member that has a text or a number, as a response parameter.
    pub parameters: Form,
}

/// The members that secure the response (JARM §2.1); they are no response parameters.
const SECURING: &[&str] = &["iss", "aud", "exp"];

impl SignedResponse {
    /// Reads the payload of the JWT. `None` for what is no JSON object within its bounds, or has a
    /// member twice.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(payload).ok()?;
        let Some(Value::Object(members)) = bounded_json::parse(text, BOUNDS) else { return None };
        let get = |name: &str| members.get(name);
        let aud = get("aud").and_then(|aud| serde_json::from_value(aud.clone()).ok());
        let parameters = members.iter().filter(|(name, _)| !SECURING.contains(&name.as_str()));
        let parameters = parameters.filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), Secret::new(text))),
            Value::Number(number) => Some((name.clone(), Secret::new(number.to_string()))),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        });
        Some(Self {
            iss: get("iss").and_then(Value::as_str).map(str::to_owned),
            aud: aud.unwrap_or_default(),
            exp: get("exp").and_then(Value::as_u64),
            parameters: parameters.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_secures_the_answer_is_told_from_what_it_says() {
        let payload = br#"{"iss":"https://as.test","aud":"app","exp":9,"code":"c","state":"s",
            "expires_in":300,"error":null,"authorization_details":[]}"#;
        let read = SignedResponse::parse(payload).unwrap();
        assert_eq!((read.iss.as_deref(), read.exp), (Some("https://as.test"), Some(9)));
        assert_eq!(read.aud.as_slice(), ["app"]);
        let names: Vec<_> = read.parameters.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["code", "expires_in", "state"]);
        assert_eq!(read.parameters.get("expires_in"), Some("300"));
    }

    #[test]
    fn two_codes_no_object_and_too_much_are_nothing() {
        assert!(SignedResponse::parse(br#"{"code":"a","code":"b"}"#).is_none());
        assert!(SignedResponse::parse(b"[]").is_none());
        assert!(SignedResponse::parse(b"\xff").is_none());
        let wide: Vec<String> = (0..129).map(|n| format!("\"m{n}\":1")).collect();
        assert!(SignedResponse::parse(format!("{{{}}}", wide.join(",")).as_bytes()).is_none());
        let long = format!("{{\"code\":\"{}\"}}", "c".repeat(BOUNDS.bytes));
        assert!(SignedResponse::parse(long.as_bytes()).is_none());
        // Members of a wrong type are as good as absent.
        let odd = SignedResponse::parse(br#"{"iss":1,"aud":{},"exp":"9"}"#).unwrap();
        assert!(odd.iss.is_none() && odd.aud.is_none() && odd.exp.is_none());
    }

    proptest! {
        #[test]
        fn nothing_panics(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = SignedResponse::parse(&payload);
        }

        #[test]
        fn every_text_comes_back_as_it_was(name in "[a-z_]{4,12}", value in "\\PC{1,60}") {
            let json = serde_json::json!({ &name: value });
            let read = SignedResponse::parse(json.to_string().as_bytes()).unwrap();
            prop_assert_eq!(read.parameters.get(&name), Some(value.as_str()));
        }
    }
}
