//! The code flow: each lie is refused, by the check that is there for it.

use super::server::{API, Fault, NOW, Server, http};
use crate::client::{
    self, Browser, ClientError, CodeFlow, CodeSettings, Consent, Credentials, Criterion, ExitClass,
    Expectation, Granted, Jwks, Keyring, Outcome, Person, Steps, TokenTarget, Verified, discover,
    verify_tokens,
};
use crate::clock::Clock;
use crate::protocol::{ChallengeMethod, ResponseMode, Scope, Secret};
use crate::random::Random;

const CALLBACK: &str = "http://127.0.0.1:1/cb";

fn settings() -> CodeSettings {
    CodeSettings {
        credentials: Credentials::public("app"),
        redirect_uri: CALLBACK.to_owned(),
        target: TokenTarget {
            scope: Some(Scope::parse("openid").unwrap()),
            resources: vec![API.to_owned()],
        },
        pkce: Some(ChallengeMethod::S256),
        response_mode: None,
        extra: vec![("prompt".to_owned(), "login".to_owned())],
    }
}

async fn run(fault: Fault, steps: &Steps) -> Result<(Granted, Verified), ClientError> {
    run_by(None, fault, steps).await
}

async fn run_by(
    mode: Option<ResponseMode>,
    fault: Fault,
    steps: &Steps,
) -> Result<(Granted, Verified), ClientError> {
    let http = http();
    let caller = (&http, steps);
    let server = Server::start(fault).await;
    let found = discover(caller, &server.origin).await?;
    let settings = CodeSettings { response_mode: mode, ..settings() };
    let flow = CodeFlow::begin(&found, settings, &Random::seeded("test"))?;
    let nobody =
        Person { username: String::new(), password: Secret::default(), consent: Consent::Approve };
    let mut browser = Browser::new(Clock::system());
    let arrival = browser.authorize(caller, &flow.url()?, CALLBACK, &nobody).await?;
    let keys = Jwks::new(http.clone(), found.jwks_uri()?, Clock::manual(NOW));
    let keyring = Keyring { keys: Some(&keys), now: NOW };
    let code = flow.receive(caller, &arrival, keyring).await?;
    let granted = flow.redeem(caller, &found, &code).await?;
    let expectation = Expectation {
        server: &found,
        client_id: "app",
        nonce: flow.nonce.as_ref(),
        openid: true,
        resources: &flow.settings.target.resources,
        acr_values: &[],
        max_age: None,
        now: NOW,
    };
    let verified = verify_tokens(caller, Some(&keys), &granted, &expectation).await?;
    Ok((granted, verified))
}

#[tokio::test]
async fn an_honest_server_passes_every_check_and_each_step_is_told() {
    let steps = Steps::new();
    let (granted, verified) = run(Fault::None, &steps).await.unwrap();
    assert_eq!(verified.id_token.unwrap().sub, "alice");
    assert_eq!(verified.access_token.unwrap().aud.as_slice(), [API]);
    assert!(granted.tokens.refresh_token.is_none(), "null counts as left out");
    assert!(verified.checks.iter().all(|check| check.outcome != Outcome::Broken));
    let held = verified.checks.iter().filter(|check| check.outcome == Outcome::Holds).count();
    assert_eq!(held, 15, "{:?}", verified.checks);

    let told = steps.snapshot();
    let titles: Vec<_> = told.iter().map(|step| step.title).collect();
    assert_eq!(
        titles,
        [
            "Read the server's metadata",
            "Open the authorization URL",
            "The browser comes back",
            "Redeem the code",
            "Fetch the public keys",
        ]
    );
    assert_eq!(told[2].checked.len(), 5);
    assert!(told[3].checked.len() > 15);
    let shown = format!("{told:?}");
    let verifier_and_tokens = granted.tokens.access_token.expose();
    assert!(!shown.contains(verifier_and_tokens), "secrets are typed");
}

#[tokio::test]
async fn each_lie_is_refused_by_its_check() {
    let cases: &[(Fault, &Criterion)] = &[
        (Fault::WrongState, &client::RESPONSE_STATE),
        (Fault::NoState, &client::RESPONSE_STATE),
        (Fault::ErrorRedirectOfOthers, &client::RESPONSE_STATE),
        (Fault::TwoCodes, &client::RESPONSE_ONCE),
        (Fault::NoIss, &client::RESPONSE_ISS),
        (Fault::OtherIss, &client::RESPONSE_ISS),
        (Fault::NoCode, &client::RESPONSE_CODE),
        (Fault::OddTokenType, &client::TOKEN_TYPE),
        (Fault::NoIdToken, &client::ID_TOKEN_PRESENT),
        (Fault::Unsigned, &client::ID_TOKEN_ALG),
        (Fault::ForeignKey, &client::ID_TOKEN_SIGNATURE),
        (Fault::OtherIdIss, &client::ID_TOKEN_ISS),
        (Fault::OtherAud, &client::ID_TOKEN_AUD),
        (Fault::ManyAudNoAzp, &client::ID_TOKEN_AZP),
        (Fault::Expired, &client::ID_TOKEN_EXP),
        (Fault::FromTheFuture, &client::ID_TOKEN_IAT),
        (Fault::WrongNonce, &client::ID_TOKEN_NONCE),
        (Fault::WrongAtHash, &client::ID_TOKEN_AT_HASH),
        (Fault::AccessForOtherApi, &client::ACCESS_TOKEN_AUD),
        (Fault::AccessForOtherClient, &client::ACCESS_TOKEN_CLIENT),
    ];
    for (fault, criterion) in cases {
        let error = run(*fault, &Steps::new()).await.unwrap_err();
        let ClientError::Unverified(unverified) = &error else { panic!("{fault:?}: {error:?}") };
        assert_eq!(unverified.failed.criterion.id, criterion.id, "{fault:?}");
        let broken = |check: &&client::Check| check.outcome == Outcome::Broken;
        let broken = unverified.checks.iter().filter(broken).count();
        // An unsigned token also fails as one without a valid signature.
        assert_eq!(broken, if *fault == Fault::Unsigned { 2 } else { 1 }, "{fault:?}");
        assert_eq!(error.class(), ExitClass::Unverified);
        assert_eq!(unverified.error.is_some(), *fault == Fault::ErrorRedirectOfOthers);
    }
}

