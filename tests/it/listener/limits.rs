//! Bounds in time, size and number.

use std::fmt::Write as _;
use std::net::SocketAddr;

use oauthlab::server::listener::{Limits, MAX_BODY};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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
async fn one_connection_too_many_is_closed_at_once_and_a_free_slot_is_used_again() {
    let server = Server::plain(Limits { connections: 1, ..roomy() });
    let mut first = server.connect().await;
    first.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut byte = [0];
    within(first.read_exact(&mut byte)).await.unwrap();
    assert_eq!(exchange(server.connect().await, get_request("/")).await, "");
    assert_eq!(server.served.traffic().over_limit(), 1);
    drop(first);
    // The server learns of the close in its own time.
    for _ in 0..10_000 {
        if exchange(server.connect().await, get_request("/")).await.ends_with("hello") {
            return assert_eq!(server.served.traffic().accepted(), 2);
        }
    }
    panic!("the slot was never given back");
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
