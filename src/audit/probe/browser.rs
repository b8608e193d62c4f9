//! A browser without a screen: follows redirects at the issuer, logs in, consents, and stops where
//! the issuer sends it away. What it is sent to is read, never fetched.

use std::sync::Arc;

use http::HeaderName;
use http::header::{COOKIE, ORIGIN};
use url::Url;

use super::page::Form;
use super::{Answer, Authorized, Params, Probe, Request, Step, Trouble, Visit};
use crate::audit::target::{Login, User};
use crate::protocol::Secret;

/// Cookies of one browser, and the person in front of it.
#[derive(Clone, Debug)]
pub struct Session {
    user: User,
    cookies: Vec<(String, Secret)>,
    consent: Consent,
    asked: bool,
    passwords: usize,
    looks_only: bool,
    pages: Vec<Answer>,
    visits: Option<Vec<Visit>>,
    said: Option<(HeaderName, String)>,
    typing: Option<Secret>,
    script: Arc<[Login]>,
    set_cookies: Vec<Secret>,
}

/// How the person answers the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Presses the button that says yes.
    Given,
    /// Presses the button that says no.
    Denied,
    /// Does not: another site sends the form, without the token that only the page can know.
    Forged,
    /// Does not: looks at the page, and goes no further.
    Withheld,
}

/// More cookies than any login sets.
const MAX_COOKIES: usize = 50;

const ATTACKER: &str = "https://attacker.example";

impl Session {
    /// A browser in which this user will log in when asked.
    pub fn of(user: &User) -> Self {
        Self {
            user: user.clone(),
            cookies: Vec::new(),
            consent: Consent::Given,
            asked: false,
            passwords: 0,
            looks_only: false,
            pages: Vec::new(),
            visits: None,
            said: None,
            typing: None,
            script: Arc::default(),
            set_cookies: Vec::new(),
        }
    }

    /// The same with a script for pages that do not explain themselves.
    #[must_use]
    pub fn scripted(self, script: &Arc<[Login]>) -> Self {
        Self { script: Arc::clone(script), ..self }
    }

    /// The same, but no form is ever sent: the first page is the end.
    #[must_use]
    pub fn looking(self) -> Self {
        Self { looks_only: true, ..self }
    }

    /// The pages of the last request, in order.
    pub fn pages(&self) -> &[Answer] {
        &self.pages
    }

    /// Forgets whether consent was asked for, and how often a password was.
    pub fn begin_anew(&mut self) {
        (self.asked, self.passwords) = (false, 0);
    }

    /// The same with another way to answer the consent page.
    #[must_use]
    pub fn consenting(self, consent: Consent) -> Self {
        Self { consent, ..self }
    }

    /// The same, with a header of its own in every request.
    #[must_use]
    pub fn saying(self, name: HeaderName, value: String) -> Self {
        Self { said: Some((name, value)), ..self }
    }

    /// The same, remembering every answer on the way.
    #[must_use]
    pub fn watched(self) -> Self {
        Self { visits: Some(Vec::new()), ..self }
    }

    /// Every answer on the way, if it was watched.
    pub fn into_visits(self) -> Vec<Visit> {
        self.visits.unwrap_or_default()
    }

    /// Another browser with a copy of these cookies.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self { asked: false, passwords: 0, ..self.clone() }
    }

    /// The same with a code to type where a page asks for a text and nothing else.
    #[must_use]
    pub fn typing(self, code: &Secret) -> Self {
        Self { typing: Some(code.clone()), ..self }
    }

    /// Whether a consent page was answered, or looked at and left. A forged answer counts when
    /// there was a token to leave out.
    pub const fn was_asked(&self) -> bool {
        self.asked
    }

    /// Whether a password was asked for and given.
    pub const fn gave_password(&self) -> bool {
        self.passwords > 0
    }

    fn cookie_header(&self) -> Option<Secret> {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
        (!pairs.is_empty()).then(|| Secret::new(pairs.join("; ")))
    }

    /// The names of its cookies.
    pub fn cookie_names(&self) -> Vec<String> {
        self.cookies.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&Secret> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Puts a cookie there that no server set.
    pub fn plant(&mut self, name: &str, value: &Secret) {
        self.cookies.retain(|(known, _)| known != name);
        self.cookies.push((name.to_owned(), value.clone()));
    }

    /// Every `Set-Cookie` that came, as it came.
    pub fn set_cookies(&self) -> &[Secret] {
        &self.set_cookies
    }

    /// Changes who sits in front of it.
    #[must_use]
    pub fn with_password(mut self, password: &Secret) -> Self {
        self.user.password = password.clone();
        self
    }

    pub(super) fn begin_walk(&mut self) {
        self.pages.clear();
    }

    pub(super) fn keep_page(&mut self, answer: &Answer) {
        self.pages.push(answer.clone());
    }

    pub(super) fn keep_visit(&mut self, (step, url): (Step, &Url), answer: &Answer) {
        if let Some(visits) = &mut self.visits {
            visits.push(Visit { step, url: url.to_string(), answer: answer.clone() });
        }
    }

    pub(super) const fn only_looks(&self) -> bool {
        self.looks_only
    }

    pub(super) fn keep_cookies(&mut self, answer: &Answer) {
        for header in answer.headers("set-cookie") {
            if self.set_cookies.len() < MAX_COOKIES {
                self.set_cookies.push(Secret::new(header));
            }
            let pair = header.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let name = name.trim().to_owned();
            self.cookies.retain(|(known, _)| *known != name);
            if !value.trim().is_empty() && self.cookies.len() < MAX_COOKIES {
                self.cookies.push((name, Secret::new(value.trim())));
            }
        }
    }
}

