//! `oauthlab store`: a copy that is made under load is a lab that goes on.

use serde_json::{Value, json};

use super::super::support::run::{Done, Home};
use super::super::support::served::{Served, Site as _};
use super::load::{LAB, Place, at_work};
use super::{Registered, STORE, write_lab};

#[track_caller]
fn store(home: &Home, arguments: &[&str]) -> Done {
    let all = ["store"].iter().chain(arguments).chain(STORE).chain(&["-o", "json"]);
    home.oauthlab(all.copied()).output()
}

#[track_caller]
fn answered(home: &Home, arguments: &[&str]) -> Value {
    let done = store(home, arguments).ok();
    serde_json::from_str(&done.stdout).unwrap()
}

#[test]
fn a_backup_that_is_made_under_load_is_restored_and_goes_on() {
    let home = Home::new();
    write_lab(&home, LAB);
    let lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    let place = Place::of(&lab, &client);
    let (before, ()) = at_work(&place, &client, 40, || ());
    client.redeem(&lab, &before[0].code).expect(400);
    // Everybody works on while the copy is made.
    let (_, copied) = at_work(&place, &client, 40, || answered(&home, &["backup", "copy.db"]));
    assert_eq!(copied["schema"], "oauthlab.store-backup/v1");
    assert!(copied["records"].as_u64().unwrap() > 40, "{copied}");
    assert_eq!(answered(&home, &["verify", "copy.db"])["whole"], true);

    let held = store(&home, &["restore", "copy.db", "--force"]).code(5);
    assert!(held.stderr.contains("another process holds"), "{}", held.stderr);
    let ready = lab.stop();
    store(&home, &["restore", "copy.db"]).code(2);
    let restored = answered(&home, &["restore", "copy.db", "--force"]);
    assert_eq!(restored["records"], copied["records"]);

    let lab = Served::again(&home, &ready, STORE);
    for one in before.iter().skip(1) {
        assert!(client.is_active(&lab, &one.access));
        client.refresh(&lab, &one.refresh).expect(200);
        assert_eq!(client.redeem(&lab, &one.code).expect(400).member("error"), "invalid_grant");
    }
    // What was revoked before the copy stays revoked.
    assert!(!client.is_active(&lab, &before[0].access));
}

#[test]
fn a_database_is_counted_checked_and_swept_while_its_lab_runs() {
    let home = Home::new();
    write_lab(&home, LAB);
    let lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    at_work(&Place::of(&lab, &client), &client, 20, || ());
    let stats = answered(&home, &["stats"]);
    assert_eq!(stats["schema"], "oauthlab.store-stats/v1");
    let kinds = stats["kinds"].as_array().unwrap();
    let live = |name: &str| {
        let kind = kinds.iter().find(|kind| kind["kind"] == name).unwrap();
        kind["live"].as_u64().unwrap()
    };
    assert_eq!(live("client"), 1);
    assert!(live("access-token") >= 5 && live("code") >= 5, "{stats:#}");
    assert_eq!(answered(&home, &["verify"])["whole"], true);
    assert!(answered(&home, &["sweep"])["forgotten"].is_u64());
    let table = home.oauthlab(["store", "stats", "--store", "sqlite:lab.db"]).output().ok();
    assert!(table.stdout.starts_with("kind "), "{}", table.stdout);
    client.code(&lab, &mut lab.browser(), ("alice", "alice"));
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let home = Home::new();
    for command in [&["stats"][..], &["verify"], &["sweep"], &["backup", "copy.db"]] {
        let done = store(&home, command).code(3);
        assert!(done.stderr.contains("there is no database"), "{}", done.stderr);
    }
    assert!(!home.path().join("lab.db").exists());
    let memory = home.oauthlab(["store", "stats", "--store", "memory"]).output().code(2);
    assert!(memory.stderr.contains("remembers in memory"), "{}", memory.stderr);
}

/// As with every other command, the running lab is the one that is meant.
#[test]
fn the_database_of_the_running_lab_needs_no_name() {
    let home = Home::new();
    let lab = Served::start(&home, STORE);
    Registered::new(&lab, &json!({}));
    let elsewhere = home.path().join("bin");
    let stats = || home.oauthlab(["store", "stats", "-o", "json"]).current_dir(&elsewhere);
    let counted: Value = serde_json::from_str(&stats().output().ok().stdout).unwrap();
    assert!(counted["path"].as_str().unwrap().ends_with("/lab.db"), "{counted}");
    lab.stop();
    let refused = stats().output().code(2);
    assert!(refused.stderr.contains("--store sqlite:FILE"), "{}", refused.stderr);
}
