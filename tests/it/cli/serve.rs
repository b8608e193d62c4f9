//! `serve -- CMD`: its exit codes, its signals, and what it leaves behind.

use std::net::{Ipv4Addr, TcpListener};

use super::super::support::run::Home;
use super::in_lab;

#[test]
fn the_code_of_the_command_is_the_code_of_serve() {
    let home = Home::new();
    in_lab(&home, &[], "exit 37").code(37);
    in_lab(&home, &[], "kill -TERM $$").code(143);
    let done = in_lab(&home, &["-q"], "true").ok();
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
}

#[test]
fn a_command_that_cannot_run_has_the_codes_of_a_shell() {
    let home = Home::new();
    home.oauthlab(["serve", "--", "./no-such-command"]).output().code(127);
    std::fs::write(home.path().join("plain"), "text").unwrap();
    home.oauthlab(["serve", "--", "./plain"]).output().code(126);
}

#[test]
fn a_lab_leaves_nothing_behind_but_its_ca() {
    let home = Home::new();
    in_lab(&home, &["--ready-file", "lab.json"], "oauthlab register app >/dev/null").ok();
    assert!(!home.path().join("lab.json").exists());
    let names = |path: &str| -> Vec<String> {
        let entries = std::fs::read_dir(home.path().join(path)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("run/oauthlab"), [""; 0]);
    assert_eq!(names(".local/share/oauthlab/kept"), [""; 0]);
    assert!(names(".local/share/oauthlab").contains(&"ca.pem".to_owned()));
}

#[test]
fn the_child_can_use_the_lab_and_trusts_it() {
    let home = Home::new();
    let script = r#"
        oauthlab health
        test "$(oauthlab env --format json | head -c 1)" = '{'
        test -s "$SSL_CERT_FILE" && test "$CURL_CA_BUNDLE" = "$SSL_CERT_FILE"
        test "$NODE_EXTRA_CA_CERTS" = "$OAUTHLAB_CA_FILE" && test -s "$OAUTHLAB_CA_FILE"
        test "$OAUTHLAB_CLIENT_CI_SECRET" = "$(oauthlab env --format dotenv |
            sed -n "s/^OAUTHLAB_CLIENT_CI_SECRET='\(.*\)'/\1/p")"
        eval "$(oauthlab env --unset)"
        test -z "${OAUTHLAB_ISSUER:-}" && test -z "${SSL_CERT_FILE:-}"
        oauthlab health
    "#;
    in_lab(&home, &[], script).ok();
}

#[test]
fn a_nested_lab_is_the_nearest_one() {
    let home = Home::new();
    let script = r#"
        outer=$OAUTHLAB_ISSUER
        export outer OAUTHLAB_SERVER=nobody
        oauthlab serve -- sh -euc '
            test "$OAUTHLAB_ISSUER" != "$outer" && test -z "${OAUTHLAB_SERVER:-}"
            test "$(oauthlab env --format json | grep -c "$OAUTHLAB_ISSUER")" -ge 1'
    "#;
    in_lab(&home, &[], script).ok();
}

#[test]
fn a_taken_port_names_its_holder() {
    let home = Home::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = home.oauthlab(["serve", "--port", &port, "--", "true"]).output().code(5);
    assert!(done.stderr.contains(&format!("port {port} is taken")), "{}", done.stderr);
    assert!(done.stderr.contains(&format!("pid {}", std::process::id())), "{}", done.stderr);
}

#[test]
fn a_broken_configuration_is_told_before_anything_runs() {
    let home = Home::new();
    std::fs::write(home.path().join("oauthlab.yaml"), "lab: demo\nisuer: {}\n").unwrap();
    let done = home.oauthlab(["serve", "--", "sh", "-c", "echo ran"]).output().code(3);
    assert_eq!(done.stdout, "");
    assert!(done.stderr.contains("oauthlab.yaml:2:1") && done.stderr.contains('^'));
    assert!(done.stderr.contains("did you mean `issuer`?"), "{}", done.stderr);
    let done = home.oauthlab(["serve", "--check", "--error-format", "json"]).output().code(3);
    let error = super::json(&done.stderr);
    assert_eq!(error["class"], "configuration");
    assert_eq!(
        (&error["problems"][0]["line"], &error["problems"][0]["column"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_name_is_taken_once() {
    let home = Home::new();
    let script = "oauthlab serve --name one --port 0 --resource-port 0 --inspector-port 0 -- true";
    let done = in_lab(&home, &["--name", "one"], script).code(5);
    assert!(done.stderr.contains("a lab named `one` is already running"), "{}", done.stderr);
}

#[test]
fn a_seed_is_for_this_machine_only() {
    let home = Home::new();
    let yaml = "lab: demo\nissuer: { url: 'https://lab.example:9443', bind: 0.0.0.0, \
                aliases: ['https://lab.example:9443'] }\n";
    std::fs::write(home.path().join("oauthlab.yaml"), yaml).unwrap();
    home.oauthlab(["serve", "--seed", "s", "--", "true"]).output().code(2);
}

#[test]
fn many_labs_start_at_once() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| in_lab(&home, &["-q"], "oauthlab health -q").ok());
        }
    });
    assert_eq!(std::fs::read_dir(home.path().join("run/oauthlab")).unwrap().count(), 0);
}

/// A signal ends the lab, and a signal that is meant for the command reaches it once.
#[test]
fn signals_end_a_lab_and_reach_its_command() {
    let home = Home::new();
    let script = r#"
        mkfifo ready
        oauthlab serve --port 0 --resource-port 0 --inspector-port 0 --ready-fd 3 3>ready 2>/dev/null &
        lab=$!
        read -r line <ready
        kill -TERM $lab
        wait $lab

        oauthlab serve -q -- sh -c '
            tail -f /dev/null & waiting=$!
            trap "kill $waiting; echo caught; exit 9" TERM
            echo up >ready
            wait' &
        lab=$!
        read -r line <ready
        kill -TERM $lab
        code=0; wait $lab || code=$?
        test $code = 9
    "#;
    let done = home.program("sh", ["-euc", script]).output().ok();
    assert_eq!(done.stdout, "caught\n");
}
