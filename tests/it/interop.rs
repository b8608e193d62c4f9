//! Clients that nobody here wrote, against the built program over real TLS: `openid-client` (a
//! certified relying party), `oauth4webapi` and `jose`, each with the lab's CA and nothing else.

use std::path::PathBuf;

use super::support::run::Home;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

#[track_caller]
fn under_a_lab(file: &str, serve: &[&str]) {
    let installed = folder().join("node_modules/openid-client").is_dir();
    assert!(installed, "tests/interop has no node_modules: run `make setup`");
    let home = Home::new();
    let node = ["--", "node", "--test", "--test-reporter=spec", file];
    let arguments = std::iter::once(&"serve").chain(serve).chain(&node).copied();
    let done = home.oauthlab(arguments).current_dir(&folder()).output().ok();
    assert!(done.stdout.contains("fail 0"), "{}", done.stdout);
    assert!(!done.stdout.contains("pass 0\n"), "no test ran:\n{}", done.stdout);
}

#[test]
fn openid_client_completes_every_flow_and_reports_every_refusal() {
    under_a_lab("openid-client.test.mjs", &[]);
}

#[test]
fn oauth4webapi_finds_nothing_to_object_to() {
    under_a_lab("oauth4webapi.test.mjs", &[]);
}

#[test]
fn jose_verifies_our_tokens_with_the_published_keys_alone() {
    under_a_lab("jose.test.mjs", &[]);
}

#[test]
fn the_same_clients_work_against_a_strict_lab() {
    for file in ["openid-client.test.mjs", "oauth4webapi.test.mjs", "jose.test.mjs"] {
        under_a_lab(file, &["--strict"]);
    }
}

#[test]
fn a_failing_client_fails_the_run() {
    let home = Home::new();
    home.oauthlab(["serve", "--", "node", "-e", "process.exit(7)"]).output().code(7);
}
