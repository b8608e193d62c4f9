//! Clients that are known by the address of their metadata: the whole flow, what is fetched when,
//! and what no address makes the server do.

use std::net::Ipv4Addr;
use std::time::Duration;

use oauthlab::config::{Bind, ClientIdMetadata};
use serde_json::json;

use super::support::document_host::{DocumentHost, ok};
use super::support::http::{Answer, Request};
use super::support::lab::{TestLab, Tokens, parameter};

fn lab() -> TestLab {
    TestLab::with(|config| config.client_id_metadata = ClientIdMetadata::On)
}

fn ask(lab: &TestLab, client_id: &str) -> Answer {
    let changes = [("client_id", client_id), ("scope", "notes:read")];
    lab.browser().send(Request::get(lab.authorize_url(&changes)))
}

#[track_caller]
fn tokens(lab: &TestLab, client_id: &str) -> Tokens {
    let url = lab.authorize_url(&[("client_id", client_id), ("scope", "notes:read")]);
    let sent_back = lab.allow(&mut lab.browser(), &url).expect(303);
    let code = parameter(sent_back.location(), "code").unwrap();
    Tokens::of(&lab.redeem(&code, &[("client_id", client_id)]).expect(200))
}

#[test]
fn a_client_comes_without_registration_and_its_document_is_fetched_once_while_it_is_fresh() {
    let (lab, host) = (lab(), DocumentHost::document(json!({})));
    let id = host.at("/client.json");
    let first = tokens(&lab, &id);
    assert_eq!(host.hits(), 1);
    let refresh = first.refresh.unwrap();
    let fields =
        [("grant_type", "refresh_token"), ("client_id", id.as_str()), ("refresh_token", &refresh)];
    lab.post("/token", &fields).expect(200);
    tokens(&lab, &id);
    assert_eq!(host.hits(), 1, "fresh for two minutes");
    lab.wait(Duration::from_secs(121));
    tokens(&lab, &id);
    assert_eq!(host.hits(), 2);
}

#[test]
fn consent_names_the_host_of_the_client_and_warns_of_programs_on_this_machine() {
    let (lab, host) = (lab(), DocumentHost::document(json!({ "client_name": "Your bank" })));
    let url = lab
        .authorize_url(&[("client_id", host.at("/client.json").as_str()), ("scope", "notes:read")]);
    let mut browser = lab.browser();
    let login = browser.open(&url).expect(200);
    let answers = [("username", "alice"), ("password", "alice")];
    let page = browser.submit_and_follow(&login.form(), &answers).expect(200).text();
    for text in ["<strong>127.0.0.1</strong>", "identified by its address", "on this machine"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn nothing_is_fetched_where_such_clients_are_not_wanted_and_for_nobody_but_a_browser() {
    let host = DocumentHost::document(json!({}));
    let id = host.at("/client.json");
    let off = TestLab::start();
    ask(&off, &id).expect(400);
    assert!(
        !off.send(Request::get(off.at("/.well-known/oauth-authorization-server")))
            .text()
            .contains("client_id_metadata_document_supported")
    );
    let lab = lab();
    let fields =
        [("grant_type", "refresh_token"), ("client_id", id.as_str()), ("refresh_token", "x")];
    let refused = lab.post("/token", &fields).expect(401).json();
    assert_eq!(refused["error"], "invalid_client");
    lab.register(&json!({ "redirect_uris": ["https://a.test/"], "jwks_uri": host.at("/jwks") }));
    assert_eq!(host.hits(), 0);
    let metadata = Request::get(lab.at("/.well-known/oauth-authorization-server"));
    let metadata = lab.send(metadata).expect(200).json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
}

#[test]
fn a_lab_that_others_reach_is_led_neither_to_itself_nor_inside() {
    let host = DocumentHost::document(json!({}));
    let lab = TestLab::with(|config| {
        config.client_id_metadata = ClientIdMetadata::On;
        config.issuer.bind = Bind::Address(Ipv4Addr::UNSPECIFIED.into());
    });
    let own = host.at("/client.json");
    for address in [
        own.as_str(),
        "https://10.0.0.1/c",
        "https://169.254.169.254/c",
        "https://[::1]/c",
        "https://localhost/c",
    ] {
        let refused = ask(&lab, address).expect(400);
        assert!(refused.text().contains("cannot be fetched"), "{address}");
    }
    assert_eq!(host.hits(), 0);
}

#[test]
fn redirects_large_answers_and_silence_are_no_documents_and_are_not_remembered() {
    let lab = lab();
    let host = DocumentHost::serve(|origin, path| match path {
        "/moved" => format!(
            "HTTP/1.1 302 Found\r\nLocation: {origin}/here\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        "/large" => ok("application/json", "", &format!("{{\"a\":\"{}\"}}", "x".repeat(5 * 1024))),
        "/huge" => ok("application/json", "", &" ".repeat(1024 * 1024)),
        "/list" => ok("application/json", "max-age=600", "[]"),
        _ => String::new(),
    });
    for path in ["/moved", "/large", "/huge", "/list", "/silent"] {
        let refused = ask(&lab, &host.at(path)).expect(400);
        assert!(refused.text().contains("cannot be fetched"), "{path}");
    }
    assert_eq!(host.hits(), 5, "the target of the redirect was not asked");
    ask(&lab, &host.at("/list")).expect(400);
    assert_eq!(host.hits(), 6);
}

#[test]
fn the_command_line_has_a_document_of_its_own() {
    let lab = lab();
    let id = lab.at("/clients/cli.json");
    let document = lab.send(Request::get(&id)).expect(200).json();
    assert_eq!(document["client_id"], id.as_str());
    tokens(&lab, &id);
    let off = TestLab::start();
    off.send(Request::get(off.at("/clients/cli.json"))).expect(404);
}

#[test]
fn a_request_can_be_pushed_by_a_client_that_was_never_seen() {
    let (lab, host) = (lab(), DocumentHost::document(json!({})));
    let url =
        lab.authorize_url(&[("client_id", &host.at("/client.json")), ("scope", "notes:read")]);
    let fields = url.split_once('?').unwrap().1.to_owned();
    let form = Request::form(lab.at("/par"), &[]).body(fields);
    let pushed = lab.send(form).expect(201).json();
    assert!(pushed["request_uri"].is_string());
    assert_eq!(host.hits(), 1);
}
