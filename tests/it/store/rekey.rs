//! Another key for a database: what was sealed is known on, and so is what follows from the key.

use serde_json::{Value, json};

use super::super::support::run::{Home, Run};
use super::super::support::served::{Served, Site as _};
use super::{Registered, STORE, write_lab};

const LAB: &str = "
registration: { mode: open }
users: [{ name: alice, password: alice }]
resources: [{ name: notes, path: /notes, scopes: { 'notes:read': Read your notes } }]
clients: [{ id: ci, secret: generated, grants: [client_credentials], scopes: ['notes:read'] }]
";

fn store<'a>(home: &Home, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    home.oauthlab(["store"].into_iter().chain(arguments).chain(["--store", "sqlite:lab.db"]))
}

#[test]
fn a_database_gets_another_key_and_its_lab_goes_on() {
    let home = Home::new();
    write_lab(&home, LAB);
    let lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    let code = client.code(&lab, &mut lab.browser(), ("alice", "alice"));
    let tokens = client.redeem(&lab, &code).expect(200);
    let rekey = ["rekey", "--new-key-file", "new.key", "-o", "json"];
    let refused = store(&home, rekey).output().fails();
    assert!(refused.stderr.contains("lab.db"), "{}", refused.stderr);
    let before = lab.stop();
    let key = || std::fs::read_to_string(home.path().join("lab.db-key")).unwrap();
    let old = key();
    let done: Value = serde_json::from_str(&store(&home, rekey).output().ok().stdout).unwrap();
    assert!(done["records"].as_u64().unwrap() > 4, "{done}");
    assert_ne!(key(), old);
    assert_eq!(key(), std::fs::read_to_string(home.path().join("new.key")).unwrap());
    // Killed before the key's file was written, it is only finished.
    std::fs::write(home.path().join("lab.db-key"), &old).unwrap();
    let again: Value = serde_json::from_str(&store(&home, rekey).output().ok().stdout).unwrap();
    assert_eq!(again["records"], 0);
    let verified = store(&home, ["verify", "-o", "json"]).output().ok();
    assert_eq!(serde_json::from_str::<Value>(&verified.stdout).unwrap()["key"], "fits");
    let wrong = store(&home, ["verify"]).env("OAUTHLAB_STORE_KEY", old.trim()).output().code(3);
    assert!(wrong.stderr.contains("another key"), "{}", wrong.stderr);

    let lab = Served::again(&home, &before, STORE);
    assert!(client.is_active(&lab, &tokens.member("access_token")));
    client.refresh(&lab, &tokens.member("refresh_token")).expect(200);
    assert_eq!(client.redeem(&lab, &code).expect(400).member("error"), "invalid_grant");
    let after = lab.stop();
    assert_eq!(before["clients"], after["clients"], "a generated secret is another one");
    assert!(before["clients"].to_string().contains("client_secret"), "{before}");
}

#[test]
fn without_its_key_a_database_is_checked_as_far_as_that_goes() {
    let home = Home::new();
    Served::start(&home, STORE).stop();
    std::fs::remove_file(home.path().join("lab.db-key")).unwrap();
    let verified = store(&home, ["verify"]).output().ok();
    assert!(verified.stdout.contains("its key is not here"), "{}", verified.stdout);
}
