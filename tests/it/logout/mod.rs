//! The end of sessions over the wire: at a client's wish, at the user's, and who is told.

mod account;
mod back_channel;
mod front_channel;
mod rp_initiated;

use std::time::Duration;

use oauthlab::protocol::{ClientMetadata, RedirectUri, Scope};

use super::support::http::{Answer, Request, encoded};
use super::support::lab::{TestLab, Tokens, parameter};
use super::support::user::Browser;

/// The registered `post_logout_redirect_uri` of the public client.
const AFTER: &str = "https://app.example/after?kept=1";

/// A lab whose public client may have lasting access, and is changed for logout.
fn lab_with(change: impl FnOnce(&mut ClientMetadata)) -> TestLab {
    TestLab::with(|config| {
        let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
        web.metadata.scope = Some(Scope::parse("openid notes:read offline_access").unwrap());
        let after = RedirectUri::parse(AFTER).unwrap();
        web.metadata.logout.post_logout_redirect_uris = vec![after];
        change(&mut web.metadata);
    })
}

fn lab() -> TestLab {
    lab_with(|_| {})
}

/// Alice logs in at the public client.
#[track_caller]
fn log_in(lab: &TestLab, scope: &str) -> (Browser, Tokens) {
    let mut browser = lab.browser();
    let sent_back = lab.allow(&mut browser, &lab.authorize_url(&[("scope", scope)])).expect(303);
    (browser, redeemed(lab, &sent_back))
}

/// Alice, logged in already, allows another request.
#[track_caller]
fn allow_more(lab: &TestLab, browser: &mut Browser, scope: &str) -> Tokens {
    let consent = browser.open(&lab.authorize_url(&[("scope", scope)])).expect(200);
    let sent_back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    redeemed(lab, &sent_back)
}

fn redeemed(lab: &TestLab, sent_back: &Answer) -> Tokens {
    let code = parameter(sent_back.location(), "code").unwrap();
    Tokens::of(&lab.redeem(&code, &[]).expect(200))
}

fn logout_url(lab: &TestLab, fields: &[(&str, &str)]) -> String {
    lab.at(&format!("/logout?{}", encoded(fields)))
}

#[track_caller]
fn logout(lab: &TestLab, browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    browser.send(Request::get(logout_url(lab, fields)))
}

/// Whether the browser's session still answers a silent request.
fn is_logged_in(lab: &TestLab, browser: &Browser) -> bool {
    let silent = lab.authorize_url(&[("prompt", "none")]);
    let answer = browser.clone().send(Request::get(silent)).expect(303);
    !answer.location().contains("error=login_required")
}

fn refresh(lab: &TestLab, tokens: &Tokens) -> Answer {
    let token = tokens.refresh.as_deref().unwrap();
    let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", token)];
    lab.post("/token", &fields)
}

/// Long enough for ID tokens to expire, too short for sessions.
const ID_TOKEN_LIFE: Duration = Duration::from_secs(601);
