//! The authorization endpoint, login and consent.

use super::registration::{delete, registered};
use super::*;
use crate::config::{ConsentMode, LoginMode};
use crate::rule;
use crate::store::record::PushedRequestRecord;

async fn refused_at(issuer: &Issuer, request: &AuthorizationRequest) -> (&'static Rule, bool) {
    let authorization = issuer.authorize(request, &browser()).await.unwrap();
    (authorization.decision.outcome.unwrap_err().rule, authorization.return_to.is_some())
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_is_never_redirected() {
    let (issuer, _) = issuer();
    let stranger = AuthorizationRequest { client_id: Some("x".into()), ..request("openid") };
    assert_eq!(refused_at(&issuer, &stranger).await, (&rule::AUTHORIZE_CLIENT_KNOWN, false));
    let elsewhere = AuthorizationRequest {
        redirect_uri: Some("https://evil.test/".into()),
        ..request("openid")
    };
    assert_eq!(refused_at(&issuer, &elsewhere).await, (&rule::REDIRECT_URI_REGISTERED, false));
    let nowhere = AuthorizationRequest { redirect_uri: None, ..request("openid") };
    assert_eq!(refused_at(&issuer, &nowhere).await, (&rule::REDIRECT_URI_PRESENTED, false));
}

#[tokio::test]
async fn other_refusals_go_back_to_the_client() {
    let (issuer, _) = issuer();
    let plain =
        AuthorizationRequest { code_challenge_method: Some("plain".into()), ..request("openid") };
    assert_eq!(refused_at(&issuer, &plain).await, (&rule::PKCE_METHOD, true));
    let missing_method = AuthorizationRequest { code_challenge_method: None, ..request("openid") };
    assert_eq!(refused_at(&issuer, &missing_method).await, (&rule::PKCE_METHOD, true));
    let without = AuthorizationRequest { code_challenge: None, ..request("openid") };
    assert_eq!(refused_at(&issuer, &without).await, (&rule::PKCE_CHALLENGE_PRESENTED, true));
    let implicit =
        AuthorizationRequest { response_type: Some("telepathy".into()), ..request("openid") };
    assert_eq!(refused_at(&issuer, &implicit).await, (&rule::RESPONSE_TYPE_SUPPORTED, true));
    let unknown = request("notes:read nope");
    assert_eq!(refused_at(&issuer, &unknown).await, (&rule::SCOPE_KNOWN, true));
    let silent = AuthorizationRequest { prompt: Some("none".into()), ..request("openid") };
    assert_eq!(refused_at(&issuer, &silent).await, (&rule::PROMPT_LOGIN, true));
}

#[tokio::test]
async fn scopes_of_two_apis_need_a_resource() {
    let (issuer, _) = issuer_with(|config| config.clients[0].metadata.scope = None, &[]);
    let both = request("notes:read mcp:tools");
    assert_eq!(refused_at(&issuer, &both).await.0, &rule::SCOPE_ONE_API);
    let notes = issuer.config().identifier(&issuer.config().apis[0]);
    let foreign = AuthorizationRequest { resources: vec![notes], ..request("mcp:tools") };
    assert_eq!(refused_at(&issuer, &foreign).await.0, &rule::SCOPE_TARGET);
    let unknown =
        AuthorizationRequest { resources: vec!["https://x.test/".into()], ..request("notes:read") };
    assert_eq!(refused_at(&issuer, &unknown).await.0, &rule::TARGET_KNOWN);
}

#[tokio::test]
async fn a_form_from_elsewhere_logs_nobody_in() {
    let (issuer, _) = issuer();
    let mine = browser();
    let authorization = issuer.authorize(&request("openid"), &mine).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let mut answer = LoginAnswer {
        interaction: Some(interaction.clone()),
        csrf: None,
        username: Some("alice".into()),
        password: Some(Secret::new("alice")),
    };
    let refused =
        |decision: Decision<_, _>| decision.outcome.map(|_: (Next, Begun)| ()).unwrap_err().rule;
    let decision = issuer.login(&answer, &mine).await.unwrap();
    assert_eq!(refused(decision), &rule::FORM_CSRF);
    // Another browser does not even have the page.
    let theirs = Browser { secret: Some(Secret::new("other")), ..Browser::default() };
    answer.csrf = Some(csrf_token(&Secret::new("other"), &interaction));
    let decision = issuer.login(&answer, &theirs).await.unwrap();
    assert_eq!(refused(decision), &rule::INTERACTION_KNOWN);
}

#[tokio::test]
async fn failed_logins_are_limited_by_account_and_forgotten_after_a_while() {
    let (issuer, clock) = issuer();
    let mine = browser();
    let authorization = issuer.authorize(&request("openid"), &mine).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let csrf = csrf_token(mine.secret.as_ref().unwrap(), &interaction);
    let answer = |password: &str| LoginAnswer {
        interaction: Some(interaction.clone()),
        csrf: Some(csrf.clone()),
        username: Some("alice".into()),
        password: Some(Secret::new(password)),
    };
    for _ in 0..5 {
        let decision = issuer.login(&answer("wrong"), &mine).await.unwrap();
        assert_eq!(decision.outcome.map(|_| ()).unwrap_err().rule, &rule::LOGIN_PASSWORD);
    }
    let decision = issuer.login(&answer("alice"), &mine).await.unwrap();
    assert_eq!(decision.outcome.map(|_| ()).unwrap_err().rule, &rule::LOGIN_RATE);
    clock.advance(Duration::from_secs(60));
    assert!(issuer.login(&answer("alice"), &mine).await.unwrap().outcome.is_ok());
}

#[tokio::test]
async fn consent_is_answered_once_and_only_by_the_logged_in_browser() {
    let (issuer, _) = issuer();
    let mut mine = browser();
    let authorization = issuer.authorize(&request("openid"), &mine).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let csrf = csrf_token(mine.secret.as_ref().unwrap(), &interaction);
    let answer = |allowed| ConsentAnswer {
        interaction: Some(interaction.clone()),
        csrf: Some(consent_csrf(&interaction, "alice")),
        allowed,
        said: None,
    };
    let early = issuer.consent(&answer(true), &mine).await.unwrap();
    assert_eq!(early.decision.outcome.unwrap_err().rule, &rule::SESSION_LIVE);
    assert!(early.return_to.is_none());
    let login = LoginAnswer {
        interaction: Some(interaction.clone()),
        csrf: Some(csrf.clone()),
        username: Some("alice".into()),
        password: Some(Secret::new("alice")),
    };
    let (_, session) = issuer.login(&login, &mine).await.unwrap().outcome.unwrap();
    mine.session = Some(session.session);
    let denied = issuer.consent(&answer(false), &mine).await.unwrap();
    assert_eq!(denied.decision.outcome.unwrap_err().rule, &rule::CONSENT_GRANTED);
    assert_eq!(denied.return_to.unwrap().state.as_deref(), Some("s1"));
    let again = issuer.consent(&answer(true), &mine).await.unwrap();
    assert_eq!(again.decision.outcome.unwrap_err().rule, &rule::CONSENT_UNANSWERED);
}

/// Two tabs, two users: the page says whose access it is about, and the form must mean the same.
#[tokio::test]
async fn what_one_user_was_shown_no_other_can_allow() {
    let (issuer, _) = issuer();
    let authorization = issuer.authorize(&request("openid"), &browser()).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let csrf = Some(csrf_token(browser().secret.as_ref().unwrap(), &interaction));
    let as_user = |name: &str| {
        let login = LoginAnswer {
            interaction: Some(interaction.clone()),
            csrf: csrf.clone(),
            username: Some(name.into()),
            password: Some(Secret::new(name)),
        };
        let issuer = &issuer;
        async move {
            let (_, session) = issuer.login(&login, &browser()).await.unwrap().outcome.unwrap();
            Browser { session: Some(session.session), ..browser() }
        }
    };
    let alice = as_user("alice").await;
    let page = issuer.interaction_page(&interaction, &alice).await.unwrap().unwrap();
    assert_eq!(page.subject.unwrap().as_str(), "alice");
    let shown = ConsentAnswer {
        interaction: Some(interaction.clone()),
        csrf: page.consent,
        allowed: true,
        said: None,
    };
    let bob = as_user("bob").await;
    let decision = issuer.consent(&shown, &bob).await.unwrap().decision;
    assert_eq!(decision.outcome.unwrap_err().rule, &rule::FORM_CSRF);
    assert!(issuer.consent(&shown, &alice).await.unwrap().decision.outcome.is_ok());
}

#[tokio::test]
async fn a_login_makes_a_new_session_and_ends_the_old_one() {
    let (issuer, clock) = issuer();
    let planted = Secret::new("planted");
    let mut mine = Browser { session: Some(planted.clone()), ..browser() };
    let authorization = issuer.authorize(&request("openid"), &mine).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    let login = LoginAnswer {
        csrf: Some(csrf_token(mine.secret.as_ref().unwrap(), &interaction)),
        interaction: Some(interaction),
        username: Some("alice".into()),
        password: Some(Secret::new("alice")),
    };
    let (_, session) = issuer.login(&login, &mine).await.unwrap().outcome.unwrap();
    assert_ne!(session.session, planted);
    mine.session = Some(session.session);
    assert!(issuer.session(&mine).await.unwrap().0.is_some());
    clock.advance(Duration::from_secs(15 * 60));
    assert!(issuer.session(&mine).await.unwrap().0.is_none());
}

/// A request that was on its way while its session ended must not bring it back.
#[tokio::test]
async fn a_session_that_ended_stays_ended() {
    let (issuer, _) = issuer();
    let alice = crate::protocol::Subject::parse("alice").unwrap();
    let (id, _, begun) = issuer.begin_session(&browser(), &alice).await.unwrap();
    apply(&issuer, &begun).await.unwrap();
    let mine = Browser { session: Some(id.clone()), ..browser() };
    let (live, touched) = issuer.session(&mine).await.unwrap();
    assert!(live.is_some());
    let ended = [Effect::EndSession(crate::store::Key::of_secret(&id))];
    apply(&issuer, &ended).await.unwrap();
    apply(&issuer, &touched).await.unwrap();
    assert!(issuer.session(&mine).await.unwrap().0.is_none());
}

/// A client can delete itself while a user types a password for it.
#[tokio::test]
async fn a_page_of_a_deleted_client_is_closed() {
    let (issuer, _) = issuer();
    let client = registered(&issuer, r#"{"redirect_uris":["https://a.test/"]}"#).await;
    let asked = AuthorizationRequest {
        client_id: Some(client.client_id.as_str().into()),
        redirect_uri: Some("https://a.test/".into()),
        ..request("openid")
    };
    let authorization = issuer.authorize(&asked, &browser()).await.unwrap();
    let Ok(Next::Login { interaction, .. }) = authorization.decision.outcome else { panic!() };
    delete(&issuer, &client).await;
    let answer = LoginAnswer {
        csrf: Some(csrf_token(browser().secret.as_ref().unwrap(), &interaction)),
        interaction: Some(interaction),
        username: Some("alice".into()),
        password: Some(Secret::new("alice")),
    };
    let decision = issuer.login(&answer, &browser()).await.unwrap();
    assert_eq!(decision.outcome.map(|_| ()).unwrap_err().rule, &rule::INTERACTION_KNOWN);
}

#[tokio::test]
async fn automatic_modes_need_no_page_and_deny_refuses() {
    let automatic = |config: &mut Config| {
        config.login = LoginMode::Automatic("alice".into());
        config.consent.mode = ConsentMode::Automatic;
    };
    let (issuer, _) = issuer_with(automatic, &[]);
    let authorization = issuer.authorize(&request("openid"), &browser()).await.unwrap();
    assert!(matches!(authorization.decision.outcome, Ok(Next::Answer { .. })));
    // Logged in by the lab, but asked for consent: the page knows the user.
    let (issuer, _) =
        issuer_with(|config| config.login = LoginMode::Automatic("alice".into()), &[]);
    let authorization = issuer.authorize(&request("openid"), &browser()).await.unwrap();
    let Ok(Next::Consent { interaction }) = authorization.decision.outcome else { panic!() };
    let page = issuer.interaction_page(&interaction, &browser()).await.unwrap().unwrap();
    assert_eq!(page.subject.unwrap().as_str(), "alice");
    let (issuer, _) = issuer_with(|config| config.consent.mode = ConsentMode::Deny, &[]);
    assert_eq!(refused_at(&issuer, &request("openid")).await, (&rule::CONSENT_MODE, true));
}

#[tokio::test]
async fn what_is_pushed_is_kept_without_the_tokens_that_it_carried() {
    let (issuer, _) = issuer();
    let hint = tokens(&issuer, "openid notes:read").await.id_token.unwrap();
    let request = AuthorizationRequest { id_token_hint: Some(hint.clone()), ..request("openid") };
    let pushed = issuer.push(&request, &public("web")).await.unwrap().outcome.unwrap();
    let key = Key::of_secret(&pushed.request_uri);
    let kept = issuer.store.get::<PushedRequestRecord>(key).await.unwrap().unwrap().value;
    assert_eq!(kept.expected.as_ref().map(crate::protocol::Subject::as_str), Some("alice"));
    let text = serde_json::to_string(&kept).unwrap();
    let body = hint.expose().split('.').nth(1).unwrap();
    assert!(!text.contains(body) && kept.request.state.is_some(), "{text}");
}

#[tokio::test]
async fn the_reference_of_a_pushed_request_stands_in_no_record() {
    let (issuer, _) = issuer();
    let pushed = issuer.push(&request("openid"), &public("web")).await.unwrap().outcome.unwrap();
    let reference = pushed.request_uri.expose();
    let again = AuthorizationRequest {
        client_id: Some("web".into()),
        request_uri: Some(reference.to_owned()),
        ..AuthorizationRequest::default()
    };
    let opened = issuer.authorize(&again, &browser()).await.unwrap().decision;
    assert!(opened.outcome.is_ok());
    let nested = issuer.push(&again, &public("web")).await.unwrap();
    assert_eq!(nested.outcome.unwrap_err().rule, &rule::PAR_REQUEST_URI_ABSENT);
    for ruling in opened.record.rulings.iter().chain(&nested.record.rulings) {
        let shown = ruling.got.text().unwrap_or_default();
        assert!(!shown.contains(reference), "{}: {shown}", ruling.rule.id);
    }
}
