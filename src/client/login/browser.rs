//! The browser that nobody sits at: it opens the authorization URL, logs in, decides, and stops at
//! the redirect URI.

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use url::{Origin, Url};

use super::choice::Asked;
use super::cookie::CookieJar;
use super::form::{Button, Form};
use super::html::Page;
use super::landing;
use crate::client::answer::Answer;
use crate::client::arrival::Arrival;
use crate::client::caller::{Caller, Lesson};
use crate::client::error::ClientError;
use crate::client::summary::{cut, endpoint};
use crate::clock::Clock;
use crate::fetch::Request;
use crate::protocol::Secret;

const OPEN: Lesson = Lesson {
    title: "Open the authorization URL",
    why: "The user's browser, not the client, talks to the server: the client never sees the password.",
    spec: "RFC 6749 §4.1.1",
};

const FOLLOW: Lesson = Lesson {
    title: "Follow a redirect",
    why: "The server moves the browser on to its next page.",
    spec: "RFC 9110 §15.4",
};

const LOG_IN: Lesson = Lesson {
    title: "Log in",
    why: "The server finds out who the user is. How it does so is its own affair.",
    spec: "RFC 6749 §3.1",
};

const DECIDE: Lesson = Lesson {
    title: "Decide",
    why: "The user is asked whether the client may have what it asks for.",
    spec: "RFC 6749 §4.1",
};

/// What the user says when asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    #[default]
    Approve,
    /// No.
    Deny,
}

/// The user.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name to log in with.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// What is said to the consent page.
    pub consent: Consent,
}

/// A browser with its cookies. A second flow in it finds the user logged in.
#[derive(Clone, Debug)]
pub struct Browser {
    jar: CookieJar,
    clock: Clock,
}

/// At most this many redirects and pages in one flow, each.
const MAX_REDIRECTS: usize = 20;
const MAX_PAGES: usize = 8;
const MAX_FIELD: usize = 8 * 1024;

/// One flow on its way.
pub(super) struct Trip<'t> {
    caller: Caller<'t>,
    /// Where it ends; `None` where it ends at a page (RFC 8628 §3.3).
    pub(super) redirect_uri: Option<&'t str>,
    /// The origin of the server that was asked.
    pub(super) home: Option<Origin>,
    person: &'t Person,
    redirects: usize,
    pages: usize,
    named: bool,
    logged_in: bool,
    decided: bool,
}

enum Next {
    Send(&'static Lesson, Request),
    Arrived(Arrival),
}

impl Browser {
    /// A browser without cookies.
    pub fn new(clock: Clock) -> Self {
        Self { jar: CookieJar::new(), clock }
    }

    /// The cookies.
    pub const fn cookies(&self) -> &CookieJar {
        &self.jar
    }

    /// Sends one request with the cookies that fit, and keeps those that come back. No redirect
    /// is followed.
    pub async fn send<'a>(
        &mut self,
        caller: impl Into<Caller<'a>>,
        lesson: &Lesson,
        mut request: Request,
    ) -> Result<Answer, ClientError> {
        let url = parse(&request.url)?;
        if let Some(cookies) = self.jar.header(&url, self.clock.now()) {
            request = request.header(COOKIE, cookies);
        }
        let request = request.accept("text/html, application/xhtml+xml, */*;q=0.1");
        let answer = caller.into().send(lesson, request).await?;
        let now = self.clock.now();
        for cookie in answer.response.header_all(SET_COOKIE.as_str()).take(64) {
            self.jar.store(&url, cookie, now);
        }
        Ok(answer)
    }

    /// Opens an authorization URL as this person, and goes on until the redirect URI is reached:
    /// the whole answer, which nobody has judged yet.
    pub async fn authorize<'a>(
        &mut self,
        caller: impl Into<Caller<'a>>,
        url: &str,
        redirect_uri: &str,
        person: &Person,
    ) -> Result<Arrival, ClientError> {
        self.travel(Trip::new(caller.into(), Some(redirect_uri), person), url).await
    }

    /// Opens the page of a device with its code, and goes on until the device is answered.
    pub async fn answer_device<'a>(
        &mut self,
        caller: impl Into<Caller<'a>>,
        url: &str,
        person: &Person,
    ) -> Result<(), ClientError> {
        self.travel(Trip::new(caller.into(), None, person), url).await.map(drop)
    }

    async fn travel(&mut self, mut trip: Trip<'_>, url: &str) -> Result<Arrival, ClientError> {
        trip.home = Some(parse(url)?.origin());
        let (mut lesson, mut request) = (&OPEN, Request::get(url));
        loop {
            let at = parse(&request.url)?;
            let sent = request.clone();
            let answer = self.send(trip.caller, lesson, request).await?;
            let next = if answer.response.is_redirect() && answer.response.location().is_some() {
                trip.redirect(&at, &answer, sent)?
            } else {
                trip.page(&at, &answer)?
            };
            match next {
                Next::Arrived(arrival) => return Ok(arrival),
                Next::Send(why, what) => (lesson, request) = (why, what),
            }
        }
    }
}

impl<'t> Trip<'t> {
    const fn new(caller: Caller<'t>, redirect_uri: Option<&'t str>, person: &'t Person) -> Self {
        Self {
            caller,
            redirect_uri,
            home: None,
            person,
            redirects: 0,
            pages: 0,
            named: false,
            logged_in: false,
            decided: false,
        }
    }

