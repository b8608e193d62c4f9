//! A lab under the FAPI 2.0 Security Profile, without any configuration: its clients have keys, and
//! the commands push requests and bind tokens where that is demanded.

use std::os::unix::fs::PermissionsExt as _;

use oauthlab::protocol::Algorithm;
use oauthlab::protocol::jose::SigningKey;

use super::super::support::run::Home;
use super::{in_lab, json};

/// What the transcript says where there is no TLS.
const NO_TLS: &str = "does not offer tls_client_certificate_bound_access_tokens";
const FAPI2: [&str; 3] = ["-q", "--profile", "fapi2"];

#[test]
fn under_fapi2_the_built_in_clients_get_use_refresh_and_revoke_bound_tokens() {
    let home = Home::new();
    let script = r#"
        oauthlab token --user alice -o none
        oauthlab call -d '{"text":"milk"}' "$OAUTHLAB_RESOURCE/notes" -o status
        oauthlab token --flow refresh -o none
        oauthlab call "$OAUTHLAB_RESOURCE/notes"
        oauthlab introspect -o json >state.json
        oauthlab revoke
        oauthlab token --flow client-credentials -o claims >machine.json
        oauthlab introspect --client ci -e -o none
        code=0; oauthlab call "$OAUTHLAB_RESOURCE/notes" 2>machine.txt || code=$?
        test $code = 7
        # The profile has no device code, and so the lab has no client for it.
        code=0; oauthlab token --flow device --user alice 2>device.txt || code=$?
        test $code = 2
    "#;
    let done = in_lab(&home, &FAPI2, script).ok();
    assert!(done.stdout.starts_with("201\n"), "{}", done.stdout);
    assert!(done.stdout.contains("milk"), "{}", done.stdout);
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    for (file, member) in [("state.json", "/cnf"), ("machine.json", "/access_token/cnf")] {
        let claims = json(&read(file));
        assert!(claims.pointer(member).is_some(), "{file}: {claims}");
    }
    // A machine has no notes: its token was taken.
    assert!(read("machine.txt").contains("note.user"), "{}", read("machine.txt"));
    assert!(read("device.txt").contains("no client is known for this"), "{}", read("device.txt"));
}

#[test]
fn what_is_demanded_is_done_and_the_transcript_says_why() {
    let home = Home::new();
    let script = "oauthlab token --user alice -v -o none";
    let told = in_lab(&home, &["--profile", "fapi2"], script).ok().stderr;
    for line in [
        "Push the authorization request  RFC 9126 §5",
        "metadata says require_pushed_authorization_requests",
        "profile fapi2 binds every token to a key of its sender",
    ] {
        assert!(told.contains(line), "no {line:?} in {told}");
    }
    let script = r"
        oauthlab register app --require-par >/dev/null
        oauthlab token --client app --user alice -v -o none
        oauthlab token --client app --user alice --no-par -o none --expect-refusal par.required
    ";
    let told = in_lab(&home, &[], script).ok().stderr;
    assert!(told.contains("registration says require_pushed_authorization_requests"), "{told}");
    assert!(!told.contains("fapi2 binds"), "{told}");
}

#[test]
fn under_fapi2_nobody_gets_around_what_is_demanded() {
    let home = Home::new();
    let token = "oauthlab token --user alice";
    for drill in [
        "--no-par --expect-error invalid_request --expect-refusal par.required",
        "--auth-method none --expect-refusal client.method",
        "--pkce none --expect-refusal pkce.challenge_presented",
        "--flow client-credentials --client web --expect-refusal client.grant",
    ] {
        let script = format!("{token} {drill} -o none");
        in_lab(&home, &FAPI2, &script).ok();
    }
}

