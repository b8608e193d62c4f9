//! Authorization details (RFC 9396) from the request to the API that enforces them.

use oauthlab::config::Config;
use oauthlab::protocol::{AuthMethod, GrantType, Secret};
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{CALLBACK, CI_SECRET, TestLab, VERIFIER, parameter};
use super::claims;

fn lab() -> TestLab {
    lab_with(|_| {})
}

fn lab_with(change: impl FnOnce(&mut Config)) -> TestLab {
    TestLab::with(|config| {
        for client in &mut config.clients {
            client.metadata.wishes.authorization_details_types = vec!["notes_access".to_owned()];
        }
        change(config);
    })
}

fn detail(actions: &[&str], note_ids: &[&str]) -> Value {
    let mut detail = json!({ "type": "notes_access", "actions": actions });
    if !note_ids.is_empty() {
        detail["note_ids"] = json!(note_ids);
    }
    detail
}

/// What the token endpoint says to a code with these details and no scope of the notes.
#[track_caller]
fn granted(lab: &TestLab, details: &Value, scope: &str) -> Value {
    let code = lab.code(&[("scope", scope), ("authorization_details", &details.to_string())]);
    lab.redeem(&code, &[]).expect(200).json()
}

fn token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap().to_owned()
}

fn write(lab: &TestLab, token: &str, text: &str) -> Answer {
    let note = json!({ "text": text });
    lab.send(Request::json("POST", lab.api("/notes"), &note).bearer(token))
}

fn call(lab: &TestLab, method: &str, path: &str, token: &str) -> Answer {
    lab.send(Request::new(method, lab.api(path)).bearer(token))
}

#[test]
fn details_are_shown_granted_and_told_to_everybody_who_needs_them() {
    let lab = lab();
    let details = json!([detail(&["read", "write"], &[])]);
    let mut browser = lab.browser();
    let url = lab.authorize_url(&[("scope", ""), ("authorization_details", &details.to_string())]);
    let login = browser.open(&url).expect(200);
    let alice = [("username", "alice"), ("password", "alice")];
    let consent = browser.submit_and_follow(&login.form(), &alice).expect(200);
    assert!(consent.text().contains("all of your notes: read, write"), "{}", consent.text());
    let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    let code = parameter(back.location(), "code").unwrap();
    let answer = lab.redeem(&code, &[]).expect(200).json();
    assert_eq!(answer["authorization_details"], details);
    assert_eq!(answer["scope"], "", "details alone bring no default scope");
    let token = token(&answer);
    assert_eq!(claims(&token)["authorization_details"], details);
    assert_eq!(claims(&token)["aud"], lab.api("/notes"));
    let introspected = Request::form(lab.at("/introspect"), &[("token", &token)]);
    let told = lab.send(introspected.basic("ci", CI_SECRET));
    assert_eq!(told.expect(200).json()["active"], false, "the token is none of ci's business");
}

#[test]
fn the_notes_do_exactly_what_a_detail_says() {
    let lab = lab();
    let reading = token(&granted(&lab, &json!([detail(&["read"], &[])]), "openid"));
    call(&lab, "GET", "/notes", &reading).expect(200);
    assert_eq!(write(&lab, &reading, "x").status, 403);
    let writing = token(&granted(&lab, &json!([detail(&["write"], &[])]), "openid"));
    let id = |answer: Answer| answer.json()["id"].as_str().unwrap().to_owned();
    let one = id(write(&lab, &writing, "one").expect(201));
    let two = id(write(&lab, &writing, "two").expect(201));
    let (first, second) = (format!("/notes/{one}"), format!("/notes/{two}"));
    assert_eq!(call(&lab, "GET", &first, &writing).status, 403, "writing is not reading");
    assert_eq!(call(&lab, "DELETE", &first, &writing).status, 403, "nor deleting");
    let some = json!([detail(&["read", "delete"], &[&one])]);
    let some = token(&granted(&lab, &some, "openid"));
    let listed = call(&lab, "GET", "/notes", &some).expect(200).json();
    assert_eq!(listed["notes"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["notes"][0]["id"], one.as_str());
    assert_eq!(call(&lab, "GET", &second, &some).status, 403);
    assert_eq!(call(&lab, "DELETE", &second, &some).status, 403);
    assert_eq!(write(&lab, &some, "three").status, 403);
    call(&lab, "DELETE", &first, &some).expect(204);
    call(&lab, "GET", &second, &reading).expect(200);
}

#[test]
fn token_requests_narrow_and_never_widen() {
    let lab = lab();
    let both = json!([detail(&["read", "write"], &[])]);
    let answer = granted(&lab, &both, "openid");
    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    let less = json!([detail(&["read"], &["some-note"])]).to_string();
    let more = json!([detail(&["read", "delete"], &[])]).to_string();
    let ask = |token: &str, details: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", "web"),
            ("authorization_details", details),
        ];
        lab.post("/token", &fields)
    };
    let refused = ask(&refresh, &more).expect(400).json();
    assert_eq!(refused["error"], "invalid_authorization_details");
    let narrowed = ask(&refresh, &less).expect(200).json();
    assert_eq!(narrowed["authorization_details"].to_string(), less);
    // What was narrowed is this access token, not the grant.
    let next = narrowed["refresh_token"].as_str().unwrap();
    let whole = [("grant_type", "refresh_token"), ("refresh_token", next), ("client_id", "web")];
    assert_eq!(lab.post("/token", &whole).expect(200).json()["authorization_details"], both);
}

