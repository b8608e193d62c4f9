//! OpenID Connect Back-Channel Logout 1.0, with a client that listens.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use oauthlab::protocol::jose::{JwkSet, Jws};
use oauthlab::protocol::{Algorithm, IdTokenClaims, Secret};
use serde_json::{Value, json};

use super::super::support::http::Request;
use super::super::support::lab::TestLab;
use super::{is_logged_in, lab_with, log_in, logout};

/// A client's back-channel endpoint on loopback: answers the n-th request with the n-th status, and
/// hands on what came.
struct Listening {
    uri: String,
    requests: Receiver<String>,
}

impl Listening {
    fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/backchannel", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for status in statuses {
                let Ok((stream, _)) = listener.accept() else { return };
                answer(stream, *status, &sender);
            }
        });
        Self { uri, requests }
    }

    /// The next request. A test that waits in vain fails.
    #[track_caller]
    fn next(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(30)).unwrap()
    }
}

fn answer(mut stream: TcpStream, status: u16, seen: &Sender<String>) {
    let (mut received, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if body.len() >= length {
                break;
            }
        }
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "{text}");
        received.extend_from_slice(&chunk[..read]);
    }
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    drop(stream);
    let _ = seen.send(String::from_utf8(received).unwrap());
}

/// What the inspector says of the last logout tokens, once there are so many.
#[track_caller]
fn results(lab: &TestLab, count: usize) -> Vec<Value> {
    for _ in 0..2000 {
        let token = lab.lab().inspector_token().expose();
        let answer = lab.send(Request::get(lab.inspector("/api/logouts")).bearer(token));
        let logouts = answer.expect(200).json()["logouts"].as_array().unwrap().clone();
        if logouts.len() == count {
            return logouts;
        }
    }
    panic!("never {count} results")
}

fn listening_lab(uri: &str) -> TestLab {
    let uri = uri.to_owned();
    lab_with(|web| web.logout.backchannel_logout_uri = Some(uri))
}

/// Logs in and out; gives the ID token that was issued.
fn in_and_out(lab: &TestLab) -> String {
    let (mut browser, tokens) = log_in(lab, "openid");
    let hint = tokens.id.unwrap();
    logout(lab, &mut browser, &[("id_token_hint", &hint)]).expect(200);
    assert!(!is_logged_in(lab, &browser));
    hint
}

fn logout_token(request: &str) -> Secret {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let mut fields = url::form_urlencoded::parse(body.as_bytes());
    let (name, value) = fields.next().unwrap();
    assert_eq!((&*name, fields.next()), ("logout_token", None));
    Secret::new(value.into_owned())
}

#[test]
fn a_client_of_the_session_gets_a_logout_token() {
    let client = Listening::start(&[200]);
    let lab = listening_lab(&client.uri);
    let id_token = in_and_out(&lab);
    let request = client.next();
    assert!(request.starts_with("POST /backchannel HTTP/1.1\r\n"), "{request}");
    let form = "content-type: application/x-www-form-urlencoded";
    assert!(request.to_ascii_lowercase().contains(form), "{request}");
    let token = logout_token(&request);
    let jws = Jws::decode(token.expose()).unwrap();
    let keys: JwkSet =
        serde_json::from_value(lab.send(Request::get(lab.at("/jwks"))).json()).unwrap();
    jws.verify(&keys, Algorithm::ALL).unwrap();
    assert_eq!(jws.header.typ.as_deref(), Some("logout+jwt"));
    let claims: Value = jws.claims().unwrap();
    let session: IdTokenClaims = Jws::decode(&id_token).unwrap().claims().unwrap();
    assert_eq!(claims["iss"], lab.issuer());
    assert_eq!(claims["aud"], "web");
    assert_eq!(claims["sub"], session.sub.as_str());
    assert_eq!(claims["sid"], session.sid.unwrap().as_str());
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    assert_eq!(claims["events"], event);
    assert_eq!(claims.get("nonce"), None);
    let age = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(age, 120);
    assert!(claims["jti"].as_str().unwrap().len() >= 16, "{claims:#}");
    let results = results(&lab, 1);
    assert_eq!((&results[0]["client_id"], &results[0]["status"]), (&json!("web"), &json!(200)));
    assert_eq!(results[0]["attempts"], 1);
    // It is no ID token, however much it looks like one.
    let hint = [("id_token_hint", token.expose())];
    logout(&lab, &mut lab.browser(), &hint).expect(400);
}

