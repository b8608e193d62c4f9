//! What the server shows: its pages, documents and endpoints, each seen once, for the checks that
//! read headers. It is gathered when the first of them looks.

use http::Method;

use super::{Control, Evidence};
use crate::audit::probe::{
    Answer, Exchange, PageKind, Params, Probe, Request, Step, for_itself, reading, with_token,
};

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Seen {
    views: Vec<View>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct View {
    /// What it is.
    pub role: Role,
    /// Where it came from, without a query.
    pub url: String,
    /// It.
    pub answer: Answer,
    /// The same for a report.
    pub exchange: Option<Exchange>,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The page that asks for a password.
    Login,
    /// The page that asks for consent.
    Consent,
    /// The page that refuses a request which must not be redirected.
    Error,
    /// The page of the logout endpoint.
    Logout,
    /// The redirect that answers the password.
    AfterLogin,
    /// The redirect that carries the code.
    ToClient,
    /// Metadata and keys.
    Document,
    /// The token endpoint, with a token.
    Token,
    /// The token endpoint, with an error.
    TokenError,
    /// The introspection endpoint.
    Introspection,
    /// The endpoint for pushed requests.
    Pushed,
    /// The registration endpoint.
    Registration,
    /// The userinfo endpoint.
    Userinfo,
    /// An API that serves a token.
    Api,
    /// An API that refuses.
    ApiRefusal,
}

impl Role {
    /// Pages for people.
    pub const PAGES: &'static [Self] = &[Self::Login, Self::Consent, Self::Error, Self::Logout];

    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "the login page",
            Self::Consent => "the consent page",
            Self::Error => "the error page",
            Self::Logout => "the logout page",
            Self::AfterLogin => "the redirect after the login",
            Self::ToClient => "the redirect with the code",
            Self::Document => "a published document",
            Self::Token => "a token response",
            Self::TokenError => "an error of the token endpoint",
            Self::Introspection => "an introspection response",
            Self::Pushed => "the response to a pushed request",
            Self::Registration => "a registration response",
            Self::Userinfo => "a userinfo response",
            Self::Api => "an API's answer",
            Self::ApiRefusal => "an API's refusal",
        }
    }
}

impl Seen {
    /// Everything.
    pub fn all(&self) -> impl Iterator<Item = &View> {
        self.views.iter()
    }

    /// Answers of these roles.
    pub fn of<'s>(&'s self, roles: &'s [Role]) -> impl Iterator<Item = &'s View> {
        self.views.iter().filter(move |view| roles.contains(&view.role))
    }

    fn keep(&mut self, role: Role, url: &str, answer: Answer, exchange: Option<Exchange>) {
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        self.views.push(View { role, url, answer, exchange });
    }

    /// Asks, and keeps an answer that is what it should be. None is no trouble: it is not seen.
    async fn look(
        &mut self,
        probe: &Probe,
        role: Role,
        request: Request,
        fits: fn(&Answer) -> bool,
    ) {
        if request.url.is_empty() {
            return;
        }
        let (own, url) = (probe.beside(), request.url.clone());
        if let Ok(answer) = own.send(request).await
            && fits(&answer)
        {
            self.keep(role, &url, answer, own.into_exchanges().pop());
        }
    }

    /// What the browser of a good flow saw.
    fn walked(&mut self, control: &Control) {
        for (visit, exchange) in control.visits.iter().zip(&control.exchanges) {
            let role = match (visit.answer.page(), visit.step) {
                (Some(PageKind::Login), _) => Role::Login,
                (Some(PageKind::Question), _) => Role::Consent,
                (None, Step::LoggedIn) if visit.answer.location().is_some() => Role::AfterLogin,
                _ => continue,
            };
            self.keep(role, &visit.url, visit.answer.clone(), Some(exchange.clone()));
        }
        let last = control.visits.last().zip(control.exchanges.get(control.visits.len() - 1));
        if let Some((visit, exchange)) = last
            && visit.answer.location().is_some()
        {
            let (answer, exchange) = (visit.answer.clone(), Some(exchange.clone()));
            self.keep(Role::ToClient, &visit.url, answer, exchange);
        }
    }
}

