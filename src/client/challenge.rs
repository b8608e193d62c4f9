//! `WWW-Authenticate` as data (RFC 9110 §11.6.1): what an API says about a token that it refused.

use super::answer::Answer;
use super::error::ErrorResponse;
use super::summary::cut;
use crate::fetch::Response;

/// One challenge. The values are the server's words. Untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `Bearer`, as sent.
    pub scheme: String,
    /// Parameters in order; names in lower case, values without quotes.
    pub parameters: Vec<(String, String)>,
}

/// At most this many challenges, and parameters of one, are read.
const MAX_CHALLENGES: usize = 16;
const MAX_PARAMETERS: usize = 32;

impl Challenge {
    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asks for a bearer token (RFC 6750 §3).
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }

    /// Whether it asks for a token that is bound to a key (RFC 9449 §7.1).
    pub fn is_dpop(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("dpop")
    }
}

/// The challenges of an answer, in order. What cannot be read ends its field.
pub fn challenges(response: &Response) -> Vec<Challenge> {
    let mut found = Vec::new();
    for header in response.header_all("www-authenticate") {
        read(header, &mut found);
    }
    found.truncate(MAX_CHALLENGES);
    found
}

/// The error of a challenge, as an error response (RFC 6750 §3.1, RFC 9449 §7.1). A server that
/// takes both schemes says it in the one that was tried.
pub(super) fn challenged(answer: &Answer) -> Option<Box<ErrorResponse>> {
    let challenges = challenges(&answer.response);
    let ours = |challenge: &&Challenge| challenge.is_bearer() || challenge.is_dpop();
    let mut ours = challenges.iter().filter(ours);
    let told = ours.find(|challenge| challenge.get("error").is_some())?;
    let text = |name: &str| told.get(name).map(cut);
    Some(Box::new(ErrorResponse {
        endpoint: answer.endpoint.clone(),
        status: Some(answer.response.status),
        error: text("error")?,
        description: text("error_description"),
        uri: text("error_uri"),
        trace_id: answer.response.trace_id().map(str::to_owned),
    }))
}

/// A list of challenges: a token is a new scheme unless `=` follows it.
fn read(header: &str, found: &mut Vec<Challenge>) {
    let mut rest = header;
    let first = found.len();
    while found.len() < MAX_CHALLENGES {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return;
        }
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        // A parameter belongs to a challenge of its own field, never to one of the field before.
        match (value, found.get_mut(first..).and_then(<[_]>::last_mut)) {
            (Some(value), Some(challenge)) => {
                let Some((value, after)) = read_value(value.trim_start_matches([' ', '\t'])) else {
                    return;
                };
                if challenge.parameters.len() < MAX_PARAMETERS {
                    challenge.parameters.push((name.to_ascii_lowercase(), value));
                }
                rest = after;
            }
            (Some(_), None) => return,
            (None, _) => {
                let scheme = name.to_owned();
                found.push(Challenge { scheme, parameters: Vec::new() });
                rest = after;
            }
        }
    }
}

/// A token or a quoted string (RFC 9110 §5.6.2, §5.6.4), and what follows it.
fn read_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c == ',' || c.is_ascii_whitespace()).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    fn of(headers: &[&str]) -> Vec<Challenge> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append("www-authenticate", header.parse().unwrap());
        }
        challenges(&Response { status: 401, headers: map, body: Vec::new() })
    }

    /// RFC 6750 §3.
    #[test]
    fn the_published_challenge() {
        let found = of(&[
            "Bearer realm=\"example\", error=\"invalid_token\", error_description=\"The access token expired\"",
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_bearer());
        assert_eq!(found[0].get("error"), Some("invalid_token"));
        assert_eq!(found[0].get("error_description"), Some("The access token expired"));
    }

    /// RFC 9110 §11.6.1: two challenges in one field, with a comma inside of a quoted string.
    #[test]
    fn the_published_list_of_challenges() {
        let found = of(&[
            "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
        ]);
        let schemes: Vec<_> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["Basic", "Newauth"]);
        assert_eq!(found[1].get("title"), Some("Login to \"apps\""));
        assert_eq!(found[1].get("type"), Some("1"));
    }

    #[test]
    fn a_bare_challenge_and_several_fields() {
        let found = of(&["Bearer", "DPoP algs=\"ES256\""]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].get("error"), None);
        assert_eq!(of(&["Bearer", "error=\"x\""])[0].get("error"), None);
        assert_eq!(of(&["", "=x", "\"", "a=\"unfinished"]), []);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_all_is_bounded(header in "[ -~]{0,200}") {
            let found = of(&[&header]);
            prop_assert!(found.len() <= MAX_CHALLENGES);
            prop_assert!(found.iter().all(|c| c.parameters.len() <= MAX_PARAMETERS));
        }
    }
}
