//! Endpoints: each does its work once, and refuses once.

use serde_json::json;

use super::super::support::http::Request;
use super::super::support::lab::CALLBACK;
use super::{Said, refused};

/// Proves an endpoint; false for a member that is none.
pub(super) fn prove(said: &Said, member: &str) -> bool {
    let lab = &said.lab;
    let url = || said.text(member).to_owned();
    match member {
        "issuer" => assert_eq!(url(), lab.issuer()),
        "authorization_endpoint" => {
            lab.allow(&mut lab.browser(), &lab.authorize_url(&[])).expect(303);
            lab.send(Request::get(url())).expect(400);
        }
        "token_endpoint" => {
            lab.machine_token();
            refused(&lab.send(Request::form(url(), &[])), 400, "invalid_request");
        }
        "device_authorization_endpoint" => {
            let codes = lab.send(Request::form(url(), &[("client_id", "tv")])).expect(200).json();
            let page = codes["verification_uri_complete"].as_str().unwrap();
            lab.send(Request::get(page)).expect(200);
            refused(&lab.send(Request::form(url(), &[])), 401, "invalid_client");
        }
        "registration_endpoint" => {
            lab.register(&json!({ "redirect_uris": [CALLBACK] }));
            let metadata = json!({ "redirect_uris": ["not a URI"] });
            let answer = lab.send(Request::json("POST", url(), &metadata));
            refused(&answer, 400, "invalid_redirect_uri");
        }
        "userinfo_endpoint" => {
            let tokens = lab.tokens(&[]);
            let answer = lab.send(Request::get(url()).bearer(&tokens.access)).expect(200);
            assert_eq!(answer.json()["sub"], "alice");
            lab.send(Request::get(url())).expect(401);
        }
        "jwks_uri" => {
            assert!(!lab.send(Request::get(url())).expect(200).json()["keys"][0].is_null());
            lab.send(Request::form(url(), &[])).expect(405);
        }
        "service_documentation" => {
            lab.send(Request::get(url())).expect(200);
            lab.send(Request::get(format!("{}/nothing", url()))).expect(404);
        }
        _ => return back_channel(said, member),
    }
    true
}

/// Endpoints that clients alone use.
fn back_channel(said: &Said, member: &str) -> bool {
    let lab = &said.lab;
    let url = || said.text(member).to_owned();
    match member {
        "introspection_endpoint" => {
            let token = lab.machine_token();
            let answer = lab.post_as_ci("/introspect", &[("token", &token)]).expect(200);
            assert_eq!(answer.json()["active"], true);
            refused(&lab.send(Request::form(url(), &[("token", &token)])), 401, "invalid_client");
        }
        "revocation_endpoint" => {
            let token = lab.machine_token();
            lab.post_as_ci("/revoke", &[("token", &token)]).expect(200);
            refused(&lab.post_as_ci("/revoke", &[]), 400, "invalid_request");
        }
        "pushed_authorization_request_endpoint" => pushed(said, &url()),
        _ => return false,
    }
    true
}

/// Pushes the public client's request, and goes on with it to a code; a reference is used up then.
fn pushed(said: &Said, url: &str) {
    let lab = &said.lab;
    let form = |query: &str| {
        let form = Request::new("POST", url).body(query);
        form.header("Content-Type", "application/x-www-form-urlencoded")
    };
    let request = lab.authorize_url(&[]);
    let (_, query) = request.split_once('?').unwrap();
    let answer = lab.send(form(query)).expect(201).json();
    assert_eq!(answer["expires_in"], 60);
    let reference = answer["request_uri"].as_str().unwrap();
    let short =
        super::super::support::http::encoded(&[("client_id", "web"), ("request_uri", reference)]);
    let short = lab.at(&format!("/authorize?{short}"));
    let granted = lab.allow(&mut lab.browser(), &short).expect(303);
    let code = super::super::support::lab::parameter(granted.location(), "code").unwrap();
    lab.redeem(&code, &[]).expect(200);
    lab.browser().send(Request::get(short)).expect(400);
    let wrong = lab.authorize_url(&[("scope", "nothing")]);
    refused(&lab.send(form(wrong.split_once('?').unwrap().1)), 400, "invalid_scope");
}
