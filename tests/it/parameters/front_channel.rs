//! Response modes and JARM; implicit and hybrid answers under the profile legacy.

use oauthlab::config::Profile;
use oauthlab::protocol::jose::half_hash;
use oauthlab::protocol::{Algorithm, GrantType, ResponseType};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{CALLBACK, TestLab, parameter};
use super::verified;

/// A parameter of the fragment.
fn in_fragment(answer: &Answer, name: &str) -> Option<String> {
    assert!(!answer.location().contains('?'), "{}", answer.location());
    parameter(&answer.location().replacen('#', "?", 1), name)
}

fn allowed(lab: &TestLab, changes: &[(&str, &str)]) -> Answer {
    lab.allow(&mut lab.browser(), &lab.authorize_url(changes))
}

fn refused(lab: &TestLab, changes: &[(&str, &str)]) -> Answer {
    lab.browser().send(Request::get(lab.authorize_url(changes)))
}

#[test]
fn an_answer_comes_back_in_the_mode_that_was_asked_for() {
    let lab = TestLab::start();
    let query = allowed(&lab, &[("response_mode", "query")]).expect(303);
    assert!(parameter(query.location(), "code").is_some());
    let fragment = allowed(&lab, &[("response_mode", "fragment")]).expect(303);
    assert_eq!(in_fragment(&fragment, "state").as_deref(), Some("the-state"));
    assert_eq!(in_fragment(&fragment, "iss").as_deref(), Some(lab.issuer()));
    let code = in_fragment(&fragment, "code").unwrap();
    lab.redeem(&code, &[]).expect(200);
}

#[test]
fn a_form_is_posted_to_the_redirect_uri_and_to_nowhere_else() {
    let lab = TestLab::start();
    let page = allowed(&lab, &[("response_mode", "form_post")]).expect(200);
    let form = page.form();
    assert_eq!(form.action, CALLBACK);
    let names: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    lab.redeem(&form.fields[0].1, &[]).expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action http://127.0.0.1:40404;"), "{policy}");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // Without scripts there is a button; with them, a file of ours presses it.
    assert!(page.text().contains("<button type=\"submit\">"));
    let script = lab.send(Request::get(lab.at("/assets/submit.js"))).expect(200);
    assert!(script.header("content-type").unwrap().starts_with("text/javascript"));
    let error = refused(&lab, &[("response_mode", "form_post"), ("scope", "nothing")]).expect(200);
    assert_eq!(error.form().fields[0], ("error".to_owned(), "invalid_scope".to_owned()));
}

#[test]
fn a_signed_answer_says_who_answers_whom_and_until_when() {
    let lab = TestLab::start();
    for mode in ["jwt", "query.jwt"] {
        let back = allowed(&lab, &[("response_mode", mode)]).expect(303);
        assert_eq!(parameter(back.location(), "code"), None, "only the JWT carries it");
        assert_eq!(parameter(back.location(), "iss"), None);
        let claims = verified(&lab, &parameter(back.location(), "response").unwrap());
        assert_eq!((&claims["iss"], &claims["aud"]), (&lab.issuer().into(), &"web".into()));
        let lifetime = claims["exp"].as_u64().unwrap() - lab.clock().now().secs();
        assert!((1..=600).contains(&lifetime), "{lifetime}");
        assert_eq!(claims["state"], "the-state");
        lab.redeem(claims["code"].as_str().unwrap(), &[]).expect(200);
    }
    let fragment = allowed(&lab, &[("response_mode", "fragment.jwt")]).expect(303);
    verified(&lab, &in_fragment(&fragment, "response").unwrap());
    let page = allowed(&lab, &[("response_mode", "form_post.jwt")]).expect(200);
    let [(name, token)] = &page.form().fields[..] else { panic!("one field") };
    assert_eq!(name, "response");
    verified(&lab, token);
}

