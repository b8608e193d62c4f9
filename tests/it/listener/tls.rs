//! TLS at the listener: silent and confused clients, and tools that must just work.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use oauthlab::clock::Clock;
use oauthlab::server::listener::Limits;
use oauthlab::tls::{Authority, PrivateDir, client_config, root_store, server_config};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{LONG, SHORT, Server, exchange, get_request, roomy, router, within};

struct Secure {
    server: Server,
    authority: Authority,
    _root: tempfile::TempDir,
}

impl Secure {
    fn start(limits: Limits) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(root.path()).unwrap();
        let now = Clock::system().now();
        let (authority, _) = Authority::open(&dir, &[], now).unwrap();
        let tls = server_config(&authority, now).unwrap();
        Self { server: Server::start(router(), Some(tls), limits), authority, _root: root }
    }

    async fn connect(&self, alpn: &[u8]) -> TlsStream<TcpStream> {
        let roots = root_store(self.authority.certificate().pem().as_bytes()).unwrap();
        let mut config = client_config(roots).unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let stream = self.server.connect().await;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    fn ca(&self) -> &str {
        self.authority.certificate().path().to_str().unwrap()
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.server.address.port())
    }
}

/// Runs a tool and gives what it printed. It must succeed.
async fn tool(program: &str, arguments: &[&str], ca: &str) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("NODE_EXTRA_CA_CERTS", ca).stdin(std::process::Stdio::null());
    let output = within(command.output()).await;
    let output = output.unwrap_or_else(|error| {
        panic!("{program} is needed here, `make test` installs it: {error}")
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[tokio::test]
async fn silent_clients_hold_up_nobody_and_are_closed() {
    let secure = Secure::start(Limits { handshake: SHORT, ..roomy() });
    let silent = [secure.server.connect().await, secure.server.connect().await];
    let answer = exchange(secure.connect(b"http/1.1").await, get_request("/")).await;
    assert!(answer.ends_with("hello"), "{answer}");
    for stream in silent {
        assert_eq!(exchange(stream, "").await, "");
    }
    assert_eq!(secure.server.served.traffic().failed_handshakes(), 2);
}

#[tokio::test]
async fn a_silent_client_does_not_even_delay_others() {
    // With the handshake inside accept, this would wait for a limit that outlasts the test.
    let secure = Secure::start(Limits { handshake: LONG * 10, ..roomy() });
    let _silent = secure.server.connect().await;
    let request = async { exchange(secure.connect(b"http/1.1").await, get_request("/")).await };
    let answer = within(request).await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_told_what_to_do() {
    let secure = Secure::start(roomy());
    let answer = exchange(secure.server.connect().await, get_request("/")).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(
        answer.ends_with("This port speaks HTTPS. Use https:// instead of http:// in the URL.\n")
    );
    let garbage = exchange(secure.server.connect().await, "\u{1}\u{2}\u{3}garbage").await;
    assert!(!garbage.contains("HTTP"), "{garbage}");
}

#[tokio::test]
async fn http_2_serves_and_an_idle_connection_ends() {
    let secure = Secure::start(Limits { idle: SHORT * 5, ..roomy() });
    let io = TokioIo::new(secure.connect(b"h2").await);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
    let (mut client, connection) = handshake.await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get(secure.url()).body(Empty::<axum::body::Bytes>::new()).unwrap();
    let response = within(client.send_request(request)).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    // How it ends does not matter: the server may say goodbye or just close.
    let _ = within(connection).await.unwrap();
}

#[tokio::test]
async fn header_floods_are_refused_over_http_2() {
    let secure = Secure::start(roomy());
    let io = TokioIo::new(secure.connect(b"h2").await);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
    let (mut client, connection) = handshake.await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get(secure.url()).header("x-long", "x".repeat(40_000));
    let request = request.body(Empty::<axum::body::Bytes>::new()).unwrap();
    let response = within(client.send_request(request)).await.unwrap();
    assert_eq!(response.status(), 431);
    connection.abort();
}

#[tokio::test]
async fn a_client_that_says_nothing_after_the_handshake_is_closed() {
    let secure = Secure::start(Limits { idle: SHORT, headers: SHORT, drain: SHORT, ..roomy() });
    for alpn in [&b"h2"[..], b"http/1.1"] {
        let answer = exchange(secure.connect(alpn).await, "").await;
        assert!(!answer.contains("200"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_node_and_openssl_trust_the_lab_ca() {
    let secure = Secure::start(Limits { handshake: Duration::from_secs(60), ..roomy() });
    let (ca, url) = (secure.ca(), secure.url());
    for options in [&["--http2"][..], &["--http1.1"], &["--tls-max", "1.2"], &["-4"], &["-6"]] {
        if options == ["-6"] && secure.server.addresses.len() == 1 {
            continue;
        }
        let arguments = [&["-sS", "--fail", "--cacert", ca], options, &[&*url]].concat();
        assert_eq!(tool("curl", &arguments, ca).await, "hello", "{options:?}");
    }
    let script = "fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))";
    assert_eq!(tool("node", &["-e", script, &url], ca).await, "hello");
    let port = format!("localhost:{}", secure.server.address.port());
    let arguments =
        ["s_client", "-connect", &port, "-tls1_2", "-CAfile", ca, "-verify_return_error"];
    let said = tool("openssl", &arguments, ca).await;
    assert!(said.contains("Verify return code: 0 (ok)") && said.contains("TLSv1.2"), "{said}");
    let foreign = Command::new("curl").args(["-sS", &url]).output().await.unwrap();
    assert_eq!(foreign.status.code(), Some(60), "curl trusts the lab without its CA");
}