    fn redirect(&mut self, at: &Url, answer: &Answer, sent: Request) -> Result<Next, ClientError> {
        let location = answer.response.header(LOCATION.as_str()).unwrap_or_default();
        if self.arrived(location) {
            return Ok(Next::Arrived(Arrival::address(location)));
        }
        self.redirects += 1;
        if self.redirects > MAX_REDIRECTS {
            return Err(never_arrived(answer, MAX_REDIRECTS));
        }
        let malformed = |detail: &str| ClientError::Malformed {
            endpoint: answer.endpoint.clone(),
            detail: detail.to_owned(),
        };
        let target = at.join(location).map_err(|_| malformed("it redirects to no URL"))?;
        let keeps_method = matches!(answer.response.status, 307 | 308);
        if !keeps_method || sent.method == http::Method::GET {
            return Ok(Next::Send(&FOLLOW, Request::get(target)));
        }
        if target.origin() != at.origin() {
            // The password would go along (RFC 9700 §4.12).
            return Err(malformed("it passes a submitted form on to another origin (307 or 308)"));
        }
        let mut again = Request::new(sent.method, target);
        again.body = sent.body;
        again.headers = sent.headers;
        again.headers.retain(|(name, _)| *name == http::header::CONTENT_TYPE);
        Ok(Next::Send(&FOLLOW, again))
    }

    fn page(&mut self, at: &Url, answer: &Answer) -> Result<Next, ClientError> {
        let page = Page::parse(&answer.response.text());
        if let Some(arrival) = self.ended(at, answer, &page)? {
            return Ok(Next::Arrived(arrival));
        }
        let asked = page.asks();
        let form_again = matches!(asked, Asked::Password(_) | Asked::UserName(_));
        if !answer.response.is_success() && !form_again {
            return Err(refused(answer, &page));
        }
        self.pages += 1;
        if self.pages > MAX_PAGES {
            return Err(never_arrived(answer, MAX_PAGES));
        }
        let Person { username, password, consent } = self.person;
        let (form, button, lesson) = match asked {
            Asked::Person(reason) => return Err(needs_person(answer, &page, reason)),
            Asked::Password(_) if self.logged_in => return Err(self.wrong_password(answer, &page)),
            Asked::Password(form) => {
                self.logged_in = true;
                (form.filled(username, Some(password.expose())), form.default_button(), &LOG_IN)
            }
            Asked::UserName(_) if self.named => return Err(self.wrong_password(answer, &page)),
            Asked::UserName(form) => {
                self.named = true;
                (form.filled(username, None), form.default_button(), &LOG_IN)
            }
            Asked::Decision => {
                let approve = *consent == Consent::Approve;
                let missing = "it has no button that is known to say so";
                // A device's first page knows no no: it only takes the code.
                let way = page.decide(approve).or_else(|| self.goes_on(&page));
                let (form, button) = way.ok_or_else(|| needs_person(answer, &page, missing))?;
                self.decided = true;
                (form, button, &DECIDE)
            }
        };
        let request = form.submit(at, button.as_ref());
        let request = request
            .filter(|request| request.url.len() <= MAX_FIELD)
            .ok_or_else(|| needs_person(answer, &page, "its form leads to no usable URL"))?;
        if self.arrived(&request.url) {
            return Ok(Next::Arrived(landing::carried(request)));
        }
        Ok(Next::Send(lesson, request))
    }

    /// What a page brings that is the last one.
    fn ended(
        &self,
        at: &Url,
        answer: &Answer,
        page: &Page,
    ) -> Result<Option<Arrival>, ClientError> {
        if self.is_over(answer, page) {
            return Ok(Some(Arrival::address("")));
        }
        if answer.response.is_success() { self.posted(at, answer, page) } else { Ok(None) }
    }

    /// Whether a device is answered: after the decision comes a page without any form. To a no,
    /// some servers say that access is denied.
    fn is_over(&self, answer: &Answer, page: &Page) -> bool {
        let denied = self.person.consent == Consent::Deny && answer.response.status == 403;
        let ended = answer.response.is_success() || denied;
        self.redirect_uri.is_none() && self.decided && page.forms.is_empty() && ended
    }

    fn goes_on(&self, page: &Page) -> Option<(Form, Option<Button>)> {
        if self.redirect_uri.is_none() && !self.decided { page.decide(true) } else { None }
    }

    fn wrong_password(&self, answer: &Answer, page: &Page) -> ClientError {
        ClientError::WrongPassword {
            page: answer.endpoint.clone(),
            user: self.person.username.clone(),
            says: page.alert.as_deref().map(cut),
            trace_id: answer.response.trace_id().map(str::to_owned),
        }
    }
}

fn refused(answer: &Answer, page: &Page) -> ClientError {
    if let Some(error) = answer.error_response() {
        return error.into();
    }
    let said = [page.alert.as_deref().unwrap_or_default(), &page.heading, &page.title];
    let said = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    ClientError::Status {
        endpoint: answer.endpoint.clone(),
        status: answer.response.status,
        excerpt: cut(said),
        trace_id: answer.response.trace_id().map(str::to_owned),
    }
}

fn needs_person(answer: &Answer, page: &Page, reason: &'static str) -> ClientError {
    ClientError::NeedsPerson { page: answer.endpoint.clone(), title: cut(&page.title), reason }
}

fn never_arrived(answer: &Answer, limit: usize) -> ClientError {
    ClientError::NeverArrived { page: answer.endpoint.clone(), limit }
}

fn parse(url: &str) -> Result<Url, ClientError> {
    Url::parse(url).map_err(|error| ClientError::Input {
        what: "the URL",
        detail: format!("{}: {error}", endpoint(url)),
    })
}
