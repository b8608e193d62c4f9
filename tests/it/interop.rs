//! Clients that nobody here wrote, against the built program over real TLS: `openid-client` (a
//! certified relying party), `oauth4webapi` and `jose`, each with the lab's CA and nothing else.

use std::path::PathBuf;

use super::support::document_host::{DocumentHost, ok};
use super::support::run::{Home, Run};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

#[track_caller]
fn under_a_lab(file: &str, serve: &[&str]) {
    under_lab_in(&Home::new(), file, serve, |run| run);
}

#[track_caller]
fn under_lab_in(home: &Home, file: &str, serve: &[&str], change: impl FnOnce(Run) -> Run) {
    let installed = folder().join("node_modules/openid-client").is_dir();
    assert!(installed, "tests/interop has no node_modules: run `make setup`");
    let node = ["--", "node", "--test", "--test-reporter=spec", file];
    let arguments = std::iter::once(&"serve").chain(serve).chain(&node).copied();
    let done = change(home.oauthlab(arguments)).current_dir(&folder()).output().ok();
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

/// Where the rule book has hybrid and implicit answers, and where it has not.
#[test]
fn parameters_mean_to_other_libraries_what_they_mean_to_us() {
    under_a_lab("params.test.mjs", &[]);
    under_a_lab("params.test.mjs", &["--profile", "legacy"]);
}

#[test]
fn a_device_is_answered_by_its_user_and_told_so_in_the_words_of_the_rfc() {
    under_a_lab("device.test.mjs", &[]);
}

#[test]
fn jose_verifies_our_tokens_with_the_published_keys_alone() {
    under_a_lab("jose.test.mjs", &[]);
}

/// Under its own rule book, and with clients that are known by the address of their metadata.
#[test]
fn the_sdk_of_the_model_context_protocol_finds_its_way_from_a_401_to_a_tool() {
    under_a_lab("mcp.test.mjs", &["--profile", "mcp"]);
    let home = Home::new();
    let file = home.path().join("lab.yaml");
    let builtin = oauthlab::config::Template::named("starter").unwrap().text;
    std::fs::write(&file, format!("{builtin}\nclient_id_metadata: on\n")).unwrap();
    under_a_lab("mcp.test.mjs", &["-c", &file.display().to_string()]);
}

#[test]
fn keys_rotate_without_a_token_that_fails_and_introspection_is_signed() {
    under_a_lab("keys.test.mjs", &[]);
}

/// A lab that signs with a post-quantum algorithm, adds claims, and checks tokens by their
/// signature.
fn post_quantum_lab(alg: &str) -> String {
    format!(
        "tokens: {{ access: {{ alg: {alg}, claims: {{ tenant: acme, client: 'made for {{client.id}}' }} }} }}\n\
         resources: [{{ name: mirror, path: /mirror, scopes: {{ 'notes:read': Read }}, validation: jwt }}]\n\
         clients: [{{ id: ci, secret: ci-secret-for-the-lab-only, grants: [client_credentials] }}]\n"
    )
}

#[test]
fn a_post_quantum_signature_verifies_elsewhere() {
    let python = folder().join(".venv/bin/python");
    assert!(python.is_file(), "tests/interop has no .venv: run `make setup`");
    let (python, script) = (python.display().to_string(), folder().join("post_quantum.py"));
    let script = script.display().to_string();
    for alg in ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] {
        let home = Home::new();
        let file = home.path().join("lab.yaml");
        std::fs::write(&file, post_quantum_lab(alg)).unwrap();
        let file = file.display().to_string();
        let arguments = ["serve", "-c", &file, "--port", "0", "--", &python, &script, alg];
        home.oauthlab(arguments).output().ok();
    }
}

#[test]
fn a_relying_party_logs_its_user_out_and_is_told_of_it() {
    under_a_lab("logout.test.mjs", &[]);
}

#[test]
fn requests_are_pushed_and_signed_by_a_client_that_nobody_here_wrote() {
    under_a_lab("requests.test.mjs", &[]);
    under_a_lab("requests.test.mjs", &["--strict"]);
}

