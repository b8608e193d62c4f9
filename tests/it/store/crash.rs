//! `kill -9` in the middle of work, several times: whatever a client received is known afterwards,
//! and nothing that was used works again.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rusqlite::Connection;
use serde_json::json;

use super::super::support::http::Request;
use super::super::support::lab::{CALLBACK, VERIFIER, parameter};
use super::super::support::run::Home;
use super::super::support::served::Served;
use super::{Registered, STORE, write_lab};

/// Nobody has to be asked, so that every request is one for the store.
const LAB: &str = "
registration: { mode: open }
users: [{ name: alice, password: alice }]
login: { automatic: alice }
consent: { mode: automatic }
limits: { token: 1000000/1m per client }
resources: [{ name: notes, path: /notes, scopes: { 'notes:read': Read your notes } }]
";

/// `OAUTHLAB_TEST_CRASHES` asks for more.
const ROUNDS: usize = 4;
const CLIENTS: usize = 6;
/// Answers after which the first round is killed; each later one lives a little longer.
const ANSWERS: usize = 40;

/// What a client received, or nothing.
struct Received {
    code: String,
    access: String,
    refresh: String,
}

#[test]
fn what_a_client_received_outlives_kill_9_and_what_was_used_stays_used() {
    let rounds = std::env::var("OAUTHLAB_TEST_CRASHES").ok().and_then(|text| text.parse().ok());
    let home = Home::new();
    write_lab(&home, LAB);
    let mut lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    let mut all = Vec::new();
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let (received, killed) = worked(lab, &client, ANSWERS + round * 7);
        assert!(!received.is_empty());
        assert_whole(home.path());
        lab = Served::again(&home, &killed, STORE);
        for one in &received {
            assert!(client.is_active(&lab, &one.access), "round {round}: a token is lost");
        }
        all.extend(received);
    }
    // A code is tried last: its second use revokes what came of the first.
    for one in &all {
        assert!(client.is_active(&lab, &one.access));
        client.refresh(&lab, &one.refresh).expect(200);
        assert_eq!(client.redeem(&lab, &one.code).expect(400).member("error"), "invalid_grant");
        assert!(!client.is_active(&lab, &one.access));
    }
}

/// Clients at work until the lab is killed: what they received, and where it was.
fn worked(lab: Served, client: &Registered, answers: usize) -> (Vec<Received>, serde_json::Value) {
    let (received, count) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let over = AtomicBool::new(false);
    let (enough, wait) = std::sync::mpsc::channel();
    let url = client.authorize_url(&lab);
    let token = lab.at("/token");
    let net = lab.net().clone();
    let killed = thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let enough = enough.clone();
            scope.spawn(|| {
                let enough = enough;
                while !over.load(Ordering::SeqCst) {
                    let Some(one) = once(&net, &url, &token, client) else { continue };
                    received.lock().unwrap().push(one);
                    if count.fetch_add(1, Ordering::SeqCst) + 1 == answers {
                        enough.send(()).unwrap();
                    }
                }
            });
        }
        wait.recv().unwrap();
        let killed = lab.kill();
        over.store(true, Ordering::SeqCst);
        killed
    });
    (received.into_inner().unwrap(), killed)
}

/// A code, and its tokens. None if the lab died meanwhile.
fn once(
    net: &super::super::support::http::Net,
    url: &str,
    token: &str,
    client: &Registered,
) -> Option<Received> {
    let mut answer = net.attempt(&Request::get(url))?;
    let mut cookies = Vec::new();
    // Login and consent take a redirect each.
    while let Some(next) = answer.header("location").filter(|next| !next.starts_with(CALLBACK)) {
        let next = next.to_owned();
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            cookies.push(value.split(';').next().unwrap().to_owned());
        }
        let origin = url.split("/authorize").next().unwrap();
        let next = if next.starts_with('/') { format!("{origin}{next}") } else { next };
        answer = net.attempt(&Request::get(next).header("Cookie", &cookies.join("; ")))?;
    }
    let code = parameter(answer.expect(303).location(), "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let request = Request::form(token, &fields).basic(&client.id, &client.secret);
    let answer = net.attempt(&request)?.expect(200);
    let (access, refresh) = (answer.member("access_token"), answer.member("refresh_token"));
    Some(Received { code, access, refresh })
}

/// The files as they were left are whole. A copy is looked at: looking repairs.
#[track_caller]
fn assert_whole(folder: &Path) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["lab.db", "lab.db-wal"] {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let database = Connection::open(copy.path().join("lab.db")).unwrap();
    let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    assert_eq!(database.query_row("PRAGMA integrity_check", [], check).unwrap(), "ok");
}
