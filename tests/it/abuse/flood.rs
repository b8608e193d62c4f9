//! Memory under a flood: codes that nobody issued and headers that are too large leave nothing
//! behind. `benches/flood.py` does the same with a million of them.

use std::io::{Read as _, Write as _};

use super::super::support::http::{Request, Stream};
use super::super::support::run::Home;
use super::super::support::served::{Served, Site as _};

const LAB: &str = r#"
limits: { token: 1000000/1s per client }
clients:
  - { id: web, public: true, redirect_uris: ["http://127.0.0.1/callback"], grants: [authorization_code], scopes: ["openid"] }
"#;
const CODES: usize = 20_000;
/// Requests that are on their way at once.
const BATCH: usize = 50;
/// What the lab may have grown by, in KiB: its record of the newest exchanges is bounded by 16 MiB,
/// and a debug build with its allocator's leftovers needs about as much again.
const GROWTH: u64 = 48 * 1024;

/// Sends so many requests on one connection, and reads as many answers.
fn batch(stream: &mut Stream, requests: &[Vec<u8>]) -> Vec<u16> {
    stream.write_all(&requests.concat()).unwrap();
    stream.flush().unwrap();
    let (mut received, mut statuses) = (Vec::new(), Vec::new());
    let mut chunk = [0; 16 * 1024];
    while statuses.len() < requests.len() {
        while let Some((status, length)) = first(&received) {
            statuses.push(status);
            received.drain(..length);
        }
        if statuses.len() < requests.len() {
            let read = stream.read(&mut chunk).unwrap();
            assert!(read > 0, "closed after {} answers", statuses.len());
            received.extend_from_slice(&chunk[..read]);
        }
    }
    statuses
}

/// Status and length of the first answer, if it is there as a whole.
fn first(received: &[u8]) -> Option<(u16, usize)> {
    let head = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&received[..head]).unwrap().to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1)?.split("\r\n").next()?;
    let whole = head + 4 + length.parse::<usize>().unwrap();
    let status = text.split(' ').nth(1)?.parse().ok()?;
    (received.len() >= whole).then_some((status, whole))
}

#[test]
fn a_flood_of_unknown_codes_and_giant_headers_leaves_nothing_behind() {
    let home = Home::new();
    std::fs::write(home.path().join("oauthlab.yaml"), LAB).unwrap();
    let lab = Served::start(&home, &[]);
    let url = lab.at("/token");
    let code = |number: usize| {
        let code = format!("made-up-{number:035}");
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("redirect_uri", "http://127.0.0.1/callback"),
            ("code_verifier", super::super::support::lab::VERIFIER),
            ("code", &code),
        ];
        Request::form(&url, &fields).header("Connection", "keep-alive").bytes()
    };
    let flood = |from: usize, to: usize| {
        let mut stream = lab.net().connect(&url);
        for first in (from..to).step_by(BATCH) {
            let requests: Vec<_> = (first..first + BATCH).map(code).collect();
            let statuses = batch(&mut stream, &requests);
            assert_eq!(statuses, vec![400; BATCH], "from {first} on");
        }
    };
    // Fills what is bounded: the record of exchanges, buffers, the allocator's own.
    flood(0, 4000);
    let before = lab.peak();
    flood(4000, CODES);
    let giant = Request::get(lab.at("/jwks")).header("X-Giant", &"x".repeat(1024 * 1024));
    for _ in 0..50 {
        let answer = lab.net().exchange(giant.url(), &giant.bytes());
        assert!(!answer.starts_with(b"HTTP/1.1 2"));
    }
    let after = lab.peak();
    println!("peak memory: {before} KiB after 4000 requests, {after} KiB at the end");
    assert!(after - before < GROWTH, "{before} KiB, then {after} KiB");
    lab.net().send(&Request::get(lab.at("/health/ready"))).expect(200);
    lab.stop();
}