#[test]
fn tokens_are_exchanged_by_clients_that_nobody_here_wrote() {
    under_a_lab("exchange.test.mjs", &[]);
}

#[test]
fn two_libraries_do_the_whole_of_fapi_2_with_proofs_and_with_certificates() {
    under_a_lab("fapi.test.mjs", &["--profile", "fapi2"]);
    under_a_lab("fapi.test.mjs", &["--profile", "fapi2", "--strict"]);
}

#[test]
fn keys_and_certificates_authenticate_clients_of_other_libraries() {
    under_a_lab("clientauth.test.mjs", &[]);
}

#[test]
fn authlib_completes_codes_refresh_exchange_and_keys_and_reports_every_refusal() {
    let python = folder().join(".venv/bin/python");
    assert!(python.exists(), "tests/interop has no .venv: run `make setup`");
    for strict in [None, Some("--strict")] {
        let home = Home::new();
        let serve = std::iter::once("serve").chain(strict);
        let serve = serve.chain(["--", python.to_str().unwrap(), "authlib_test.py"]);
        let done = home.oauthlab(serve).current_dir(&folder()).output().ok();
        assert!(!done.stderr.contains("Ran 0 tests"), "{}", done.stderr);
    }
}

/// The key of an identity provider, made by `jose`: the secret one, and its key set.
fn provider_key(home: &Home) -> (PathBuf, String) {
    const MAKE: &str = "import { exportJWK, generateKeyPair } from 'jose';\n\
        const pair = await generateKeyPair('ES256', { extractable: true });\n\
        const named = async (key) => ({ ...(await exportJWK(key)), kid: 'one', alg: 'ES256' });\n\
        const keys = [await named(pair.publicKey)];\n\
        console.log(JSON.stringify({ secret: await named(pair.privateKey), set: { keys } }));";
    let arguments = ["--input-type=module", "-e", MAKE];
    let made = home.program("node", arguments).current_dir(&folder()).output().ok();
    let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    let file = home.path().join("provider.json");
    std::fs::write(&file, made["secret"].to_string()).unwrap();
    (file, made["set"].to_string())
}

#[test]
fn assertions_of_an_identity_provider_are_good_for_tokens_of_its_users() {
    for strict in [&[][..], &["--strict"]] {
        let home = Home::new();
        let (key, set) = provider_key(&home);
        let host = DocumentHost::serve(move |_, _| ok("application/json", "max-age=600", &set));
        let file = home.path().join("lab.yaml");
        let builtin = oauthlab::config::Template::named("starter").unwrap().text;
        let trusted = format!(
            "trusted_issuers: [{{ issuer: 'https://idp.example', jwks_uri: '{}', subjects: {{ '4711': alice }} }}]",
            host.at("/jwks")
        );
        let text = builtin.replace("trusted_issuers: []", &trusted);
        assert_ne!(text, builtin);
        std::fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let serve = [&["-c", &file], strict].concat();
        let test = |run: Run| run.env("INTEROP_ISSUER_KEY", &key.display().to_string());
        under_lab_in(&home, "jwt-bearer.test.mjs", &serve, test);
        // A key set is kept; one that is a few seconds old is fetched again for an unknown key.
        assert!((1..=2).contains(&host.hits()), "{} fetches", host.hits());
    }
}

#[test]
fn the_same_clients_work_against_a_strict_lab() {
    for file in ["openid-client.test.mjs", "oauth4webapi.test.mjs", "jose.test.mjs"] {
        under_a_lab(file, &["--strict"]);
    }
}

#[test]
fn three_libraries_bind_tokens_to_keys_and_report_every_refusal() {
    under_a_lab("dpop.test.mjs", &[]);
    under_a_lab("dpop.test.mjs", &["--strict"]);
}

#[test]
fn a_failing_client_fails_the_run() {
    let home = Home::new();
    home.oauthlab(["serve", "--", "node", "-e", "process.exit(7)"]).output().code(7);
}
