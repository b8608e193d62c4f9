//! stdout is the answer and nothing else, stderr is talk; errors have a class and an exit code.

use super::super::support::run::Home;
use super::{in_lab, json};

#[test]
fn every_answer_of_a_quiet_command_is_alone() {
    let home = Home::new();
    for (command, is_json) in [
        ("env --format json", true),
        ("status -o json", true),
        ("ca show -o json", true),
        ("ca path", false),
        ("why -o json", true),
        ("why --list -o json", true),
        ("explain pkce.verifier -o json", true),
        ("explain --list -o json", true),
        ("init --schema", true),
        ("register app -o json", true),
        ("register app -o client-id", false),
        ("token --flow client-credentials -o json", true),
        ("token --flow client-credentials -o claims", true),
        ("token --flow client-credentials -o token", false),
        ("token --flow client-credentials -o header", false),
        ("token --flow client-credentials -o none", false),
        ("introspect ci-token -o json", true),
        ("help output", false),
        ("completions bash", false),
    ] {
        let warm = "oauthlab token -q --flow client-credentials -o none; printf '' >&2";
        let script = format!("{warm}; oauthlab {command} -q");
        let done = in_lab(&home, &["-q"], &script).ok();
        assert_eq!(done.stderr, "", "{command}");
        if is_json {
            json(&done.stdout);
        } else if command.ends_with("none") {
            assert_eq!(done.stdout, "", "{command}");
        } else {
            assert!(done.stdout.ends_with('\n') && done.stdout.len() > 10, "{command}");
        }
    }
}

#[test]
fn colour_follows_flag_environment_and_stream() {
    let home = Home::new();
    let run = |flags: &[&str], variables: &[(&str, &str)]| {
        let arguments = ["explain", "pkce.verifier"].iter().chain(flags).copied();
        let run = home.oauthlab(arguments);
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        run.output().ok().stdout.contains('\u{1b}')
    };
    assert!(!run(&[], &[]));
    assert!(run(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(run(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!run(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(run(&[], &[("OAUTHLAB_COLOR", "always")]));
}

#[test]
fn a_flag_wins_over_its_variable() {
    let home = Home::new();
    let schema = |flags: &[&str], value: &str| {
        let arguments = ["init", "-"].iter().chain(flags).copied();
        home.oauthlab(arguments).env("OAUTHLAB_INIT_TEMPLATE", value).output()
    };
    let minimal = schema(&["--template", "minimal"], "workshop").ok().stdout;
    assert_eq!(minimal, schema(&[], "minimal").ok().stdout);
    assert_ne!(minimal, schema(&[], "").ok().stdout);
    schema(&[], "nothing").code(2);
    home.oauthlab(["status"]).env("OAUTHLAB_QUIET", "yes").output().ok();
    home.oauthlab(["status"]).env("OAUTHLAB_QUIET", "maybe").output().code(2);
}

#[test]
fn errors_are_one_json_object_when_asked_for() {
    let home = Home::new();
    for (arguments, class, code) in [
        ("health", "unreachable", 5),
        ("nonsense", "usage", 2),
        ("explain no.such.rule", "usage", 2),
        ("serve -c nowhere.yaml", "configuration", 3),
        ("token", "person", 4),
    ] {
        let all = arguments.split(' ').chain(["--error-format", "json"]);
        let done = home.oauthlab(all).output().code(code);
        let error = json(&done.stderr);
        assert_eq!(error["schema"], "oauthlab.error/v1", "{arguments}");
        assert_eq!(
            (error["class"].as_str(), error["exit"].as_i64()),
            (Some(class), Some(code.into()))
        );
        assert_eq!(done.stdout, "");
        assert_eq!(done.stderr.lines().count(), 1);
    }
}

#[test]
fn a_refusal_names_the_rule_that_the_wire_does_not() {
    let home = Home::new();
    let script =
        "oauthlab token --flow client-credentials --client-secret wrong --error-format json";
    let done = in_lab(&home, &["-q"], script).code(7);
    let error = json(done.stderr.lines().last().unwrap());
    assert_eq!(error["error"], "invalid_client");
    assert_eq!(error["rule"], "client.secret");
    assert_eq!(error["ref"], "RFC 6749 §2.3.1");
    assert!(error["endpoint"].as_str().unwrap().ends_with("/token"));
}

#[test]
fn names_that_a_lab_does_not_know_have_a_suggestion() {
    let home = Home::new();
    for (command, suggestion) in [
        ("token --flow client-credentials --client cii", "did you mean `ci`?"),
        ("token --flow client-credentials --scope nots:read", "did you mean `notes:read`?"),
        ("token --user alise", "did you mean `alice`?"),
        ("explain pkce.verifer", "did you mean `pkce.verifier`?"),
        ("help tokens", "did you mean `token`?"),
        ("token --user alice --expect-refusal pkce.verifer", "did you mean `pkce.verifier`?"),
    ] {
        let done = in_lab(&home, &["-q"], &format!("oauthlab {command}")).code(2);
        assert!(done.stderr.contains(suggestion), "{command}: {}", done.stderr);
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let home = Home::new();
    let script = "oauthlab init --schema | true; oauthlab explain --list | head -n 1";
    let done = home.program("sh", ["-euc", script]).output().ok();
    assert_eq!(done.stderr, "");
}

#[test]
fn a_ci_log_is_told_what_to_mask_before_it_is_printed() {
    let home = Home::new();
    let script = "GITHUB_ACTIONS=true oauthlab token -q --flow client-credentials -o token";
    let done = in_lab(&home, &["-q"], script).ok();
    assert_eq!(done.stderr, format!("::add-mask::{}", done.stdout));
}