impl Probe {
    /// One request of a browser of this session. Nobody answers what it shows.
    pub async fn open(&self, session: &Session, url: &str) -> Result<Answer, Trouble> {
        self.send(with_cookies(Request::get(url), session)).await
    }

    /// Opens a page of the issuer as a browser of this session, and follows it to its end.
    pub async fn visit(&self, session: &mut Session, url: &str) -> Result<Authorized, Trouble> {
        self.browse(session, url).await
    }
}

/// Each page is answered once: a login page that comes again says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Login,
    At(String),
    Scripted(usize),
}

impl Session {
    /// Whether this is the page on which the person says nothing.
    pub(super) fn withholds(&mut self, form: &Form) -> bool {
        let code = self.typing.is_some() && form.user_field().is_some();
        let withheld = self.consent == Consent::Withheld && !form.asks_for_password() && !code;
        self.asked |= withheld;
        withheld
    }

    /// The form of a page that is to be sent, and the step of the script that says how.
    pub(super) fn form(
        &self,
        answer: &Answer,
        at: &Url,
        seen: &mut Vec<Page>,
    ) -> Option<(Form, Option<Login>)> {
        let forms = if answer.is_html() { Form::all(&answer.text()) } else { Vec::new() };
        let steps = self.script.iter().enumerate();
        let mut steps = steps.filter(|(at_step, step)| {
            step.matches(at.as_str()) && !seen.contains(&Page::Scripted(*at_step))
        });
        let scripted = steps.find_map(|(at_step, step)| {
            let form = forms.iter().find(|form| form.takes(step))?;
            Some((Page::Scripted(at_step), form.clone(), Some(step.clone())))
        });
        let (page, form, step) = if let Some(found) = scripted {
            found
        } else {
            let form = forms.into_iter().next()?;
            // Other login pages may follow each other: one for the name, one for the password.
            let place = form.action.split('?').next().unwrap_or_default().to_owned();
            let page = if form.asks_for_password() { Page::Login } else { Page::At(place) };
            (page, form, None)
        };
        let new = !seen.contains(&page);
        seen.push(page);
        new.then_some((form, step))
    }
}

/// Answers a page as the script says.
pub(super) fn follow(session: &mut Session, form: &Form, action: &Url, step: &Login) -> Request {
    let mut fields = form.fields();
    for (name, value) in &step.fill {
        let password = session.user.password.expose();
        let value = value.replace("{user}", &session.user.name).replace("{password}", password);
        fill(&mut fields, Some(name), &value);
    }
    session.passwords += usize::from(step.gives_password());
    session.asked |= !step.gives_password();
    let button = step.press.as_deref().and_then(|button| form.button(button));
    fields.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let origin = action.origin().ascii_serialization();
    Request::post_form(action.as_str(), &sending(&fields).pairs()).header(ORIGIN, origin)
}

pub(super) fn with_cookies(request: Request, session: &Session) -> Request {
    let request = match &session.said {
        Some((name, value)) => request.header(name.clone(), value.as_str()),
        None => request,
    };
    match session.cookie_header() {
        Some(cookies) => request.header(COOKIE, cookies),
        None => request,
    }
}

/// What this person sends with a form, and as whose page.
pub(super) fn fill_in(session: &mut Session, form: &Form, action: &Url) -> (Params, String) {
    let mut fields = form.fields();
    let mut origin = action.origin().ascii_serialization();
    if form.asks_for_password() {
        session.passwords += 1;
        fill(&mut fields, form.user_field(), &session.user.name);
        fill(&mut fields, form.password_field(), session.user.password.expose());
    } else {
        let before = fields.len();
        if let Some(code) = &session.typing {
            fill(&mut fields, form.user_field(), code.expose());
        }
        if session.consent == Consent::Forged {
            fields.retain(|(name, _)| !is_token(name));
            ATTACKER.clone_into(&mut origin);
        }
        session.asked = session.consent != Consent::Forged || fields.len() < before;
        let button = if session.consent == Consent::Denied { form.no() } else { form.yes() };
        fields.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    (sending(&fields), origin)
}

fn sending(fields: &[(String, String)]) -> Params {
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Params::of(pairs)
}

fn fill(fields: &mut Vec<(String, String)>, name: Option<&str>, value: &str) {
    let Some(name) = name else { return };
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// Names that forms give to the value that another site cannot know.
pub(super) fn is_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["csrf", "xsrf", "token", "nonce", "authenticity"].iter().any(|word| name.contains(word))
}

pub(super) fn parse(url: &str) -> Result<Url, Trouble> {
    Url::parse(url).map_err(|_| Trouble::Basis(format!("{url} is no URL")))
}
