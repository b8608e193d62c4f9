//! The device authorization grant under a clock that is moved by hand: polling, the user's side,
//! races, and those who meddle.

use super::*;
use crate::config::Profile;
use crate::protocol::{
    DeviceAuthorizationResponse, DeviceCodeRequest, ErrorCode, PasswordRequest, Subject, UserCode,
};
use crate::rule;

async fn codes(issuer: &Issuer, scope: &str) -> DeviceAuthorizationResponse {
    let asked = ScopeRequest { scope: Some(scope.into()), ..ScopeRequest::default() };
    issuer.authorize_device(&asked, &public("tv")).await.unwrap().outcome.unwrap()
}

fn poll_request(device: &DeviceAuthorizationResponse) -> TokenRequest {
    let device_code = Some(device.device_code.clone());
    TokenRequest::DeviceCode(DeviceCodeRequest { device_code, resources: Vec::new() })
}

async fn poll(issuer: &Issuer, device: &DeviceAuthorizationResponse) -> &'static Rule {
    refused(issuer, &poll_request(device), &public("tv")).await
}

async fn fetch(issuer: &Issuer, device: &DeviceAuthorizationResponse) -> TokenResponse {
    issuer.exchange(&poll_request(device), &public("tv")).await.unwrap().outcome.unwrap()
}

/// Types a code in a browser.
async fn enter(issuer: &Issuer, code: &str, browser: &Browser) -> Result<Next, Refusal> {
    let answer =
        UserCodeAnswer { csrf: issuer.user_code_csrf(browser), user_code: Some(Secret::new(code)) };
    issuer.enter_user_code(&answer, browser).await.unwrap().outcome
}

/// Types the code and logs in: the page's id, and the browser with its session.
async fn visit(
    issuer: &Issuer,
    device: &DeviceAuthorizationResponse,
    user: &str,
) -> (Secret, Browser) {
    let mut browser = browser();
    let next = enter(issuer, device.user_code.expose(), &browser).await.unwrap();
    let Next::Login { interaction, .. } = next else { panic!("no login: {next:?}") };
    let login = LoginAnswer {
        interaction: Some(interaction.clone()),
        csrf: Some(csrf_token(browser.secret.as_ref().unwrap(), &interaction)),
        username: Some(user.into()),
        password: Some(Secret::new(user)),
    };
    let (next, session) = issuer.login(&login, &browser).await.unwrap().outcome.unwrap();
    assert!(matches!(next, Next::Device { .. }), "{next:?}");
    browser.session = Some(session.session);
    (interaction, browser)
}

async fn answer(
    issuer: &Issuer,
    (interaction, browser): &(Secret, Browser),
    user: &str,
    allowed: bool,
) -> Option<&'static Rule> {
    let csrf = Some(consent_csrf(interaction, user));
    let answer =
        ConsentAnswer { interaction: Some(interaction.clone()), csrf, allowed, said: None };
    issuer.answer_device(&answer, browser).await.unwrap().outcome.err().map(|refusal| refusal.rule)
}

async fn allow(issuer: &Issuer, device: &DeviceAuthorizationResponse) {
    let page = visit(issuer, device, "alice").await;
    assert_eq!(answer(issuer, &page, "alice", true).await, None);
}

#[tokio::test]
async fn a_device_waits_and_then_has_tokens_once() {
    let (issuer, clock) = issuer();
    let device = codes(&issuer, "openid notes:read").await;
    assert_eq!((device.expires_in, device.interval), (600, 5));
    assert!(UserCode::parse(device.user_code.expose()).is_ok());
    assert_eq!(device.device_code.expose().len(), 43);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ANSWERED);
    allow(&issuer, &device).await;
    // Allowed, the answer is there at once, however early the poll comes.
    let tokens = fetch(&issuer, &device).await;
    assert!(tokens.id_token.is_some() && tokens.refresh_token.is_some());
    assert!(is_active(&issuer, &tokens.access_token).await);
    clock.advance(Duration::from_secs(10));
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_UNSPENT);
    assert!(!is_active(&issuer, &tokens.access_token).await, "a replay revokes");
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_UNSPENT);
}

