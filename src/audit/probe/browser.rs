//! A browser without a screen: follows redirects at the issuer, logs in, consents, and stops where
//! the issuer sends it away. What it is sent to is read, never fetched.

use http::header::{COOKIE, ORIGIN};
use url::Url;

use super::page::Form;
use super::{Answer, Code, Params, Pkce, Probe, Request, Trouble};
use crate::audit::finding::Outcome;
use crate::audit::target::User;
use crate::protocol::Secret;

/// Cookies of one browser, and the person in front of it.
#[derive(Clone, Debug)]
pub struct Session {
    user: User,
    cookies: Vec<(String, Secret)>,
    consent: Consent,
    asked: bool,
}

/// How the person answers the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Presses the button that says yes.
    Given,
    /// Does not: another site sends the form, without the token that only the page can know.
    Forged,
}

/// Where an authorization request ended.
#[derive(Clone, Debug)]
pub enum Authorized {
    /// The issuer sent the browser away.
    Redirected(String),
    /// The issuer showed something.
    Shown(Answer),
}

/// More pages than any login has.
const MAX_STEPS: usize = 12;

const ATTACKER: &str = "https://attacker.example";

impl Session {
    /// A browser in which this user will log in when asked.
    pub fn of(user: &User) -> Self {
        let (user, consent) = (user.clone(), Consent::Given);
        Self { user, cookies: Vec::new(), consent, asked: false }
    }

    /// The same with another way to answer the consent page.
    #[must_use]
    pub fn consenting(self, consent: Consent) -> Self {
        Self { consent, ..self }
    }

    /// Whether a consent page was answered. A forged answer counts when there was a token to leave
    /// out.
    pub const fn was_asked(&self) -> bool {
        self.asked
    }

    fn cookie_header(&self) -> Option<Secret> {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
        (!pairs.is_empty()).then(|| Secret::new(pairs.join("; ")))
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for header in answer.headers("set-cookie") {
            let pair = header.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let name = name.trim().to_owned();
            self.cookies.retain(|(known, _)| *known != name);
            if !value.trim().is_empty() && self.cookies.len() < 50 {
                self.cookies.push((name, Secret::new(value.trim())));
            }
        }
    }
}

impl Probe {
    /// Follows an authorization request to its end.
    pub(super) async fn browse(
        &self,
        session: &mut Session,
        url: &str,
    ) -> Result<Authorized, Trouble> {
        let mut at = parse(url)?;
        let home = at.origin();
        let mut request = Request::get(url);
        let mut answered = Vec::new();
        for _ in 0..MAX_STEPS {
            let answer = self.send(with_cookies(request, session)).await?;
            session.keep_cookies(&answer);
            if let Some(location) = answer.location() {
                let Ok(next) = at.join(location) else {
                    return Ok(Authorized::Redirected(location.to_owned()));
                };
                if next.origin() != home {
                    return Ok(Authorized::Redirected(location.to_owned()));
                }
                request = Request::get(next.as_str());
                at = next;
                continue;
            }
            let form = Form::all(&answer.text()).into_iter().next().filter(|_| answer.is_html());
            let Some(form) = form.filter(|form| is_new(form, &mut answered)) else {
                return Ok(Authorized::Shown(answer));
            };
            let Ok(action) = at.join(&form.action) else { return Ok(Authorized::Shown(answer)) };
            if action.origin() != home {
                return Ok(Authorized::Shown(answer));
            }
            request = submit(session, &form, &action);
            at = action;
        }
        Err(Trouble::Basis(format!("no end after {MAX_STEPS} pages")))
    }
}

/// Each kind of page is answered once: a login page that comes again says no.
fn is_new(form: &Form, answered: &mut Vec<bool>) -> bool {
    let kind = form.asks_for_password();
    let new = !answered.contains(&kind);
    answered.push(kind);
    new
}

fn with_cookies(request: Request, session: &Session) -> Request {
    match session.cookie_header() {
        Some(cookies) => request.header(COOKIE, cookies),
        None => request,
    }
}

fn submit(session: &mut Session, form: &Form, action: &Url) -> Request {
    let mut fields = form.fields();
    let mut origin = action.origin().ascii_serialization();
    if form.asks_for_password() {
        fill(&mut fields, form.user_field(), &session.user.name);
        fill(&mut fields, form.password_field(), session.user.password.expose());
    } else {
        let before = fields.len();
        if session.consent == Consent::Forged {
            fields.retain(|(name, _)| !is_token(name));
            ATTACKER.clone_into(&mut origin);
        }
        session.asked = session.consent == Consent::Given || fields.len() < before;
        let yes = form.yes().map(|(name, value)| (name.to_owned(), value.to_owned()));
        fields.extend(yes);
    }
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let params = Params::of(pairs);
    Request::post_form(action.as_str(), &params.pairs()).header(ORIGIN, origin)
}

fn fill(fields: &mut Vec<(String, String)>, name: Option<&str>, value: &str) {
    let Some(name) = name else { return };
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// Names that forms give to the value that another site cannot know.
fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["csrf", "xsrf", "token", "nonce", "authenticity"].iter().any(|word| name.contains(word))
}

fn parse(url: &str) -> Result<Url, Trouble> {
    Url::parse(url).map_err(|_| Trouble::Basis(format!("{url} is no URL")))
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
