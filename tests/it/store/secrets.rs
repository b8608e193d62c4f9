//! Whoever reads the database, its log or its index finds no secret that the lab ever produced.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use oauthlab::clock::Clock;
use oauthlab::protocol::Secret;
use oauthlab::store::record::{ClientRecord, SigningKeysRecord};
use oauthlab::store::{Key, Kind, SealKey, SealedStore, SqliteStore, View};
use serde_json::json;

use super::super::support::http::Request;
use super::super::support::run::Home;
use super::super::support::served::{Served, Site as _};
use super::{Registered, STORE, write_lab};

const LAB: &str = "
registration: { mode: open }
users: [{ name: alice, password: the-password-of-alice }]
resources: [{ name: notes, path: /notes, scopes: { 'notes:read': Read your notes } }]
clients: [{ id: ci, secret: the-secret-of-ci-in-the-file, grants: [client_credentials], scopes: ['notes:read'] }]
";
const ALICE: (&str, &str) = ("alice", "the-password-of-alice");
const CI_SECRET: &str = "the-secret-of-ci-in-the-file";

/// The database, its log, its index.
fn files(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = ["lab.db", "lab.db-wal", "lab.db-shm"].map(|name| home.path().join(name));
    paths.into_iter().filter_map(|path| std::fs::read(&path).ok().map(|all| (path, all))).collect()
}

fn holds(all: &[u8], secret: &[u8]) -> bool {
    all.windows(secret.len()).any(|window| window == secret)
}

/// What a run produced that nobody else may know.
struct Run {
    secrets: Vec<Vec<u8>>,
    /// A refresh token that was used.
    refresh: String,
    mac: Registered,
}

/// Registers, logs in, and gets every kind of token.
fn run(lab: &Served) -> Run {
    let client = Registered::new(lab, &json!({}));
    let mac = Registered::new(lab, &json!({ "token_endpoint_auth_method": "client_secret_jwt" }));
    let mut browser = lab.browser();
    let code = client.code(lab, &mut browser, ALICE);
    let tokens = client.redeem(lab, &code).expect(200);
    let refresh = tokens.member("refresh_token");
    let renewed = client.refresh(lab, &refresh).expect(200);
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    let machine = Request::form(lab.at("/token"), &fields).basic("ci", CI_SECRET);
    let machine = lab.net().send(&machine).expect(200);
    let unused = client.code(lab, &mut browser, ALICE);
    let mut secrets = vec![
        code,
        unused,
        tokens.member("access_token"),
        tokens.member("id_token"),
        renewed.member("access_token"),
        renewed.member("refresh_token"),
        machine.member("access_token"),
        client.secret,
        client.management,
        mac.secret.clone(),
        mac.management.clone(),
        ALICE.1.to_owned(),
        CI_SECRET.to_owned(),
        refresh.clone(),
    ];
    secrets.extend(browser.cookies().values().cloned());
    Run { secrets: secrets.into_iter().map(String::into_bytes).collect(), refresh, mac }
}

#[test]
fn no_secret_of_a_run_is_in_the_files_of_the_database() {
    let home = Home::new();
    write_lab(&home, LAB);
    let lab = Served::start(&home, STORE);
    let Run { mut secrets, refresh, mac } = run(&lab);
    let running = files(&home);
    assert_eq!(running.len(), 3, "the log and the index are read as well");
    lab.stop();
    secrets.extend(private_keys(&home, &mac));
    let stopped = files(&home);
    // What is searched for could be found: the hash of a token is there.
    let hash = Key::of_secret(&Secret::new(refresh));
    for all in [&running, &stopped] {
        assert!(all.iter().any(|(_, all)| holds(all, hash.as_bytes())));
        for (path, all) in all {
            for secret in &secrets {
                let shown = String::from_utf8_lossy(secret);
                assert!(!holds(all, secret), "{} holds {shown}", path.display());
            }
        }
    }
}

/// The private keys, in every form in which they may have been written. Only who has the key of
/// the store can read them.
fn private_keys(home: &Home, mac: &Registered) -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = Secret::new(std::fs::read_to_string(home.path().join("lab.db-key")).unwrap());
    let key = SealKey::parse(&text).unwrap();
    let mut found = vec![text.expose().trim().as_bytes().to_vec()];
    runtime.block_on(async {
        let file = home.path().join("lab.db");
        let engine = SqliteStore::open(&file, Clock::system()).unwrap();
        let store = View::new(Arc::new(SealedStore::open(Arc::new(engine), &key).await.unwrap()));
        // The one client secret that no hash can stand for is kept, and readable with the key.
        let client = store.get::<ClientRecord>(Key::of(&[&mac.id])).await.unwrap().unwrap().value;
        assert!(client.mac_secret.unwrap().matches(&Secret::new(&mac.secret)));
        let lines = store.engine().scan(Kind::SigningKeys, None, 100).await.unwrap().records;
        for (_, line) in lines {
            let line: SigningKeysRecord = serde_json::from_slice(&line.value).unwrap();
            for key in line.generations {
                let pkcs8 = URL_SAFE_NO_PAD.decode(key.pkcs8.expose()).unwrap();
                found.push(key.pkcs8.expose().as_bytes().to_vec());
                found.push(STANDARD.encode(&pkcs8).into_bytes());
                found.extend(pkcs8.chunks_exact(24).map(<[u8]>::to_vec));
            }
        }
    });
    assert!(found.len() > 9, "{} forms", found.len());
    found
}