#[test]
fn a_client_that_fails_is_asked_once_more() {
    let client = Listening::start(&[503, 200, 200]);
    let lab = listening_lab(&client.uri);
    in_and_out(&lab);
    let (first, second) = (client.next(), client.next());
    assert_eq!(logout_token(&first), logout_token(&second));
    let results = results(&lab, 1);
    assert_eq!((&results[0]["status"], &results[0]["attempts"]), (&json!(200), &json!(2)));
}

#[test]
fn a_client_that_refuses_is_not_asked_again() {
    let client = Listening::start(&[400, 200]);
    let lab = listening_lab(&client.uri);
    in_and_out(&lab);
    client.next();
    let results = results(&lab, 1);
    assert_eq!((&results[0]["status"], &results[0]["attempts"]), (&json!(400), &json!(1)));
    assert!(client.requests.try_recv().is_err());
}

#[test]
fn a_client_that_is_gone_holds_nobody_up() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lab = listening_lab(&format!("http://{gone}/backchannel"));
    in_and_out(&lab);
    let results = results(&lab, 1);
    assert_eq!((results[0].get("status"), &results[0]["attempts"]), (None, &json!(2)));
    assert!(results[0]["error"].is_string(), "{results:?}");
}

#[test]
fn no_logout_token_goes_into_a_network_behind_us() {
    for uri in ["https://10.0.0.1/", "https://169.254.169.254/latest", "http://example.com/"] {
        let lab = listening_lab(uri);
        in_and_out(&lab);
        let results = results(&lab, 1);
        assert_eq!((results[0].get("status"), &results[0]["attempts"]), (None, &json!(1)), "{uri}");
    }
}

#[test]
fn a_session_that_is_taken_back_is_told_as_well() {
    let client = Listening::start(&[200]);
    let lab = listening_lab(&client.uri);
    let (mut browser, _) = log_in(&lab, "openid");
    let form = browser.open(&lab.at("/account")).expect(200).form();
    browser.submit(&form, &[]).expect(200);
    logout_token(&client.next());
}

#[test]
fn another_user_who_logs_in_ends_the_session_before_and_the_same_user_does_not() {
    let client = Listening::start(&[200, 200]);
    let lab = listening_lab(&client.uri);
    let (mut browser, first) = log_in(&lab, "openid");
    let again = lab.authorize_url(&[("prompt", "login"), ("scope", "openid")]);
    lab.wait(Duration::from_secs(1));
    let sent_back = lab.allow(&mut browser, &again).expect(303);
    let second = super::redeemed(&lab, &sent_back);
    assert_eq!(sid(first.id.as_deref().unwrap()), sid(second.id.as_deref().unwrap()));
    assert!(client.requests.try_recv().is_err());
    lab.wait(Duration::from_secs(1));
    let form = browser.open(&again).expect(200).form();
    browser.submit(&form, &[("username", "bob"), ("password", "bob")]).expect(303);
    let token = logout_token(&client.next());
    let claims: Value = Jws::decode(token.expose()).unwrap().claims().unwrap();
    assert_eq!(
        (&claims["sub"], &claims["sid"]),
        (&json!("alice"), &json!(sid(&second.id.unwrap())))
    );
}

fn sid(id_token: &str) -> String {
    let claims: IdTokenClaims = Jws::decode(id_token).unwrap().claims().unwrap();
    claims.sid.unwrap()
}