#[test]
fn a_machine_gets_details_for_itself() {
    let lab = lab();
    let details = json!([detail(&["read"], &[])]).to_string();
    let fields = [("grant_type", "client_credentials"), ("authorization_details", &details)];
    let answer = lab.post_as_ci("/token", &fields).expect(200).json();
    assert_eq!(answer["authorization_details"].to_string(), details);
    assert_eq!(answer["scope"], "");
    // Notes belong to users.
    assert_eq!(call(&lab, "GET", "/notes", &token(&answer)).status, 403);
}

/// A lab whose public client became a confidential one, which may exchange its own tokens.
fn exchanging_lab() -> TestLab {
    lab_with(|config| {
        let web = config.clients.iter_mut().find(|client| client.id.as_str() == "web").unwrap();
        web.secret = Some(Secret::new("web-secret"));
        web.metadata.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
        web.metadata.grant_types.push(GrantType::TokenExchange);
        web.metadata.scope = None;
    })
}

fn as_web(lab: &TestLab, fields: &[(&str, &str)]) -> Answer {
    lab.send(Request::form(lab.at("/token"), fields).basic("web", "web-secret"))
}

/// A token with these details, for an exchange.
fn subject(lab: &TestLab, details: &Value, scope: &str) -> Value {
    let code = lab.code(&[("scope", scope), ("authorization_details", &details.to_string())]);
    let fields = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    as_web(lab, &fields).expect(200).json()
}

fn exchange(lab: &TestLab, subject: &Value, more: &[(&str, &str)]) -> Answer {
    let subject = token(subject);
    let mut fields = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    fields.extend(more);
    as_web(lab, &fields)
}

#[test]
fn an_exchange_narrows_details_and_never_widens_them() {
    let lab = exchanging_lab();
    let both = json!([detail(&["read", "write"], &[])]);
    let subject = subject(&lab, &both, "");
    let kept = exchange(&lab, &subject, &[]).expect(200).json();
    assert_eq!(kept["authorization_details"], both, "nothing less was asked for");
    let less = json!([detail(&["read"], &["one"])]);
    let asked = [("authorization_details", &*less.to_string())];
    let narrowed = exchange(&lab, &subject, &asked).expect(200).json();
    assert_eq!(narrowed["authorization_details"], less);
    assert_eq!(claims(&token(&narrowed))["authorization_details"], less);
    // What was narrowed once does not come back.
    let asked = [("authorization_details", &*both.to_string())];
    let wider = exchange(&lab, &narrowed, &asked).expect(400);
    assert_eq!(wider.json()["error"], "invalid_authorization_details");
    let again = exchange(&lab, &narrowed, &[]).expect(200).json();
    assert_eq!(again["authorization_details"], less);
}

#[test]
fn an_exchange_leaves_details_out_where_the_api_cannot_use_them() {
    let lab = exchanging_lab();
    let details = json!([detail(&["read"], &[])]);
    let subject = subject(&lab, &details, "mcp:tools");
    let notes = claims(&token(&subject))["aud"].to_string();
    assert!(notes.contains(&lab.api("/notes")) && notes.contains(&lab.api("/mcp")), "{notes}");
    let asked = [("authorization_details", &*details.to_string()), ("audience", "mcp")];
    for more in [&asked[..], &asked[1..]] {
        let elsewhere = exchange(&lab, &subject, more).expect(200).json();
        assert_eq!(claims(&token(&elsewhere))["aud"], lab.api("/mcp"));
        assert_eq!(elsewhere.get("authorization_details"), None);
        assert_eq!(claims(&token(&elsewhere)).get("authorization_details"), None);
    }
    let here = exchange(&lab, &subject, &[("audience", "notes")]);
    let refused = here.expect(400).json();
    assert_eq!(refused["error"], "invalid_scope", "no scope of the notes was granted");
}
