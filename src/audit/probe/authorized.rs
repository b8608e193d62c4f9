//! Where an authorization request ended, and what that says. Pure.

use super::page::Form;
use super::{Answer, Code, Pkce, Trouble};
use crate::audit::finding::Outcome;
use crate::protocol::Secret;

/// Where an authorization request ended.
#[derive(Clone, Debug)]
pub enum Authorized {
    /// The issuer sent the browser away.
    Redirected(String),
    /// The issuer showed something.
    Shown(Answer),
}

impl Authorized {
    /// The code, if one was issued.
    pub fn code(&self) -> Option<Secret> {
        self.parameter("code").map(Secret::new)
    }

    /// The code with what belongs to it.
    pub fn into_code(self, pkce: Pkce, redirect_uri: &str) -> Result<Code, Trouble> {
        let no_code = || Trouble::Basis(format!("no code was issued: {}", self.summary()));
        let code = self.code().ok_or_else(no_code)?;
        Ok(Code { code, pkce, redirect_uri: redirect_uri.to_owned() })
    }

    /// What happened, in words that show no code.
    pub fn summary(&self) -> String {
        match self {
            Self::Redirected(location) => {
                let place = location.split(['?', '#']).next().unwrap_or_default();
                let what = match (self.parameter("code"), self.parameter("error")) {
                    (Some(_), _) => "a code".to_owned(),
                    (None, Some(error)) => format!("error={error}"),
                    (None, None) => "neither code nor error".to_owned(),
                };
                format!("{what}, sent to {place}")
            }
            Self::Shown(answer) if is_login(answer) => "the login page again".to_owned(),
            Self::Shown(answer) => format!("{}, shown here", answer.summary()),
        }
    }

    /// Whether the client received a code.
    pub fn outcome(&self, registered: &str) -> Outcome {
        let said = self.summary();
        match self {
            Self::Shown(answer) => shown(answer, said),
            Self::Redirected(location) if !sent_to(location, registered) => Outcome::Unclear(said),
            Self::Redirected(_) if self.parameter("code").is_some() => Outcome::Accepted(said),
            Self::Redirected(_) if self.parameter("error").is_some() => Outcome::Refused(said),
            Self::Redirected(_) => Outcome::Unclear(said),
        }
    }

    /// Whether the browser was sent to another place than the registered one, with a code or with
    /// an error: either makes the server a redirector.
    pub fn elsewhere(&self, registered: &str) -> Outcome {
        let said = self.summary();
        match self {
            Self::Shown(answer) => shown(answer, said),
            Self::Redirected(location) if sent_to(location, registered) => Outcome::Refused(said),
            Self::Redirected(_) => Outcome::Accepted(said),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let Self::Redirected(location) = self else { return None };
        let (_, query) = location.split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

/// Byte for byte the registered URI, with response parameters behind it.
fn sent_to(location: &str, registered: &str) -> bool {
    location.strip_prefix(registered).is_some_and(|rest| {
        rest.is_empty()
            || rest.starts_with('?')
            || registered.contains('?') && rest.starts_with('&')
    })
}

fn shown(answer: &Answer, said: String) -> Outcome {
    match answer.status() {
        408 | 425 | 429 => Outcome::Unclear(said),
        400..=499 => Outcome::Refused(said),
        _ if is_login(answer) => Outcome::Refused(said),
        _ => Outcome::Unclear(said),
    }
}

fn is_login(answer: &Answer) -> bool {
    answer.is_html() && Form::all(&answer.text()).iter().any(Form::asks_for_password)
}

#[cfg(test)]
mod tests {
    use super::super::answer::tests::answer;
    use super::*;

    const REGISTERED: &str = "https://app.example/cb";

    fn sent(location: &str) -> Authorized {
        Authorized::Redirected(location.to_owned())
    }

    #[test]
    fn a_code_counts_at_the_registered_uri_only() {
        assert!(sent("https://app.example/cb?code=x").outcome(REGISTERED).is_accepted());
        let refused = sent("https://app.example/cb?error=invalid_request").outcome(REGISTERED);
        assert!(matches!(refused, Outcome::Refused(_)));
        let elsewhere = sent("https://attacker.test/cb?code=x").outcome(REGISTERED);
        assert!(matches!(elsewhere, Outcome::Unclear(_)));
    }

    #[test]
    fn any_other_place_is_elsewhere_also_with_an_error() {
        for location in [
            "https://attacker.test/cb?code=x",
            "https://attacker.test/cb?error=invalid_request",
            "https://app.example/cbx?code=x",
            "https://app.example/x/../cb?code=x",
        ] {
            assert!(sent(location).elsewhere(REGISTERED).is_accepted(), "{location}");
        }
        let registered = sent("https://app.example/cb?error=x").elsewhere(REGISTERED);
        assert!(matches!(registered, Outcome::Refused(_)));
    }

    #[test]
    fn pages_refuse_and_faults_say_nothing() {
        let html = [("content-type", "text/html; charset=utf-8")];
        let login = "<form><input type=password name=p></form>";
        for (status, body, refused) in [
            (400, "", true),
            (200, login, true),
            (200, "", false),
            (500, "", false),
            (429, "", false),
        ] {
            let shown = Authorized::Shown(answer(status, &html, body));
            let outcome = shown.outcome(REGISTERED);
            assert_eq!(matches!(outcome, Outcome::Refused(_)), refused, "{status} {body}");
            assert!(!outcome.is_accepted());
        }
    }

    #[test]
    fn no_code_shows_in_a_summary() {
        let summary = sent("https://app.example/cb?code=s3cret").summary();
        assert!(!summary.contains("s3cret"));
    }
}
