//! Bounds in time, size and number.

use std::fmt::Write as _;
use std::net::SocketAddr;

use oauthlab::server::listener::{Limits, MAX_BODY};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::drain::gated;
use super::{SHORT, Server, exchange, get_request, roomy, within};

fn post(length: usize, body: &str) -> String {
    format!(
        "POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn both_loopback_families_answer_and_the_handler_knows_its_peer() {
    let server = Server::plain(roomy());
    assert!(server.addresses.iter().any(SocketAddr::is_ipv4));
    for address in &server.addresses {
        let stream = TcpStream::connect(address).await.unwrap();
        let own = stream.local_addr().unwrap().to_string();
        let answer = exchange(stream, get_request("/peer")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(&own), "{answer}");
    }
}

#[tokio::test]
async fn slow_headers_time_out_and_so_does_silence() {
    let server = Server::plain(Limits { headers: SHORT, ..roomy() });
    let answer = exchange(server.connect().await, "GET / HTTP/1.1\r\nHost: loc").await;
    assert!(!answer.contains("200"), "{answer}");
    let server = Server::plain(Limits { headers: SHORT, idle: SHORT, ..roomy() });
    assert_eq!(exchange(server.connect().await, "").await, "");
    // The first bytes of an HTTP/2 preface, and no more.
    assert_eq!(exchange(server.connect().await, "PRI * HT").await, "");
}

#[tokio::test]
async fn a_trickling_body_meets_its_deadline() {
    let server = Server::plain(Limits { body: SHORT, ..roomy() });
    let answer = exchange(server.connect().await, post(10, "only5")).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
    let server = Server::plain(roomy());
    let full = "x".repeat(MAX_BODY);
    let answer = exchange(server.connect().await, post(MAX_BODY, &full)).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("65536"), "{answer}");
    let answer = exchange(server.connect().await, post(MAX_BODY + 1, &(full + "x"))).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_apart() {
    let server = Server::plain(roomy());
    let request =
        "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n";
    let answer = exchange(server.connect().await, request).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn header_floods_are_refused() {
    let server = Server::plain(roomy());
    let many = (0..200).fold(String::new(), |mut lines, number| {
        let _ = write!(lines, "X-{number}: 1\r\n");
        lines
    });
    let long = format!("X-Long: {}\r\n", "x".repeat(64 * 1024));
    for headers in [many, long] {
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let answer = exchange(server.connect().await, &request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let answer = exchange(server.connect().await, get_request("/")).await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_while_the_others_wait_for_the_lab() {
    let (router, begun, go) = gated();
    let server = Server::start(router, None, Limits { connections: 1, ..roomy() });
    let first = tokio::spawn(exchange(server.connect().await, get_request("/")));
    within(begun.notified()).await;
    assert_eq!(exchange(server.connect().await, get_request("/")).await, "");
    assert_eq!(server.served.traffic().over_limit(), 1);
    go.notify_one();
    assert!(first.await.unwrap().ends_with("finished"));
    go.notify_one();
    let answer = exchange(server.connect().await, get_request("/")).await;
    assert!(answer.ends_with("finished"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_the_lab_waits_for_gives_way_to_a_new_one() {
    let server = Server::plain(Limits { connections: 1, ..roomy() });
    let answered = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let halfway = post(10, "only5");
    for begin in ["", "GET / HT", answered, &halfway] {
        let mut waiting = server.connect().await;
        waiting.write_all(begin.as_bytes()).await.unwrap();
        if begin == answered {
            within(waiting.read_exact(&mut [0])).await.unwrap();
        }
        let before = server.served.traffic().gave_way();
        let answer = exchange(server.connect().await, get_request("/")).await;
        assert!(answer.ends_with("hello"), "{begin}: {answer}");
        assert!(server.served.traffic().gave_way() > before, "{begin}");
        let mut rest = Vec::new();
        // Closed, with or without a reset.
        let _ = within(waiting.read_to_end(&mut rest)).await;
    }
    assert_eq!(server.served.traffic().over_limit(), 0);
}

#[tokio::test]
async fn a_panic_in_a_handler_ends_one_connection_only() {
    let server = Server::plain(roomy());
    assert_eq!(exchange(server.connect().await, get_request("/panic")).await, "");
    let answer = exchange(server.connect().await, get_request("/")).await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert_eq!(server.stop().await.cut, 0);
}

/// Runs itself again in a process with few file descriptors, so that no other test suffers.
#[tokio::test]
async fn a_process_without_file_descriptors_waits_and_recovers() {
    const NAME: &str = "listener::limits::a_process_without_file_descriptors_waits_and_recovers";
    if std::env::var_os("FEW_DESCRIPTORS").is_none() {
        let mut again = tokio::process::Command::new("sh");
        again.args(["-c", "ulimit -n 64 && exec \"$0\" --exact \"$1\""]);
        again.arg(std::env::current_exe().unwrap()).arg(NAME).env("FEW_DESCRIPTORS", "1");
        let output = within(again.output()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        return assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    let server = Server::plain(roomy());
    let mut held = Vec::new();
    while let Ok(stream) = TcpStream::connect(server.address).await {
        held.push(stream);
    }
    let traffic = server.served.traffic();
    // Long enough for three pauses; a loop without a pause would count hundreds of errors.
    let _ = tokio::time::timeout(SHORT * 5, std::future::pending::<()>()).await;
    let errors = traffic.accept_errors();
    assert!((1..20).contains(&errors), "{errors}");
    drop(held);
    let answer = exchange(server.connect().await, get_request("/")).await;
    assert!(answer.ends_with("hello"), "{answer}");
}
