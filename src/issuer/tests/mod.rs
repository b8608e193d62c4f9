//! The issuer's own tests: decisions without HTTP, under a clock that is moved by hand.

mod account;
mod authorization;
mod certificate;
mod code;
mod device;
mod exchange;
mod guessing;
mod metadata;
mod refresh;
mod registration;
mod sessions;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use super::session::{consent_token, csrf_token};
use super::*;
use crate::fetch::{Reach, Roots};
use crate::protocol::{
    AuthorizationRequest, ChallengeMethod, ClientId, CodeRequest, CodeVerifier, Form, ScopeRequest,
    TokenRequest, TokenResponse,
};
use crate::rule::{DecisionRecord, NoWaivers, Refusal, Rule, Ruling, Verdict};
use crate::store::{Key, MemoryStore};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:51004/callback";

/// An issuer of the built-in lab, changed by `change`, with its clock.
fn issuer_with(change: impl FnOnce(&mut Config), weaknesses: &[&str]) -> (Issuer, Clock) {
    let mut config = Config::builtin().unwrap();
    change(&mut config);
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let issuer = at_once(Issuer::open(Parts {
        config: Arc::new(config),
        store: View::new(Arc::new(MemoryStore::new(clock.clone()))),
        clock: clock.clone(),
        random: Random::system(),
        lasting: Random::system(),
        deviations: Arc::new(Deviations::of(weaknesses)),
        outgoing: Guarded::new(Roots::Lab(Vec::new()), Reach::default()).unwrap(),
        client_authority: None,
        resource_secret: Secret::new("resource-secret"),
        initial_access_token: Some(Secret::new("initial")),
    }));
    (issuer.unwrap(), clock)
}

/// What a future comes to that waits for nothing: a store in memory answers at once.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("it waits for something"),
    }
}

pub(super) fn issuer() -> (Issuer, Clock) {
    issuer_with(|_| {}, &[])
}

fn verifier() -> CodeVerifier {
    CodeVerifier::parse(VERIFIER).unwrap()
}

fn request(scope: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: Some("web".into()),
        redirect_uri: Some(REDIRECT.into()),
        response_type: Some("code".into()),
        scope: Some(scope.into()),
        state: Some("s1".into()),
        code_challenge: Some(verifier().challenge(ChallengeMethod::S256).as_str().into()),
        code_challenge_method: Some("S256".into()),
        nonce: Some("n1".into()),
        ..AuthorizationRequest::default()
    }
}

fn browser() -> Browser {
    Browser { secret: Some(Secret::new("browser-secret")), ..Browser::default() }
}

/// The token of the consent page that [`browser`] shows to a user.
fn consent_csrf(interaction: &Secret, user: &str) -> Secret {
    let user = crate::protocol::Subject::parse(user).unwrap();
    consent_token(browser().secret.as_ref().unwrap(), interaction, &user)
}

fn public(id: &str) -> PresentedClient {
    PresentedClient { body_id: Some(id.into()), ..PresentedClient::default() }
}

fn basic(id: &str, secret: &str) -> PresentedClient {
    let header = crate::protocol::ClientSecretBasic::header(id, &Secret::new(secret));
    PresentedClient::read(Some(header.expose()), &Form::default(), PresentedSender::default())
}

/// Logs alice in and allows: the code.
async fn code(issuer: &Issuer, request: &AuthorizationRequest) -> Secret {
    let mut browser = browser();
    let next = issuer.authorize(request, &browser).await.unwrap().decision.outcome.unwrap();
    let Next::Login { interaction, .. } = next else { panic!("no login: {next:?}") };
    let csrf = csrf_token(browser.secret.as_ref().unwrap(), &interaction);
    let login = LoginAnswer {
        interaction: Some(interaction.clone()),
        csrf: Some(csrf),
        username: Some("alice".into()),
        password: Some(Secret::new("alice")),
    };
    let (next, session) = issuer.login(&login, &browser).await.unwrap().outcome.unwrap();
    browser.session = Some(session.session);
    let next = match next {
        Next::Consent { interaction } => {
            let csrf = consent_csrf(&interaction, "alice");
            let answer = ConsentAnswer {
                interaction: Some(interaction),
                csrf: Some(csrf),
                allowed: true,
                said: None,
            };
            issuer.consent(&answer, &browser).await.unwrap().decision.outcome.unwrap()
        }
        other => other,
    };
    let Next::Answer { parameters, .. } = next else { panic!("no code: {next:?}") };
    parameters.into_iter().find(|(name, _)| *name == "code").unwrap().1
}

fn exchange_request(code: &Secret, verifier: &str) -> TokenRequest {
    TokenRequest::AuthorizationCode(CodeRequest {
        code: Some(code.clone()),
        redirect_uri: Some(REDIRECT.into()),
        code_verifier: Some(Secret::new(verifier)),
        ..CodeRequest::default()
    })
}

fn refresh_request(token: &Secret, scope: Option<&str>) -> TokenRequest {
    let narrowed = ScopeRequest { scope: scope.map(str::to_owned), ..ScopeRequest::default() };
    TokenRequest::RefreshToken { refresh_token: Some(token.clone()), narrowed }
}

/// The tokens of a whole flow.
async fn tokens(issuer: &Issuer, scope: &str) -> TokenResponse {
    let code = code(issuer, &request(scope)).await;
    granted(issuer, &exchange_request(&code, VERIFIER)).await
}

async fn granted(issuer: &Issuer, request: &TokenRequest) -> TokenResponse {
    issuer.exchange(request, &public("web")).await.unwrap().outcome.unwrap()
}

async fn refused(
    issuer: &Issuer,
    request: &TokenRequest,
    client: &PresentedClient,
) -> &'static Rule {
    let Refusal { rule } = issuer.exchange(request, client).await.unwrap().outcome.unwrap_err();
    rule
}

async fn is_active(issuer: &Issuer, token: &Secret) -> bool {
    let query = crate::protocol::TokenQuery { token: Some(token.clone()), hint: None };
    let caller = basic("notes-api", "resource-secret");
    let introspection = issuer.introspect(&query, &caller).await.unwrap();
    introspection.token.unwrap().outcome.is_ok_and(|response| response.active)
}

/// Applies effects that were decided a moment ago, as a slow request does.
async fn apply(issuer: &Issuer, effects: &[Effect]) -> Result<(), Fault> {
    let decided = || {
        let record =
            DecisionRecord { docket: &crate::rule::AUTHORIZE, rulings: Vec::new(), again_in: None };
        Decision { outcome: Ok(()), effects: effects.to_vec(), record }
    };
    issuer.settle(async || Ok(decided())).await.map(drop)
}

fn verdict(rulings: &[Ruling], rule: &'static Rule) -> Verdict {
    rulings.iter().find(|ruling| ruling.rule == rule).unwrap().verdict
}