#[tokio::test]
async fn each_slow_down_adds_five_seconds_for_good() {
    let (issuer, clock) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let wait = |secs: u64| clock.advance(Duration::from_secs(secs));
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ANSWERED);
    wait(5);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ANSWERED);
    wait(4);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_INTERVAL);
    wait(9);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_INTERVAL, "10 s by now");
    wait(15);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ANSWERED);
    wait(14);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_INTERVAL);
}

#[tokio::test]
async fn a_device_code_expires_whatever_the_user_says_afterwards() {
    let (issuer, clock) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let page = visit(&issuer, &device, "alice").await;
    clock.advance(Duration::from_secs(599));
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ANSWERED);
    clock.advance(Duration::from_secs(1));
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_FRESH);
    assert_eq!(answer(&issuer, &page, "alice", true).await, Some(&rule::INTERACTION_KNOWN));
    let typed = enter(&issuer, device.user_code.expose(), &browser()).await.unwrap_err();
    assert_eq!(typed.rule, &rule::USER_CODE_FRESH);
    assert_eq!(rule::DEVICE_CODE_FRESH.face.error, ErrorCode::ExpiredToken);
}

#[tokio::test]
async fn a_denial_is_final() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let page = visit(&issuer, &device, "alice").await;
    assert_eq!(answer(&issuer, &page, "alice", false).await, Some(&rule::CONSENT_GRANTED));
    assert_eq!(answer(&issuer, &page, "alice", true).await, Some(&rule::USER_CODE_UNANSWERED));
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ALLOWED);
    assert_eq!(poll(&issuer, &device).await, &rule::DEVICE_CODE_ALLOWED);
}

#[tokio::test]
async fn of_fifty_pollers_exactly_one_has_tokens() {
    let (issuer, _) = issuer();
    let issuer = Arc::new(issuer);
    let device = codes(&issuer, "notes:read").await;
    allow(&issuer, &device).await;
    let polls: Vec<_> = (0..50)
        .map(|_| {
            let (issuer, request) = (Arc::clone(&issuer), poll_request(&device));
            tokio::spawn(async move { issuer.exchange(&request, &public("tv")).await })
        })
        .collect();
    let mut won = 0;
    for poll in polls {
        won += usize::from(poll.await.unwrap().unwrap().outcome.is_ok());
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn of_two_answers_at_once_one_counts() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let yes = visit(&issuer, &device, "alice").await;
    let no = visit(&issuer, &device, "bob").await;
    let (yes, no) =
        tokio::join!(answer(&issuer, &yes, "alice", true), answer(&issuer, &no, "bob", false));
    let lost = [yes, no].iter().filter(|rule| **rule == Some(&rule::USER_CODE_UNANSWERED)).count();
    assert_eq!(lost, 1, "{yes:?} {no:?}");
}

/// A poll that was decided before the answer must not take it back.
#[tokio::test]
async fn a_slow_poll_does_not_undo_an_answer() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let mut judge = crate::rule::Judge::new(&rule::TOKEN_DEVICE, &NoWaivers);
    let TokenRequest::DeviceCode(request) = poll_request(&device) else { unreachable!() };
    let outcome = issuer.decide_device_code(&mut judge, &request, &public("tv")).await;
    let Err(super::super::fault::Stop::Refused(_, effects)) = outcome else { panic!("granted") };
    allow(&issuer, &device).await;
    apply(&issuer, &effects).await.unwrap();
    fetch(&issuer, &device).await;
}

#[tokio::test]
async fn user_codes_are_read_as_people_type_them() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let typed = device.user_code.expose().to_lowercase().replace('-', " ");
    assert!(enter(&issuer, &typed, &browser()).await.is_ok());
}

#[tokio::test]
async fn guessing_user_codes_is_limited_for_a_browser_and_for_the_lab() {
    let (issuer, clock) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let wrong = UserCode::of_number(7).shown();
    for _ in 0..5 {
        let refusal = enter(&issuer, &wrong, &browser()).await.unwrap_err();
        assert_eq!(refusal.rule, &rule::USER_CODE_KNOWN);
    }
    let right = enter(&issuer, device.user_code.expose(), &browser()).await.unwrap_err();
    assert_eq!(right.rule, &rule::USER_CODE_RATE, "a guess learns nothing, wrong or right");
    let fresh = |n: usize| Browser {
        secret: Some(Secret::new(format!("browser {n}"))),
        ..Browser::default()
    };
    let mut judged = 0;
    for n in 0..100 {
        let refusal = enter(&issuer, &wrong, &fresh(n)).await.unwrap_err();
        judged += usize::from(*refusal.rule == rule::USER_CODE_KNOWN);
    }
    assert_eq!(judged, 55, "a new browser for each guess does not help");
    clock.advance(Duration::from_secs(60));
    assert!(enter(&issuer, device.user_code.expose(), &browser()).await.is_ok());
}

