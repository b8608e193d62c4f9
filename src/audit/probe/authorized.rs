//! Where an authorization request ended, and what that says. Pure.

use super::page::Form;
use super::{Answer, Code, Params, Pkce, Trouble};
use crate::audit::finding::Outcome;
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

/// Where an authorization request ended.
#[derive(Clone, Debug)]
pub enum Authorized {
    /// The issuer sent the browser away.
    Redirected(String),
    /// The issuer showed a form that leads away, with an answer in it.
    Posted {
        /// Where it leads.
        action: String,
        /// What it carries.
        fields: Params,
    },
    /// The issuer showed something.
    Shown(Answer),
}

/// How an answer came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts.
    Form,
}

/// Parameters of which every answer has one.
const TELLING: [&str; 5] = ["code", "error", "access_token", "id_token", "response"];

impl Authorized {
    /// What a page with a form that leads away is: an answer, if it carries one.
    pub(super) fn of_form(form: Form, page: Answer) -> Self {
        let fields = form.fields();
        if !fields.iter().any(|(name, _)| TELLING.contains(&name.as_str())) {
            return Self::Shown(page);
        }
        let fields = Params::of(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Self::Posted { action: form.action, fields }
    }

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
            Self::Redirected(place) | Self::Posted { action: place, .. } => {
                let place = place.split(['?', '#']).next().unwrap_or_default();
                format!("{}, sent to {place}", self.carried())
            }
            Self::Shown(answer) if is_login(answer) => "the login page again".to_owned(),
            Self::Shown(answer) => format!("{}, shown here", answer.summary()),
        }
    }

    fn carried(&self) -> String {
        let has = |name: &&str| self.parameter(name).is_some();
        let got: Vec<_> = ["code", "access_token", "id_token"].into_iter().filter(has).collect();
        match (got.as_slice(), self.parameter("error")) {
            ([], Some(error)) => format!("error={error}"),
            ([], None) => "neither code nor error".to_owned(),
            (["code"], _) => "a code".to_owned(),
            (several, _) => several.join(" and "),
        }
    }

    /// Whether the client received a code.
    pub fn outcome(&self, registered: &str) -> Outcome {
        self.received("code", registered)
    }

    /// Whether the client received a parameter: a code, a token.
    pub fn received(&self, name: &str, registered: &str) -> Outcome {
        let said = self.summary();
        match self.place() {
            None => self.shown(said),
            Some(place) if !sent_to(place, registered) => Outcome::Unclear(said),
            Some(_) if self.parameter(name).is_some() => Outcome::Accepted(said),
            Some(_) if self.parameter("error").is_some() => Outcome::Refused(said),
            Some(_) => Outcome::Unclear(said),
        }
    }

    /// Whether the browser was sent to another place than the registered one, with a code or with
    /// an error: either makes the server a redirector.
    pub fn elsewhere(&self, registered: &str) -> Outcome {
        let said = self.summary();
        match self.place() {
            None => self.shown(said),
            Some(place) if sent_to(place, registered) => Outcome::Refused(said),
            Some(_) => Outcome::Accepted(said),
        }
    }

    /// As [`Self::elsewhere`], for a variant that begins like the registered URI.
    pub fn honoured(&self, registered: &str, variant: &str) -> Outcome {
        match self.place() {
            Some(place) if place.starts_with(variant) => Outcome::Accepted(self.summary()),
            _ => self.elsewhere(registered),
        }
    }

    /// Where the browser was sent.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Redirected(place) | Self::Posted { action: place, .. } => Some(place),
            Self::Shown(_) => None,
        }
    }

    /// How the answer came back.
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Posted { .. } => Some(Channel::Form),
            Self::Redirected(_) => {
                [Channel::Query, Channel::Fragment].into_iter().find(|channel| {
                    let carried = self.pairs(*channel);
                    carried.iter().any(|(name, _)| TELLING.contains(&name.as_str()))
                })
            }
            Self::Shown(_) => None,
        }
    }

    /// A parameter of the answer: of the query, the fragment or the form, or of a signed one.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let plain = self.all(name).into_iter().next();
        plain.or_else(|| {
            let signed = self.all("response").into_iter().next()?;
            Genuine::of(&Secret::new(signed))?.claim(name).map(str::to_owned)
        })
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> Vec<String> {
        let channels = [Channel::Query, Channel::Fragment, Channel::Form];
        let pairs = channels.into_iter().flat_map(|channel| self.pairs(channel));
        pairs.filter(|(known, _)| known == name).map(|(_, value)| value).collect()
    }

    fn pairs(&self, channel: Channel) -> Vec<(String, String)> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let text = match (self, channel) {
            (Self::Posted { fields, .. }, Channel::Form) => {
                return fields.pairs().into_iter().map(owned).collect();
            }
            (Self::Redirected(place), Channel::Query) => {
                let before = place.split('#').next().unwrap_or_default();
                before.split_once('?').map(|(_, query)| query)
            }
            (Self::Redirected(place), Channel::Fragment) => {
                place.split_once('#').map(|(_, fragment)| fragment)
            }
            _ => None,
        };
        let pairs = url::form_urlencoded::parse(text.unwrap_or_default().as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    /// What a page says.
    fn shown(&self, said: String) -> Outcome {
        let Self::Shown(answer) = self else { return Outcome::Unclear(said) };
        match answer.status() {
            408 | 425 | 429 => Outcome::Unclear(said),
            400..=499 => Outcome::Refused(said),
            _ if is_login(answer) => Outcome::Refused(said),
            _ => Outcome::Unclear(said),
        }
    }
}

