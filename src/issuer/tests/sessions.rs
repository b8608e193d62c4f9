//! Sessions: who took part in them, and what their end takes along.

use super::*;
use crate::protocol::{ClientId, LogoutRequest};

#[tokio::test]
async fn a_session_remembers_each_client_once_and_not_without_end() {
    let (issuer, _) = issuer();
    let client = |n: usize| ClientId::parse(&format!("client-{n}")).unwrap();
    for n in (0..60).chain(0..60) {
        issuer.join_session("sid", &client(n)).await.unwrap();
    }
    let key = crate::issuer::logout::participants_key("sid");
    let found = issuer.store.get::<crate::store::record::ParticipantsRecord>(key).await.unwrap();
    let clients = found.unwrap().value.clients;
    assert_eq!(clients.len(), 50);
    assert_eq!(clients[49], client(49));
}

/// Of many who press the button at once one ends the session; the others find it ended.
#[tokio::test]
async fn a_session_ends_once_however_often_it_is_asked_for() {
    let (issuer, _) = issuer();
    let alice = crate::protocol::Subject::parse("alice").unwrap();
    let (id, _, begun) = issuer.begin_session(&browser(), &alice).await.unwrap();
    apply(&issuer, &begun).await.unwrap();
    let mine = Browser { session: Some(id), ..browser() };
    let csrf = crate::issuer::session::form_token("logout", &mine, &alice);
    let answer = LogoutAnswer { csrf, decision: Some("logout".into()), may_lack_cookies: false };
    let request = LogoutRequest::default();
    let ask = || issuer.logout(&request, &answer, &mine);
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let ended = [a, b, c, d].into_iter().filter(|decided| {
        let outcome = &decided.as_ref().unwrap().outcome;
        matches!(outcome, Ok(LogoutNext::Done(done)) if done.ended)
    });
    assert_eq!(ended.count(), 1);
}

/// What strangers leave behind stands in the way of nobody's logout.
#[tokio::test]
async fn a_session_ends_while_a_device_waits_and_its_user_is_on_the_way() {
    let (issuer, _) = issuer();
    let asked = ScopeRequest { scope: Some("notes:read".into()), ..ScopeRequest::default() };
    let device = issuer.authorize_device(&asked, &public("tv")).await.unwrap().outcome.unwrap();
    let csrf = issuer.user_code_csrf(&browser());
    let typed = UserCodeAnswer { csrf, user_code: Some(device.user_code) };
    issuer.enter_user_code(&typed, &browser()).await.unwrap().outcome.unwrap();
    let alice = crate::protocol::Subject::parse("alice").unwrap();
    let (id, _, begun) = issuer.begin_session(&browser(), &alice).await.unwrap();
    apply(&issuer, &begun).await.unwrap();
    let mine = Browser { session: Some(id), ..browser() };
    let csrf = crate::issuer::session::form_token("logout", &mine, &alice);
    let answer = LogoutAnswer { csrf, decision: Some("logout".into()), may_lack_cookies: false };
    let ended = issuer.logout(&LogoutRequest::default(), &answer, &mine).await.unwrap().outcome;
    assert!(matches!(ended, Ok(LogoutNext::Done(done)) if done.ended));
}