#[tokio::test]
async fn a_page_works_for_its_browser_and_for_the_user_that_it_was_shown_to() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let (page, alice) = visit(&issuer, &device, "alice").await;
    let shown = issuer.device_page(&page, &alice).await.unwrap().unwrap();
    assert_eq!(shown.user_code.shown(), device.user_code.expose());
    assert_eq!(shown.subject, Some(Subject::parse("alice").unwrap()));
    // Somebody else logs in at the same browser: what alice was shown, bob cannot allow.
    let (_, bob) = visit(&issuer, &device, "bob").await;
    let as_bob = (page.clone(), bob);
    assert_eq!(answer(&issuer, &as_bob, "alice", true).await, Some(&rule::FORM_CSRF));
    let elsewhere = Browser { secret: Some(Secret::new("another")), ..alice.clone() };
    let stolen = (page.clone(), elsewhere.clone());
    assert_eq!(answer(&issuer, &stolen, "alice", true).await, Some(&rule::INTERACTION_KNOWN));
    assert!(issuer.device_page(&page, &elsewhere).await.unwrap().is_none());
    // A reload shows the page again, until it is answered.
    assert!(issuer.device_page(&page, &alice).await.unwrap().is_some());
    assert_eq!(answer(&issuer, &(page.clone(), alice.clone()), "alice", true).await, None);
    assert!(issuer.device_page(&page, &alice).await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_without_the_page_is_refused_before_it_is_looked_up() {
    let (issuer, _) = issuer();
    let device = codes(&issuer, "notes:read").await;
    let user_code = Some(device.user_code.clone());
    for csrf in [None, Some(Secret::new("made up"))] {
        let answer = UserCodeAnswer { csrf, user_code: user_code.clone() };
        let decision = issuer.enter_user_code(&answer, &browser()).await.unwrap();
        assert_eq!(decision.outcome.unwrap_err().rule, &rule::FORM_CSRF);
        let rulings = &decision.record.rulings;
        let blocked = Verdict::NotEvaluated(&rule::FORM_CSRF);
        assert_eq!(verdict(rulings, &rule::USER_CODE_KNOWN), blocked);
    }
}

/// Where the random source repeats itself, the second device draws again.
#[tokio::test]
async fn no_two_devices_have_the_same_user_code() {
    let (issuer, clock) = issuer();
    let first = codes(&issuer, "notes:read").await;
    let code = UserCode::parse(first.user_code.expose()).unwrap();
    let taken = crate::store::record::UserCodeRecord { device: [0; 32] };
    let key = Key::of(&["user_code", code.secret().expose()]);
    let until = clock.now().plus(Duration::from_secs(60));
    let again =
        apply(&issuer, &[Effect::Device(DeviceEffect::NewUserCode(key, taken, until))]).await;
    assert!(matches!(again, Err(Fault::Contention)), "{again:?}");
}

#[tokio::test]
async fn a_profile_without_the_grant_refuses_it_by_name_at_both_endpoints() {
    let (issuer, _) = issuer_with(|config| config.profile = Profile::Fapi2, &[]);
    let asked = ScopeRequest::default();
    let decision = issuer.authorize_device(&asked, &public("tv")).await.unwrap();
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::PROFILE_GRANT);
    assert!(issuer.metadata().device_authorization_endpoint.is_none());
    let poll = TokenRequest::DeviceCode(DeviceCodeRequest::default());
    assert_eq!(refused(&issuer, &poll, &public("tv")).await, &rule::PROFILE_GRANT);
    let password = TokenRequest::Password(PasswordRequest::default());
    assert_eq!(refused(&issuer, &password, &public("tv")).await, &rule::PROFILE_GRANT);
    assert_eq!(rule::PROFILE_GRANT.face.error, ErrorCode::UnsupportedGrantType);
}
