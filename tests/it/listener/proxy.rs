//! A listener behind a proxy: whom it answers, and what it believes about the client.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use http::HeaderName;
use oauthlab::protocol::PeerCertificate;
use oauthlab::server::listener::{Proxies, Wire};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Server, exchange, roomy, router};

fn behind(trusted: &str, certificate: Option<&'static str>) -> Server {
    let header = certificate.map(HeaderName::from_static);
    let proxies = Proxies::new(vec![trusted.parse().unwrap()], header);
    let router = router().route("/certificate", get(certificate_of));
    Server::on(router, Wire::Proxied(Arc::new(proxies)), roomy())
}

async fn certificate_of(request: Request) -> String {
    let shown = request.extensions().get::<PeerCertificate>();
    shown.map_or("none".to_owned(), PeerCertificate::thumbprint)
}

async fn ask(server: &Server, path: &str, lines: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n");
    exchange(server.connect().await, request).await
}

fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["client".to_owned()]).unwrap();
    let escaped = utf8_percent_encode(&made.cert.pem(), NON_ALPHANUMERIC).to_string();
    let shown = PeerCertificate::new(vec![made.cert.der().to_vec()]).unwrap();
    (escaped, shown.thumbprint())
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is() {
    let server = behind("127.0.0.1/32", None);
    let lines = "Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 198.51.100.2, 203.0.113.7\r\n";
    let answer = ask(&server, "/peer", lines).await;
    assert!(answer.ends_with("203.0.113.7:0"), "{answer}");
    assert!(ask(&server, "/peer", "").await.contains("127.0.0.1:"));
}

#[tokio::test]
async fn whoever_comes_past_the_proxy_is_refused() {
    let server = behind("127.0.0.2/32", Some("client-cert"));
    let answer = ask(&server, "/peer", "X-Forwarded-For: 203.0.113.7\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("behind-proxy") && !answer.contains("203.0.113.7"), "{answer}");
}

#[tokio::test]
async fn a_certificate_is_believed_under_the_configured_name_only() {
    let (escaped, thumbprint) = certificate();
    let line = format!("Client-Cert: {escaped}\r\n");
    let server = behind("127.0.0.1/32", Some("client-cert"));
    assert!(ask(&server, "/certificate", &line).await.ends_with(&thumbprint));
    let twice = format!("{line}{line}");
    assert!(ask(&server, "/certificate", &twice).await.ends_with("none"));
    let server = behind("127.0.0.1/32", None);
    assert!(ask(&server, "/certificate", &line).await.ends_with("none"));
}

#[tokio::test]
async fn without_a_proxy_no_header_says_anything() {
    let (escaped, _) = certificate();
    let router: Router = router().route("/certificate", get(certificate_of));
    let server = Server::on(router, Wire::Plain, roomy());
    let lines = format!("Client-Cert: {escaped}\r\nX-Forwarded-For: 203.0.113.7\r\n");
    assert!(ask(&server, "/certificate", &lines).await.ends_with("none"));
    assert!(!ask(&server, "/peer", &lines).await.contains("203.0.113.7"));
}
