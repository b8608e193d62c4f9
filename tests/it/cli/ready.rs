//! The ready record: file, descriptor and first line of stdout say the same.

use super::super::support::run::Home;
use super::{in_lab, json};

#[test]
fn file_descriptor_and_first_line_are_the_same_bytes() {
    let home = Home::new();
    let script = r"
        exec 3>fd.json
        oauthlab serve -q -o json --ready-file file.json --ready-fd 3 -- cp file.json copy.json >out.json
        cmp fd.json copy.json && cmp out.json copy.json
        cat copy.json
    ";
    let done = home.program("sh", ["-euc", script]).output().ok();
    let record = json(&done.stdout);
    assert_eq!(record["schema"], "oauthlab.ready/v1");
    for member in ["name", "pid", "issuer", "resource", "inspector", "discovery", "ca_file"] {
        assert!(!record[member].is_null(), "{member}");
    }
    assert_eq!(record["clients"][0]["client_id"], "web");
    assert_eq!(record["users"][0]["name"], "alice");
    assert!(!done.stdout.contains("inspector_token"), "{}", done.stdout);
}

#[test]
fn a_strict_lab_hands_out_random_secrets_and_a_seeded_one_the_same_twice() {
    let home = Home::new();
    let secret = |flags: &[&str]| {
        in_lab(&home, flags, "printf %s \"$OAUTHLAB_CLIENT_CI_SECRET\"").ok().stdout
    };
    let (one, two) = (secret(&["-q", "--strict"]), secret(&["-q", "--strict"]));
    assert!(one.len() >= 32 && one != two, "{one} {two}");
    let seeded = ["--strict", "--seed", "s", "-q"];
    assert_eq!(secret(&seeded), secret(&seeded));
}

#[test]
fn one_lab_is_found_by_itself_and_two_by_name() {
    let home = Home::new();
    let script = r#"
        unset OAUTHLAB_STATE
        oauthlab health -q
        oauthlab serve -q --name second -- sh -euc '
            unset OAUTHLAB_STATE
            code=0; oauthlab health || code=$?
            test $code = 2
            oauthlab health -q --server first
            oauthlab health -q --server "$OAUTHLAB_ISSUER"
            oauthlab status'
    "#;
    let done = in_lab(&home, &["-q", "--name", "first"], script).ok();
    let names: Vec<&str> = done.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["first", "second"]);
    assert!(done.stderr.contains("2 labs are running: first, second"), "{}", done.stderr);
    let done = home.oauthlab(["health", "--server", "https://localhost:1"]).output().code(5);
    assert!(done.stderr.contains("help:"), "{}", done.stderr);
}

#[test]
fn waiting_for_a_lab_ends_when_it_is_there() {
    let home = Home::new();
    let script = r#"
        oauthlab health -q --wait 60s &
        waiting=$!
        oauthlab serve -q --name late -- sh -c "wait; oauthlab health -q"
        oauthlab serve -q -- sh -euc 'while kill -0 '$waiting' 2>/dev/null; do oauthlab health -q; done'
        wait $waiting
    "#;
    home.program("sh", ["-euc", script]).output().ok();
    home.oauthlab(["health", "--wait", "100ms"]).output().code(5);
}
