//! A listener, and who knocks at it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::ACCEPT;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::fetch::{self, Http, Roots};

const LONG: Duration = Duration::from_secs(10);

fn http() -> Http {
    Http::new(Roots::System, LONG).unwrap()
}

#[tokio::test]
async fn strays_are_ignored_and_the_first_answer_is_taken() {
    let listener = LoopbackListener::bind("/callback").await.unwrap();
    let (uri, port) = (listener.redirect_uri().to_owned(), listener.port());
    let waiting = tokio::spawn(listener.wait(LONG));
    let http = http();
    let strays = [
        fetch::Request::get(format!("http://127.0.0.1:{port}/favicon.ico")),
        fetch::Request::get(&*uri),
        fetch::Request::get(format!("{uri}?code=")),
        fetch::Request::get(format!("{uri}x?code=c")),
        fetch::Request::post_form(format!("{uri}?code=c"), &[]),
    ];
    for stray in strays {
        let answer = http.send(stray.header(ACCEPT, "*/*")).await.unwrap();
        assert_eq!(answer.status, 404);
        assert!(!waiting.is_finished());
    }
    let redirect = format!("{uri}?code=c%2B1&state=s");
    let answer = http.send(fetch::Request::get(&*redirect)).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("close this window"));
    assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(waiting.await.unwrap().unwrap(), Arrival::address(&*redirect));
    assert!(http.send(fetch::Request::get(&*redirect)).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn an_error_is_an_answer_and_nobody_is_an_error() {
    let listener = LoopbackListener::bind("cb").await.unwrap();
    let redirect = format!("{}?error=access_denied&state=s", listener.redirect_uri());
    let waiting = tokio::spawn(listener.wait(LONG));
    http().send(fetch::Request::get(&*redirect)).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Arrival::address(&*redirect));

    let listener = LoopbackListener::bind("/").await.unwrap();
    let error = listener.wait(Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, ClientError::NobodyCame { .. }), "{error:?}");
}

#[tokio::test]
async fn a_named_port_is_taken_as_named_or_not_at_all() {
    let taken = LoopbackListener::bind("/").await.unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, taken.port()));
    let error = LoopbackListener::bind_to(address, "/").await.unwrap_err();
    assert!(matches!(error, ClientError::Listen { .. }), "{error:?}");
    let open = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let error = LoopbackListener::bind_to(open, "/").await.unwrap_err();
    assert!(matches!(error, ClientError::Input { .. }), "{error:?}");
}

#[test]
fn a_callback_is_a_port_an_address_or_both_with_a_path() {
    let parsed = |text| parse_callback(text).map(|(address, path)| format!("{address}{path}"));
    assert_eq!(parsed("8080").unwrap(), "127.0.0.1:8080/callback");
    assert_eq!(parsed("127.0.0.1:8080").unwrap(), "127.0.0.1:8080/callback");
    assert_eq!(parsed("[::1]:8080/cb/x").unwrap(), "[::1]:8080/cb/x");
    assert!(parsed("localhost").is_err());
    assert!(parsed("99999").is_err());
}

/// What a listener takes, after it turned the strays away.
async fn taken(carrier: Carrier, strays: Vec<fetch::Request>, answer: fetch::Request) -> Arrival {
    let listener = LoopbackListener::bind("/callback").await.unwrap().expecting(carrier);
    let base = listener.redirect_uri().trim_end_matches("/callback").to_owned();
    let waiting = tokio::spawn(listener.wait(LONG));
    let at = |mut request: fetch::Request| {
        request.url = format!("{base}{}", request.url);
        request
    };
    for stray in strays {
        let shown = stray.url.clone();
        let got = http().send(at(stray)).await.unwrap();
        assert_eq!(got.status, 404, "{carrier:?}: {shown}");
    }
    assert!(!waiting.is_finished());
    assert_eq!(http().send(at(answer)).await.unwrap().status, 200);
    waiting.await.unwrap().unwrap()
}

fn post(path: &str, fields: &[(&str, &str)]) -> fetch::Request {
    fetch::Request::post_form(path, fields)
}

#[tokio::test]
async fn a_form_is_taken_from_any_origin_at_exactly_our_path_within_bounds() {
    let code = [("code", "c+1"), ("state", "s")];
    let mut json = fetch::Request::post_json("/callback", &"code=c");
    json.body = b"code=c".to_vec();
    let strays = vec![
        post("/callback/", &code),
        post("/", &code),
        post("/callback", &[("state", "s")]),
        post("/callback", &[("code", &"c".repeat(200_000))]),
        json,
    ];
    let mut answer = post("/callback", &code);
    answer = answer.header(http::header::ORIGIN, "https://as.test");
    let arrival = taken(Carrier::Form, strays, answer).await;
    assert_eq!(arrival, Arrival::posted("code=c%2B1&state=s"));
    // A refusal may come back in the query, whatever was asked for.
    let answer = fetch::Request::get("/callback?error=invalid_request&state=s");
    let arrival = taken(Carrier::Form, Vec::new(), answer).await;
    assert!(arrival.as_address().unwrap().ends_with("/callback?error=invalid_request&state=s"));
}

#[tokio::test]
async fn a_fragment_is_fetched_by_a_script_of_ours_and_by_no_other() {
    let listener = LoopbackListener::bind("/callback").await.unwrap();
    let listener = listener.expecting(Carrier::Fragment);
    let uri = listener.redirect_uri().to_owned();
    let waiting = tokio::spawn(listener.wait(LONG));
    let page = http().send(fetch::Request::get(&*uri)).await.unwrap();
    assert_eq!(page.status, 200);
    let html = page.text();
    let script = html.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let hash = STANDARD.encode(Sha256::digest(script));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{hash}';")), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(script.contains("location.hash") && html.contains("name=\"fragment\""), "{html}");
    assert!(!waiting.is_finished());
    let passed_on = post(&uri, &[("fragment", "code=c%2B1&state=s")]);
    assert_eq!(http().send(passed_on).await.unwrap().status, 200);
    let arrival = waiting.await.unwrap().unwrap();
    assert_eq!(arrival, Arrival::address(format!("{uri}#code=c%2B1&state=s")));
}

#[tokio::test]
async fn what_is_no_fragment_of_an_answer_is_a_stray() {
    let strays = vec![
        post("/callback", &[("code", "c")]),
        post("/callback", &[("fragment", "state=s")]),
        post("/callback", &[("fragment", "code=c"), ("fragment", "code=d")]),
        post("/callback", &[("fragment", &format!("code={}", "c".repeat(100_000)))]),
        fetch::Request::get("/callback?own=1"),
        fetch::Request::get("/other"),
    ];
    let answer = post("/callback", &[("fragment", "response=a.b.c")]);
    let arrival = taken(Carrier::Fragment, strays, answer).await;
    assert!(arrival.as_address().unwrap().ends_with("#response=a.b.c"));
}