/// Byte for byte the registered URI, with response parameters behind it.
fn sent_to(location: &str, registered: &str) -> bool {
    location.strip_prefix(registered).is_some_and(|rest| {
        rest.is_empty()
            || rest.starts_with(['?', '#'])
            || registered.contains('?') && rest.starts_with('&')
    })
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
    fn answers_are_read_wherever_they_stand() {
        let fragment = sent("https://app.example/cb#access_token=t&state=%2B");
        assert_eq!(fragment.channel(), Some(Channel::Fragment));
        assert_eq!(fragment.parameter("state").as_deref(), Some("+"));
        assert!(fragment.received("access_token", REGISTERED).is_accepted());
        assert!(!fragment.outcome(REGISTERED).is_accepted());
        let html = r#"<form action="https://app.example/cb"><input type=hidden name=code value=x>"#;
        let form = || Form::all(html).remove(0);
        let posted = Authorized::of_form(form(), answer(200, &[], html));
        assert_eq!(posted.channel(), Some(Channel::Form));
        assert!(posted.outcome(REGISTERED).is_accepted());
        let other = Form { controls: Vec::new(), ..form() };
        assert!(Authorized::of_form(other, answer(200, &[], html)).place().is_none());
        // The payload of this JWT is {"code":"x"}.
        let signed =
            sent("https://app.example/cb?response=eyJhbGciOiJFUzI1NiJ9.eyJjb2RlIjoieCJ9.AA");
        assert!(signed.outcome(REGISTERED).is_accepted());
        let twice = sent("https://app.example/cb?code=x&code=y");
        assert_eq!(twice.all("code"), ["x", "y"]);
    }

    #[test]
    fn a_variant_that_begins_like_the_registered_uri_is_told_apart() {
        let variant = "https://app.example/cb?x=1";
        let honoured = |location| sent(location).honoured(REGISTERED, variant);
        assert!(honoured("https://app.example/cb?x=1&code=y").is_accepted());
        assert!(!honoured("https://app.example/cb?code=y").is_accepted());
    }

    #[test]
    fn no_code_shows_in_a_summary() {
        let summary = sent("https://app.example/cb?code=s3cret").summary();
        assert!(!summary.contains("s3cret"));
    }
}
