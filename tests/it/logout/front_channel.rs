//! OpenID Connect Front-Channel Logout 1.0: the browser tells the clients of the session.

use oauthlab::config::Profile;
use oauthlab::protocol::{GrantType, ResponseType};

use super::super::support::lab::parameter;
use super::{AFTER, is_logged_in, lab_with, log_in, logout};

const FRAME: &str = "https://front.example:8443/bye?own=1";

#[test]
fn the_clients_of_the_session_are_loaded_in_frames_before_the_browser_goes_on() {
    let lab = lab_with(|web| web.logout.frontchannel_logout_uri = Some(FRAME.to_owned()));
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    let sid = sid(&hint);
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER)];
    let page = logout(&lab, &mut browser, &fields).expect(200);
    let html = page.text().replace("&#38;", "&").replace("&amp;", "&");
    let issuer: String = url::form_urlencoded::byte_serialize(lab.issuer().as_bytes()).collect();
    let frame = format!("src=\"{FRAME}&iss={issuer}&sid={sid}\"");
    assert_eq!(html.matches("<iframe").count(), 1, "{html}");
    assert!(html.contains(&frame), "{frame} in {html}");
    assert!(html.contains(&format!("content=\"3; url={AFTER}\"")), "{html}");
    assert!(!html.contains("<script"), "{html}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src https://front.example:8443;"), "{policy}");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!is_logged_in(&lab, &browser));
}

#[test]
fn a_client_that_took_no_part_in_the_session_is_not_loaded() {
    let lab = super::TestLab::with(|config| {
        let other = config.clients.iter_mut().find(|client| client.id.as_str() == "ci").unwrap();
        other.metadata.logout.frontchannel_logout_uri = Some(FRAME.to_owned());
    });
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    let page = logout(&lab, &mut browser, &[("id_token_hint", &hint)]).expect(200);
    assert!(!page.text().contains("<iframe"), "{}", page.text());
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("frame-src"), "{policy}");
}

#[test]
fn a_client_that_was_given_an_id_token_alone_is_loaded_too() {
    let lab = super::TestLab::with(|config| {
        config.profile = Profile::Legacy;
        let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
        web.metadata.grant_types.push(GrantType::Implicit);
        web.metadata.response_types.push(ResponseType::IdToken);
        web.metadata.logout.frontchannel_logout_uri = Some(FRAME.to_owned());
    });
    let mut browser = lab.browser();
    let changes = [("response_type", "id_token"), ("scope", "openid"), ("code_challenge", "")];
    let back = lab.allow(&mut browser, &lab.authorize_url(&changes)).expect(303);
    let hint = parameter(&back.location().replacen('#', "?", 1), "id_token").unwrap();
    let page = logout(&lab, &mut browser, &[("id_token_hint", &hint)]).expect(200);
    let html = page.text().replace("&#38;", "&").replace("&amp;", "&");
    assert!(html.contains(&format!("src=\"{FRAME}&iss=")), "{html}");
    assert!(html.contains(&format!("sid={}\"", sid(&hint))), "{html}");
}

#[test]
fn nothing_but_a_web_uri_gets_into_page_and_policy() {
    for uri in ["javascript:alert(1)", "https://a.example; script-src *", "data:text/html,x"] {
        let lab = lab_with(|web| web.logout.frontchannel_logout_uri = Some(uri.to_owned()));
        let (mut browser, tokens) = log_in(&lab, "openid");
        let hint = tokens.id.unwrap();
        let page = logout(&lab, &mut browser, &[("id_token_hint", &hint)]).expect(200);
        assert!(!page.whole().contains(uri), "{}", page.whole());
    }
}

fn sid(id_token: &str) -> String {
    let claims = oauthlab::protocol::jose::Jws::decode(id_token).unwrap();
    let claims: oauthlab::protocol::IdTokenClaims = claims.claims().unwrap();
    claims.sid.unwrap()
}