impl Evidence {
    /// What the server shows. What belongs to a flow is looked at where a good flow works: a server
    /// that answers everything alike has no pages.
    pub async fn seen(&self, probe: &Probe) -> &Seen {
        self.seen.get_or_init(|| self.look_around(probe)).await
    }

    async fn look_around(&self, probe: &Probe) -> Seen {
        let mut seen = Seen::default();
        for document in [&self.oauth, &self.openid, &self.jwks] {
            if document.is_there() {
                let request = Request::get(&document.url).accept("application/json");
                seen.look(probe, Role::Document, request, Answer::is_success).await;
            }
        }
        if let Ok(nonsense) = probe.random() {
            let params = Params::of([("response_type", "code"), ("client_id", nonsense.expose())]);
            let request = Request::get(params.behind(&self.endpoints.authorization));
            let refuses = |answer: &Answer| is_refusal(answer) && answer.is_html();
            seen.look(probe, Role::Error, request, refuses).await;
        }
        let works = |control: &&Control| control.outcome.is_accepted();
        if let Some(public) = self.controls.public.as_ref().filter(works) {
            if !public.visits.is_empty() {
                seen.walked(public);
            }
            self.look_as_user(probe, public, &mut seen).await;
        }
        if self.controls.machine.as_ref().is_some_and(|control| control.outcome.is_accepted()) {
            self.look_as_client(probe, &mut seen).await;
        }
        seen
    }

    async fn look_as_user(&self, probe: &Probe, control: &Control, seen: &mut Seen) {
        let logout = Request::get(&self.endpoints.end_session);
        seen.look(probe, Role::Logout, logout, Answer::is_html).await;
        let token = control.grant.as_ref().map(|grant| &grant.tokens.access_token);
        let userinfo = Request::get(&self.endpoints.userinfo).accept("application/json");
        seen.look(probe, Role::Userinfo, with_token(userinfo, token), Answer::is_success).await;
        if let Some(api) = self.apis.first() {
            let served = with_token(reading(api), token);
            seen.look(probe, Role::Api, served, Answer::is_success).await;
            seen.look(probe, Role::ApiRefusal, reading(api), is_refusal).await;
        }
    }

    async fn look_as_client(&self, probe: &Probe, seen: &mut Seen) {
        let Ok(client) = self.machine() else { return };
        let at = &self.endpoints;
        let form = |url: &str, params: &Params| {
            let request = Request::new(Method::POST, url);
            if url.is_empty() {
                return request;
            }
            let request = Request::post_form(url, &params.pairs()).accept("application/json");
            client.credentials.decorate(request)
        };
        // Through the probe's own way, so that the token is revoked at the end.
        let (own, params) = (probe.beside(), for_itself(&self.machine_scope(client)));
        let mut token = None;
        if let Ok(answer) = own.token(at, Some(&client.credentials), &params).await {
            token = answer.tokens().map(|tokens| tokens.access_token);
            seen.keep(Role::Token, &at.token, answer, own.into_exchanges().pop());
        }
        let wrong = Params::of([("grant_type", "authorization_code"), ("code", "of-no-request")]);
        seen.look(probe, Role::TokenError, form(&at.token, &wrong), is_refusal).await;
        if let Some(token) = token {
            let asked = Params::of([("token", token.expose())]);
            let request = form(&at.introspection, &asked);
            seen.look(probe, Role::Introspection, request, Answer::is_success).await;
        }
        let pushed = probe.pkce().and_then(|pkce| probe.asking(client, "openid", &pkce));
        if let Ok(asking) = pushed {
            let request = form(&at.pushed, &asking);
            seen.look(probe, Role::Pushed, request, Answer::is_success).await;
        }
        if let Some(answer) = &self.registered {
            seen.keep(Role::Registration, &at.registration, answer.clone(), None);
        }
    }
}

const fn is_refusal(answer: &Answer) -> bool {
    matches!(answer.status(), 400..=407 | 409..=424)
}