#[test]
fn registered_clients_do_the_whole_flow_under_fapi2() {
    for method in ["private_key_jwt", "self_signed_tls_client_auth", "tls_client_auth"] {
        let home = Home::new();
        let script = format!(
            r#"
            oauthlab register app --auth-method {method} >/dev/null
            oauthlab token --client app --user alice --par -o none
            oauthlab call "$OAUTHLAB_RESOURCE/notes"
            oauthlab token --client app --flow refresh -o none
            oauthlab call "$OAUTHLAB_RESOURCE/notes"
            oauthlab revoke --client app
        "#
        );
        in_lab(&home, &FAPI2, &script).ok();
    }
}

/// They stand where this user alone can read them, and nowhere else.
#[test]
fn keys_of_the_lab_are_printed_nowhere() {
    let home = Home::new();
    let script = r#"
        oauthlab env
        oauthlab status -o json
        oauthlab token --user alice -vv -o json --show-secrets
        test "$(grep -c 'PRIVATE KEY' "$OAUTHLAB_STATE")" = 1
        stat -c %a "$OAUTHLAB_STATE" >mode.txt
        cp "$OAUTHLAB_STATE" state.json
    "#;
    let done = in_lab(&home, &["--profile", "fapi2", "-o", "json"], script).ok();
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains("PRIVATE"), "{text}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("mode.txt")).unwrap(), "600\n");
    let state = home.path().join("state.json");
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o077, 0);
    let state = json(&std::fs::read_to_string(state).unwrap());
    for client in state["clients"].as_array().unwrap() {
        let id = client["client_id"].as_str().unwrap();
        let key = state["client_keys"][id]["private_key"].as_str().unwrap();
        // One line of the key itself.
        let line = key.lines().nth(1).unwrap();
        assert!(!done.stdout.contains(line) && !done.stderr.contains(line), "{id}");
    }
}

#[test]
fn a_client_that_proves_a_key_is_not_told_of_a_certificate() {
    let home = Home::new();
    let script = r#"
        oauthlab register app --auth-method private_key_jwt --dpop-bound >/dev/null
        oauthlab token --client app --user alice -v -o claims >claims.json
        oauthlab call "$OAUTHLAB_RESOURCE/notes"
        oauthlab token --client app --flow refresh -v
        oauthlab call "$OAUTHLAB_RESOURCE/notes"
    "#;
    let done = in_lab(&home, &FAPI2, script).ok();
    let said = "registration says dpop_bound_access_tokens";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert!(!done.stderr.contains("Show the client's certificate"), "{}", done.stderr);
    let claims = json(&std::fs::read_to_string(home.path().join("claims.json")).unwrap());
    let bound = claims["access_token"]["cnf"].as_object().unwrap();
    assert!(bound.contains_key("jkt") && bound.len() == 1, "{claims}");
}

/// Every way to get tokens, without TLS: what no certificate can bind, a proof does.
#[test]
fn where_no_certificate_can_be_shown_tokens_are_bound_to_a_proven_key_and_the_transcript_says_why()
{
    let home = Home::new();
    let script = r#"
        call() { test "$(oauthlab call "$OAUTHLAB_RESOURCE/notes" -o status)" = 200; }
        oauthlab token --user alice -v >code.json
        call
        oauthlab token --flow refresh -v >refreshed.json
        call
        oauthlab introspect -o json >state.json
        oauthlab token --flow client-credentials -v >machine.json
        oauthlab token --user alice -o none --scope nonsense --expect-error invalid_scope
        oauthlab register app --auth-method private_key_jwt >/dev/null
        oauthlab token --client app --user alice -v >registered.json
        call
        oauthlab token --client app --flow refresh >again.json
        call
        oauthlab revoke --client app
        # Nobody can be what the metadata does not offer.
        code=0; oauthlab register pinned --auth-method self_signed_tls_client_auth 2>pinned.txt || code=$?
        test $code = 7
    "#;
    let told = in_lab(&home, &["-q", "--profile", "fapi2", "--tls", "off"], script).ok().stderr;
    assert_eq!(told.matches(NO_TLS).count(), 3, "{told}");
    assert!(!told.contains("Show the client's certificate"), "{told}");
    let read = |name: &str| json(&std::fs::read_to_string(home.path().join(name)).unwrap());
    let jkt = |name: &str| {
        let answer = read(name);
        assert_eq!(answer["token_type"], "DPoP", "{name}: {answer}");
        answer["jkt"].as_str().unwrap().to_owned()
    };
    assert_eq!(read("state.json")["cnf"]["jkt"], jkt("code.json"));
    // What is refreshed keeps its key, what begins anew gets another.
    assert_eq!(
        (jkt("refreshed.json"), jkt("again.json")),
        (jkt("code.json"), jkt("registered.json"))
    );
    assert_ne!(jkt("machine.json"), jkt("code.json"));
}

