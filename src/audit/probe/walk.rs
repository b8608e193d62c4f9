//! A browser that stops before it answers a page, so that a check can answer it in another way, and
//! goes on from there.

use http::header::ORIGIN;
use url::Url;

use super::browser::{fill_in, follow, parse, with_cookies};
use super::page::Form;
use super::{Authorized, Endpoints, Params, Probe, Request, Session, Step, Trouble};

/// What a page with a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Name and password.
    Login,
    /// Anything else: consent.
    Consent,
}

impl Asks {
    const fn missing(self) -> &'static str {
        match self {
            Self::Login => "nobody is asked for a password",
            Self::Consent => "nobody is asked for consent",
        }
    }
}

/// A page that waits for its person.
#[derive(Clone, Debug)]
pub struct Open {
    /// Where it stands.
    pub page: String,
    /// Where its form leads.
    pub action: String,
    /// What the browser would send: filled in, with the button that says yes.
    pub fields: Params,
}

/// More pages than any login has.
const MAX_STEPS: usize = 12;

/// Where a walk ended.
enum Arrived {
    End(Authorized),
    At(Open),
}

/// Which pages are not answered.
#[derive(Clone, Copy, Debug, Default)]
struct Halt {
    /// At this page the walk stops.
    before: Option<Asks>,
    /// This page was answered already: that it comes again is the end.
    answered: Option<Asks>,
}

impl Probe {
    /// Follows an authorization request to its end.
    pub(super) async fn browse(
        &self,
        session: &mut Session,
        url: &str,
    ) -> Result<Authorized, Trouble> {
        match self.walk(session, Request::get(url), Halt::default()).await? {
            Arrived::End(end) => Ok(end),
            Arrived::At(_) => Err(Trouble::Basis("a page that nobody asked for".to_owned())),
        }
    }

    /// Follows an authorization request until a page asks for this, answering those before it.
    pub async fn open_until(
        &self,
        at: &Endpoints,
        session: &mut Session,
        (asking, asks): (&Params, Asks),
    ) -> Result<Open, Trouble> {
        let never = |what: &str| Trouble::Basis(format!("no page asked for {asks:?}: {what}"));
        let url = match self.authorization_url(at, asking).await? {
            Ok(url) => url,
            Err(refused) => return Err(never(&refused.summary())),
        };
        let halt = Halt { before: Some(asks), answered: None };
        match self.walk(session, Request::get(url), halt).await? {
            Arrived::At(open) => Ok(open),
            Arrived::End(end) if end.code().is_some() => {
                Err(Trouble::Without(format!("{}: a code comes without it", asks.missing())))
            }
            Arrived::End(end) => Err(never(&end.summary())),
        }
    }

    /// Opens a consent page by its URL in this browser; `None` when another page is shown there.
    pub async fn look(&self, session: &mut Session, url: &str) -> Result<Option<Open>, Trouble> {
        let halt = Halt { before: Some(Asks::Consent), answered: Some(Asks::Login) };
        match self.walk(session, Request::get(url), halt).await? {
            Arrived::At(open) => Ok(Some(open)),
            Arrived::End(_) => Ok(None),
        }
    }

    /// Sends a request in this browser that answers a page in some way, and follows it. The same
    /// page again is the end.
    pub async fn go_on(
        &self,
        session: &mut Session,
        request: Request,
        answered: Asks,
    ) -> Result<Authorized, Trouble> {
        let halt = Halt { before: None, answered: Some(answered) };
        match self.walk(session, request, halt).await? {
            Arrived::End(end) => Ok(end),
            Arrived::At(_) => Err(Trouble::Basis("a page that nobody asked for".to_owned())),
        }
    }