#[test]
fn errors_are_signed_too_and_an_unknown_mode_falls_back_to_the_default() {
    let lab = TestLab::start();
    let back = refused(&lab, &[("response_mode", "jwt"), ("scope", "nothing")]).expect(303);
    let claims = verified(&lab, &parameter(back.location(), "response").unwrap());
    assert_eq!(claims["error"], "invalid_scope");
    assert_eq!(claims["state"], "the-state");
    let back = refused(&lab, &[("response_mode", "smoke")]).expect(303);
    assert_eq!(parameter(back.location(), "error").as_deref(), Some("invalid_request"));
    // The user's own no goes the same way.
    let mut browser = lab.browser();
    let login = browser.open(&lab.authorize_url(&[("response_mode", "jwt")])).expect(200);
    let alice = [("username", "alice"), ("password", "alice")];
    let consent = browser.submit_and_follow(&login.form(), &alice).expect(200);
    let back = browser.submit(&consent.form(), &[("decision", "deny")]).expect(303);
    let claims = verified(&lab, &parameter(back.location(), "response").unwrap());
    assert_eq!(claims["error"], "access_denied");
}

fn legacy() -> TestLab {
    TestLab::with(|config| {
        config.profile = Profile::Legacy;
        let web = config.clients.iter_mut().find(|client| client.secret.is_none()).unwrap();
        web.metadata.grant_types.push(GrantType::Implicit);
        web.metadata.response_types = ResponseType::ALL.to_vec();
        web.metadata.scope = None;
    })
}

#[test]
fn hybrid_answers_bind_their_parts_to_each_other() {
    let lab = legacy();
    for kind in ["code id_token", "code token", "code id_token token", "token id_token code"] {
        let back = allowed(&lab, &[("response_type", kind)]).expect(303);
        let code = in_fragment(&back, "code").unwrap();
        let token = in_fragment(&back, "access_token");
        assert_eq!(token.is_some(), kind.split(' ').any(|word| word == "token"), "{kind}");
        if let Some(id_token) = in_fragment(&back, "id_token") {
            let claims = verified(&lab, &id_token);
            let alg = header_alg(&id_token);
            assert_eq!(claims["c_hash"], half_hash(&code, alg), "{kind}");
            assert_eq!(claims["nonce"], "the-nonce");
            let at_hash = token.as_deref().map(|token| half_hash(token, alg));
            assert_eq!(claims["at_hash"].as_str(), at_hash.as_deref(), "{kind}");
        } else {
            assert_eq!(kind, "code token");
        }
        let redeemed = lab.redeem(&code, &[]).expect(200).json();
        assert!(redeemed["access_token"].is_string());
        // A replay of the code revokes what came in the front channel as well.
        lab.redeem(&code, &[]).expect(400);
        if let Some(token) = token {
            let notes = Request::get(lab.api("/notes")).bearer(&token);
            assert_eq!(lab.send(notes).status, 401, "{kind}");
        }
    }
}

#[test]
fn implicit_answers_need_no_challenge_and_never_stand_in_the_query() {
    let lab = legacy();
    let no_pkce = [("code_challenge", ""), ("code_challenge_method", "")];
    let changes = [&[("response_type", "id_token token")][..], &no_pkce].concat();
    let back = allowed(&lab, &changes).expect(303);
    let token = in_fragment(&back, "access_token").unwrap();
    assert_eq!(in_fragment(&back, "token_type").as_deref(), Some("Bearer"));
    assert_eq!(in_fragment(&back, "code"), None);
    assert_eq!(in_fragment(&back, "refresh_token"), None);
    lab.send(Request::get(lab.api("/notes")).bearer(&token)).expect(200);
    let alone =
        [&[("response_type", "id_token"), ("scope", "openid email")][..], &no_pkce].concat();
    let back = allowed(&lab, &alone).expect(303);
    assert_eq!(in_fragment(&back, "access_token"), None);
    let claims = verified(&lab, &in_fragment(&back, "id_token").unwrap());
    assert_eq!(claims["email"], "alice@example.com", "nothing else can tell it");
    for mode in ["query", "query.jwt"] {
        let changes = [("response_type", "id_token token"), ("response_mode", mode)];
        let back = refused(&lab, &changes).expect(303);
        assert_eq!(in_fragment(&back, "error").as_deref(), Some("invalid_request"), "{mode}");
    }
}

fn header_alg(token: &str) -> Algorithm {
    let jws = oauthlab::protocol::jose::Jws::decode(token).unwrap();
    Algorithm::parse(&jws.header.alg).unwrap()
}