#[test]
fn a_client_without_a_certificate_proves_a_key_though_others_could_show_one() {
    let home = Home::new();
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let files = [
        ("key.pem", key.pem().expose().to_owned()),
        ("jwks.json", serde_json::json!({ "keys": [key.jwk()] }).to_string()),
    ];
    for (name, text) in files {
        std::fs::write(home.path().join(name), text).unwrap();
    }
    let script = r#"
        oauthlab register app --auth-method private_key_jwt --jwks jwks.json >/dev/null
        oauthlab token --client app --client-key key.pem --user alice -v
        oauthlab call "$OAUTHLAB_RESOURCE/notes"
    "#;
    let done = in_lab(&home, &FAPI2, script).ok();
    let said = "no certificate of this client is known here";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert!(done.stdout.contains(r#""token_type":"DPoP""#), "{}", done.stdout);
}

/// A lab file of this rule book, whose clients need nothing from outside of it.
const GENERATED: &str = r#"
lab: bank
profile: fapi2
resources:
  - name: notes
    path: /notes
    scopes: { "notes:read": Read, "notes:write": Write }
clients:
  - id: app
    keys: generated
    redirect_uris: ["http://127.0.0.1/callback"]
    grants: [authorization_code, refresh_token]
    scopes: ["openid", "notes:read"]
  - id: batch
    keys: generated
    auth_method: self_signed_tls_client_auth
    grants: [client_credentials]
    scopes: ["notes:read"]
users:
  - { name: alice, password: generated }
"#;

#[test]
fn a_lab_file_of_the_profile_has_keys_made_for_its_clients() {
    let home = Home::new();
    std::fs::write(home.path().join("oauthlab.yaml"), GENERATED).unwrap();
    let script = r#"
        oauthlab token --client app --user alice --request-object -o none
        test "$(oauthlab call "$OAUTHLAB_RESOURCE/notes" -o status)" = 200
        oauthlab token --client app --flow refresh -o none
        oauthlab introspect --client app -e -o none
        oauthlab token --client batch -o claims >batch.json
        oauthlab introspect --client batch -e -o none
        oauthlab token --client batch --auth-method private_key_jwt -o none --expect-refusal client.method
        cp "$OAUTHLAB_STATE" state.json
    "#;
    in_lab(&home, &["-q"], script).ok();
    let read = |name: &str| json(&std::fs::read_to_string(home.path().join(name)).unwrap());
    assert!(read("batch.json")["access_token"]["cnf"]["x5t#S256"].is_string());
    // New ones at each start, unless they are kept.
    let key = || read("state.json")["client_keys"]["app"]["private_key"].clone();
    let first = key();
    assert!(first.as_str().unwrap().contains("PRIVATE KEY"));
    in_lab(&home, &["-q"], r#"cp "$OAUTHLAB_STATE" state.json"#).ok();
    assert_ne!(first, key());
    let keeping = ["-q", "--store", "sqlite:lab.db"];
    let keys = || read("state.json")["client_keys"].clone();
    in_lab(&home, &keeping, script).ok();
    let first = keys();
    in_lab(&home, &keeping, script).ok();
    assert_eq!(first, keys());
    assert!(first["batch"]["certificate"].is_string());
}