    async fn walk(
        &self,
        session: &mut Session,
        mut request: Request,
        halt: Halt,
    ) -> Result<Arrived, Trouble> {
        let mut at = parse(&request.url)?;
        let home = at.origin();
        let (mut answered, mut step) = (Vec::new(), Step::Opened);
        session.begin_walk();
        for _ in 0..MAX_STEPS {
            let answer = self.send(with_cookies(request, session)).await?;
            session.keep_cookies(&answer);
            session.keep_visit((step, &at), &answer);
            if let Some(location) = answer.location() {
                let next = at.join(location).ok().filter(|next| next.origin() == home);
                let Some(next) = next else {
                    return Ok(Arrived::End(Authorized::Redirected(location.to_owned())));
                };
                request = Request::get(next.as_str());
                (at, step) = (next, Step::Followed);
                continue;
            }
            session.keep_page(&answer);
            let Some((form, scripted)) = session.form(&answer, &at, &mut answered) else {
                return Ok(Arrived::End(Authorized::Shown(answer)));
            };
            let Some(action) = at.join(&form.action).ok() else {
                return Ok(Arrived::End(Authorized::Shown(answer)));
            };
            if action.origin() != home {
                return Ok(Arrived::End(Authorized::of_form(form, answer)));
            }
            let asks = form.asks();
            if halt.before == Some(asks) {
                return Ok(Arrived::At(Open::of(session, &form, (&at, &action))));
            }
            if halt.answered == Some(asks) || session.only_looks() || session.withholds(&form) {
                return Ok(Arrived::End(Authorized::Shown(answer)));
            }
            request = match scripted {
                Some(how) => follow(session, &form, &action, &how),
                None => submit(session, &form, &action),
            };
            step = if asks == Asks::Login { Step::LoggedIn } else { Step::Consented };
            at = action;
        }
        Err(Trouble::Basis(format!("no end after {MAX_STEPS} pages")))
    }
}

fn submit(session: &mut Session, form: &Form, action: &Url) -> Request {
    let (params, origin) = fill_in(session, form, action);
    Request::post_form(action.as_str(), &params.pairs()).header(ORIGIN, origin)
}

impl Open {
    fn of(session: &mut Session, form: &Form, (page, action): (&Url, &Url)) -> Self {
        let (fields, _) = fill_in(session, form, action);
        Self { page: page.to_string(), action: action.to_string(), fields }
    }

    /// The request that answers the page, as the page's own form sends it.
    pub fn request(&self, fields: &Params) -> Request {
        let origin = Url::parse(&self.action).map(|url| url.origin().ascii_serialization());
        let request = Request::post_form(&self.action, &fields.pairs());
        match origin {
            Ok(origin) => request.header(ORIGIN, origin),
            Err(_) => request,
        }
    }

    /// The same fields without those that hold what another site cannot know; `None` if there is
    /// none.
    pub fn without_tokens(&self) -> Option<Params> {
        let tokens = self.tokens();
        let bare = tokens.iter().fold(self.fields.clone(), |fields, name| fields.without(name));
        (!tokens.is_empty()).then_some(bare)
    }

    /// The same fields with the tokens of another page.
    pub fn with_tokens_of(&self, other: &Self) -> Option<Params> {
        let tokens = self.tokens();
        let swapped = tokens.iter().fold(self.fields.clone(), |fields, name| {
            other.fields.get(name).map_or(fields.clone(), |value| fields.with(name, value))
        });
        let changed = tokens.iter().any(|name| swapped.get(name) != self.fields.get(name));
        changed.then_some(swapped)
    }

    fn tokens(&self) -> Vec<String> {
        let names = self.fields.pairs().into_iter().map(|(name, _)| name);
        names.filter(|name| super::browser::is_token(name)).map(str::to_owned).collect()
    }
}

impl Authorized {
    /// What the page at the end asks for, if it is a sound page with a form.
    pub fn page_asks(&self) -> Option<Asks> {
        let Self::Shown(answer) = self else { return None };
        let forms = Form::all(&answer.text());
        let sound = answer.is_success() && answer.is_html();
        forms.first().filter(|_| sound).map(Form::asks)
    }
}

impl Form {
    fn asks(&self) -> Asks {
        if self.asks_for_password() { Asks::Login } else { Asks::Consent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(csrf: &str) -> Open {
        let fields = Params::of([("interaction", "i"), ("csrf", csrf), ("decision", "allow")]);
        Open { page: "https://a/consent".into(), action: "https://a/consent".into(), fields }
    }

    #[test]
    fn tokens_are_left_out_and_swapped() {
        let (own, other) = (open("one"), open("two"));
        assert_eq!(own.without_tokens().unwrap().query(), "interaction=i&decision=allow");
        let swapped = own.with_tokens_of(&other).unwrap();
        assert_eq!(swapped.query(), "interaction=i&csrf=two&decision=allow");
        assert!(own.with_tokens_of(&own).is_none(), "nothing was swapped");
        let bare = Open { fields: Params::of([("decision", "allow")]), ..open("x") };
        assert!(bare.without_tokens().is_none());
    }
}
