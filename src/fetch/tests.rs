//! The client against small servers of the test's own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::{get, post};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::protocol::Secret;

const SECOND: Duration = Duration::from_secs(5);

fn http(roots: Roots) -> Http {
    Http::new(roots, SECOND).unwrap()
}

/// Serves a router over plain HTTP; the task ends with the test's runtime.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

/// Answers every connection with the same bytes, after it has read something.
async fn serve_bytes(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    origin
}

/// A TLS server with a certificate for `name` that answers `ok`.
async fn serve_tls(name: &str) -> (u16, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.into()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.shutdown().await;
        }
    });
    (port, cert.der().clone())
}

#[tokio::test]
async fn a_form_arrives_as_it_was_written_and_the_answer_comes_back_whole() {
    let router = Router::new().route(
        "/token",
        post(|headers: HeaderMap, body: String| async move {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let seen = [header("authorization"), header("content-type"), header("user-agent")];
            ([(TRACE_HEADER, "abc-1")], format!("{}|{body}", seen.join("|")))
        }),
    );
    let url = format!("{}/token#fragment", serve(router).await);
    let request = Request::post_form(url, &[("a", "1 &="), ("a", "2")])
        .basic("s6BhdRkqt3", &Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw"))
        .form_field("b", "ü");
    let answer = http(Roots::System).send(request).await.unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        answer.text(),
        format!(
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3|application/x-www-form-urlencoded|oauthlab/{version}|a=1+%26%3D&a=2&b=%C3%BC"
        )
    );
    assert_eq!((answer.status, answer.trace_id()), (200, Some("abc-1")));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let router = Router::new()
        .route("/", get(|| async { Redirect::to("/elsewhere") }))
        .route("/elsewhere", get(|| async { "followed" }));
    let answer = http(Roots::System).send(Request::get(serve(router).await)).await.unwrap();
    assert_eq!((answer.status, answer.location()), (303, Some("/elsewhere")));
}

#[tokio::test]
async fn every_name_below_localhost_is_this_machine() {
    let origin = serve(Router::new().route("/", get(|| async { "here" }))).await;
    for name in ["localhost", "no-such-name.localhost", "LOCALHOST"] {
        let url = origin.replace("127.0.0.1", name);
        let answer = http(Roots::System).send(Request::get(url)).await.unwrap();
        assert_eq!(answer.text(), "here", "{name}");
    }
}

#[tokio::test]
async fn only_the_given_roots_are_trusted() {
    let (port, certificate) = serve_tls("localhost").await;
    let url = format!("https://localhost:{port}/");
    let trusting = http(Roots::Lab(vec![certificate.clone()]));
    assert_eq!(trusting.send(Request::get(&*url)).await.unwrap().text(), "ok");
    let adding = http(Roots::SystemAnd(vec![certificate]));
    assert_eq!(adding.send(Request::get(&*url)).await.unwrap().text(), "ok");

    let (_, other) = serve_tls("localhost").await;
    for roots in [Roots::System, Roots::Lab(vec![other])] {
        let error = http(roots).send(Request::get(&*url)).await.unwrap_err();
        let FetchError::Tls { failure, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*failure, TlsFailure::Untrusted);
        assert!(error.hint().contains("oauthlab ca path"));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told_apart() {
    let (port, certificate) = serve_tls("elsewhere.test").await;
    let client = http(Roots::Lab(vec![certificate]));
    let error = client.send(Request::get(format!("https://localhost:{port}/"))).await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { failure: TlsFailure::Name, .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let origin = serve_bytes(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let url = origin.replace("http://", "https://");
    let error = http(Roots::System).send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { failure: TlsFailure::NotTls, .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_too_large_too_slow_or_not_there_has_its_own_error() {
    let client = http(Roots::System);
    let router = Router::new()
        .route("/large", get(|| async { vec![b'x'; MAX_BODY + 1] }))
        .route("/fits", get(|| async { vec![b'x'; MAX_BODY] }))
        .route("/slow", get(std::future::pending::<()>));
    let origin = serve(router).await;
    let error = client.send(Request::get(format!("{origin}/large"))).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error:?}");
    let fits = client.send(Request::get(format!("{origin}/fits"))).await.unwrap();
    assert_eq!(fits.body.len(), MAX_BODY);

    let hasty = Http::new(Roots::System, Duration::from_millis(50)).unwrap();
    let error = hasty.send(Request::get(format!("{origin}/slow"))).await.unwrap_err();
    assert!(matches!(error, FetchError::TimedOut { .. }), "{error:?}");

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client.send(Request::get(format!("http://{nobody}"))).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");

    let origin = serve_bytes(b"220 mail.example ESMTP\r\n\r\n").await;
    let error = client.send(Request::get(origin)).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_request_that_would_leave_the_rules_is_not_sent() {
    let client = http(Roots::System);
    for (url, wanted) in [
        ("http://192.0.2.1/token", "neither https"),
        ("ftp://localhost/", "neither https"),
        ("https://user@localhost/", "user name"),
        ("/token", "no absolute URL"),
    ] {
        let error = client.send(Request::get(url)).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{error:?}");
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let split = Request::get("http://127.0.0.1:1").header(http::header::ACCEPT, "a\r\nb: c");
    let error = client.send(split).await.unwrap_err();
    assert!(matches!(error, FetchError::Refused(Refused::HeaderValue { .. })), "{error:?}");
}

#[derive(Debug, serde::Deserialize)]
#[expect(dead_code, reason = "only its parsing is looked at")]
struct Number {
    n: u8,
}

#[test]
fn neither_debug_nor_a_json_fault_repeats_what_was_sent() {
    let secret = Secret::new("hunter2");
    let request = Request::post_form("https://a/?code=hunter2", &[("password", "hunter2")]);
    assert!(!format!("{:?}", request.bearer(&secret)).contains("hunter2"));
    let body = br#"{"n": "hunter2"}"#.to_vec();
    let answer = Response { status: 200, headers: HeaderMap::new(), body };
    assert!(!format!("{answer:?}").contains("hunter2"));
    let error = answer.json::<Number>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}
