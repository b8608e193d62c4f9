//! Slow clients (slowloris): every place is taken by somebody who never finishes, and an honest
//! client is served all the same.

use std::io::Write as _;
use std::net::TcpStream;

use super::super::support::http::{Request, Stream};
use super::super::support::lab::TestLab;
use super::super::watching;

const PLACES: usize = 12;

/// A lab with few places, and all the time that it usually gives.
fn narrow_lab() -> TestLab {
    TestLab::launch(|_| {}, |options| options.limits.connections = PLACES)
}

/// Connections that began like this, more than there are places; they trickle on while an honest
/// client does all that a flow needs.
fn besieged(begin: &str) {
    let lab = narrow_lab();
    let url = lab.at("/token");
    let open = || {
        let mut stream = lab.net().connect(&url);
        let _ = stream.write_all(begin.as_bytes()).and_then(|()| stream.flush());
        stream
    };
    let mut slow: Vec<Stream> = (0..3 * PLACES).map(|_| open()).collect();
    for _ in 0..3 {
        for stream in &mut slow {
            let _ = stream.write_all(b"x").and_then(|()| stream.flush());
        }
        lab.redeem(&lab.code(&[]), &[]).expect(200);
        slow.extend((0..PLACES).map(|_| open()));
    }
    let text = watching::metrics::scrape(&lab);
    let count = |event: &str| {
        let series = format!("oauthlab_connections_total{{server=\"issuer\",event=\"{event}\"}}");
        watching::metrics::value(&text, &series)
    };
    assert!(count("gave_way") >= 2 * PLACES as u64, "{text}");
    assert_eq!(count("over_limit"), 0);
}

#[test]
fn headers_that_never_end_hold_up_nobody() {
    besieged("POST /token HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
}

#[test]
fn bodies_that_never_end_hold_up_nobody() {
    besieged(
        "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\ngrant_type=",
    );
}

#[test]
fn connections_that_say_nothing_hold_up_nobody() {
    besieged("");
}

#[test]
fn handshakes_that_never_end_hold_up_nobody() {
    let lab = narrow_lab();
    let authority = lab.issuer().strip_prefix("https://").unwrap().to_owned();
    // A TLS record that announces more than it brings.
    let open = || {
        let mut stream = TcpStream::connect(&authority).unwrap();
        let _ = stream.write_all(&[0x16, 3, 1, 1, 0, 1]);
        stream
    };
    let _slow: Vec<TcpStream> = (0..3 * PLACES).map(|_| open()).collect();
    lab.redeem(&lab.code(&[]), &[]).expect(200);
    lab.send(Request::get(lab.at("/health/ready"))).expect(200);
}