#[tokio::test]
async fn errors_of_the_server_end_the_flow_with_its_words() {
    let error = run(Fault::ErrorRedirect, &Steps::new()).await.unwrap_err();
    let ClientError::OAuth(response) = &error else { panic!("{error:?}") };
    assert_eq!((response.error.as_str(), response.status), ("access_denied", None));
    assert_eq!(response.description.as_deref(), Some("no\nway"));
    assert_eq!(error.class(), ExitClass::OAuthError);

    let error = run(Fault::TokenError, &Steps::new()).await.unwrap_err();
    let ClientError::OAuth(response) = &error else { panic!("{error:?}") };
    assert_eq!((response.error.as_str(), response.status), ("invalid_grant", Some(400)));
    assert_eq!(error.trace_id(), Some("0123456789abcdef01234567"));
    assert!(error.hint().contains("oauthlab why 0123456789abcdef01234567"));
}

#[tokio::test]
async fn every_response_mode_ends_with_tokens_and_a_signed_one_with_more_checks() {
    for &mode in ResponseMode::ALL {
        let steps = Steps::new();
        let (_, verified) = run_by(Some(mode), Fault::None, &steps).await.unwrap();
        assert_eq!(verified.id_token.unwrap().sub, "alice", "{mode}");
        let told = steps.snapshot();
        let back = told.iter().find(|step| step.title == "The browser comes back").unwrap();
        assert!(back.checked.iter().all(|check| check.outcome != Outcome::Broken), "{mode}");
        assert_eq!(back.checked.len(), if mode.is_signed() { 11 } else { 5 }, "{mode}");
        let shown = format!("{:?}", back.received);
        assert!(!shown.contains("eyJ"), "a signed answer is as secret as the code in it: {shown}");
    }
}

#[tokio::test]
async fn each_lie_of_a_signed_answer_is_refused_by_its_check() {
    let cases: &[(Fault, &Criterion)] = &[
        (Fault::NotSigned, &client::RESPONSE_JWT),
        (Fault::PlainErrorInstead, &client::RESPONSE_JWT),
        (Fault::SignedIssOther, &client::RESPONSE_JWT_ISS),
        (Fault::SignedAudOther, &client::RESPONSE_JWT_AUD),
        (Fault::SignedExpired, &client::RESPONSE_JWT_EXP),
        (Fault::SignedByNobody, &client::RESPONSE_JWT_ALG),
        (Fault::SignedByOther, &client::RESPONSE_JWT_SIGNATURE),
        (Fault::SignedNoState, &client::RESPONSE_STATE),
        (Fault::SignedOtherState, &client::RESPONSE_STATE),
    ];
    let modes = ResponseMode::ALL.iter().filter(|mode| mode.is_signed());
    for (mode, (fault, criterion)) in modes.flat_map(|mode| cases.iter().map(move |c| (mode, c))) {
        let steps = Steps::new();
        let error = run_by(Some(*mode), *fault, &steps).await.unwrap_err();
        let ClientError::Unverified(unverified) = &error else { panic!("{fault:?}: {error:?}") };
        assert_eq!(unverified.failed.criterion.id, criterion.id, "{mode} {fault:?}");
        let broken = |check: &&client::Check| check.outcome == Outcome::Broken;
        assert_eq!(unverified.checks.iter().filter(broken).count(), 1, "{mode} {fault:?}");
        assert_eq!(error.class(), ExitClass::Unverified);
        assert_eq!(unverified.error.is_some(), *fault == Fault::PlainErrorInstead);
        let redeems = steps.snapshot().iter().any(|step| step.title == "Redeem the code");
        assert!(!redeems, "{mode} {fault:?}: nothing is used before it is verified");
    }
}

#[tokio::test]
async fn an_answer_in_another_place_than_asked_for_is_refused() {
    for mode in ["fragment", "fragment.jwt", "form_post", "form_post.jwt"] {
        let mode = ResponseMode::parse(mode).unwrap();
        let error = run_by(Some(mode), Fault::OtherPlace, &Steps::new()).await.unwrap_err();
        let ClientError::Unverified(unverified) = &error else { panic!("{mode}: {error:?}") };
        assert_eq!(unverified.failed.criterion.id, client::RESPONSE_MODE.id, "{mode}");
    }
}

#[tokio::test]
async fn a_signed_error_is_an_error_of_the_server() {
    let error = run_by(Some(ResponseMode::Jwt), Fault::SignedError, &Steps::new()).await;
    let error = error.unwrap_err();
    let ClientError::OAuth(response) = &error else { panic!("{error:?}") };
    assert_eq!(response.error, "access_denied");
}
