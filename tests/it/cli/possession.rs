//! Tokens that are bound to a key (RFC 9449), and logins that an API wants to be better or newer
//! (RFC 9470), in a lab that insists on both.

use oauthlab::protocol::Algorithm;
use oauthlab::protocol::jose::SigningKey;

use super::super::support::run::{Done, Home};
use super::super::support::served::{Served, Site as _};
use super::{in_lab, json};

/// Proofs need a nonce, the API takes bound tokens only, and writing needs a newer, better login.
const LAB: &str = r#"
lab: bound
tokens: { dpop: { nonce: required } }
resources:
  - name: notes
    path: /notes
    scopes: { "notes:read": Read, "notes:write": Write }
    sender_constrained: required
    step_up: { acr: ["urn:oauthlab:acr:fresh"], max_age: 5m }
clients:
  - id: web
    public: true
    redirect_uris: ["http://127.0.0.1/callback"]
    grants: [authorization_code, refresh_token]
    scopes: ["openid", "notes:read", "notes:write"]
  - id: ci
    secret: "ci-secret-for-the-lab-only"
    grants: [client_credentials, token_exchange]
    scopes: ["notes:read"]
    exchange: { from: [web], impersonate: false }
  - id: tv
    public: true
    grants: [device_code, refresh_token]
    scopes: ["openid", "notes:read"]
users:
  - { name: alice, password: alice }
"#;

#[track_caller]
fn in_bound_lab(home: &Home, script: &str) -> Done {
    std::fs::write(home.path().join("oauthlab.yaml"), LAB).unwrap();
    in_lab(home, &["-q"], script)
}

fn said(home: &Home, file: &str) -> String {
    std::fs::read_to_string(home.path().join(file)).unwrap()
}

#[test]
fn tokens_of_every_flow_are_bound_and_used_with_their_own_key() {
    let home = Home::new();
    let script = r#"
        call() { test "$(oauthlab call "$OAUTHLAB_RESOURCE/notes" -o status)" = 200; }
        read='--scope notes:read'
        oauthlab token --user alice $read --dpop >code.json
        call
        oauthlab introspect -o json >introspected.json
        oauthlab token --flow refresh >refreshed.json
        call
        oauthlab token --client ci --flow token-exchange --audience notes >exchanged.json
        call
        oauthlab token --client tv --flow device --user alice $read --dpop >device.json
        call
        oauthlab token --flow client-credentials --dpop >machine.json
        oauthlab introspect -e -o none
        oauthlab token --user alice $read --par --dpop -v >pushed.json 2>pushed.txt
        call
        oauthlab token --user alice $read --dpop -o header >header.txt
        oauthlab register robot --grant client_credentials --scope notes:read --dpop-bound >/dev/null
        ask="oauthlab token --client robot --flow client-credentials"
        $ask >dutiful.json
        $ask --expect-refusal dpop.required
    "#;
    in_bound_lab(&home, script).ok();
    let jkt = |file| {
        let answer = json(&said(&home, file));
        assert_eq!(answer["token_type"], "DPoP", "{file}");
        answer["jkt"].as_str().unwrap().to_owned()
    };
    let own = jkt("code.json");
    assert_eq!(json(&said(&home, "introspected.json"))["cnf"]["jkt"], own.as_str());
    // What follows from a bound token is bound to the same key; what begins anew, to a new one.
    assert_eq!(jkt("refreshed.json"), own);
    assert_eq!(jkt("exchanged.json"), own);
    for file in ["device.json", "machine.json", "pushed.json", "dutiful.json"] {
        assert_ne!(jkt(file), own, "{file}");
    }
    assert!(said(&home, "header.txt").starts_with("Authorization: DPoP "));
    let pushed = said(&home, "pushed.txt");
    assert!(pushed.contains("Ask again, with the server's nonce in the proof"), "{pushed}");
    // The proof at /par announced the key, beside dpop_jkt, and they agree.
    assert!(pushed.contains("dpop.pushed_key") && pushed.contains("dpop.code_key"), "{pushed}");
}

#[test]
fn a_token_without_a_proof_or_without_its_key_is_of_no_use() {
    let home = Home::new();
    let script = r#"
        notes="$OAUTHLAB_RESOURCE/notes"
        token="oauthlab token --user alice --scope notes:read"
        fails() { code=0; "$@" || code=$?; }
        $token -o none
        fails oauthlab call "$notes" --error-format json 2>unbound.json
        test $code = 7
        $token --dpop -o none
        fails oauthlab call "$notes" --as-bearer --error-format json 2>stolen.json
        test $code = 7
        $token --dpop --no-store -o token >token.txt
        fails oauthlab call "$notes" --token-file token.txt 2>keyless.txt
        test $code = 9
        fails oauthlab call "$notes" --token-file token.txt --as-bearer -o none 2>/dev/null
        test $code = 7
        $token --dpop --param dpop_jkt=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
            --expect-error invalid_request
    "#;
    in_bound_lab(&home, script).ok();
    assert_eq!(json(&said(&home, "unbound.json"))["rule"], "resource.sender_constrained");
    assert_eq!(json(&said(&home, "stolen.json"))["rule"], "dpop.scheme");
    let keyless = said(&home, "keyless.txt");
    assert!(keyless.contains("a key that is not kept here"), "{keyless}");
    assert!(keyless.contains("oauthlab token --dpop"), "{keyless}");
}

#[test]
fn a_login_that_is_not_enough_is_explained_with_the_command_that_is() {
    let home = Home::new();
    let script = r#"
        write() { oauthlab call -d '{"text":"milk"}' "$OAUTHLAB_RESOURCE/notes" -o status; }
        oauthlab token --user alice --scope 'openid notes:write' --dpop -o none
        code=0; write 2>refused.txt || code=$?
        test $code = 7
        command=$(grep -o 'oauthlab token .*' refused.txt)
        eval "$command -o claims" >claims.json
        test "$(write)" = 201
        echo "$command"
        code=0; oauthlab token --flow client-credentials --max-age 1 2>flow.txt || code=$?
        test $code = 2
    "#;
    let done = in_bound_lab(&home, script).ok();
    let command = "oauthlab token --client web --user alice --scope 'notes:write openid' \
                   --acr-values urn:oauthlab:acr:fresh --max-age 300 --dpop\n";
    assert_eq!(done.stdout, command);
    let refused = said(&home, "refused.txt");
    assert!(refused.contains("the API wants one of the ways of login"), "{refused}");
    let claims = json(&said(&home, "claims.json"));
    assert_eq!(claims["id_token"]["acr"], "urn:oauthlab:acr:fresh");
    assert_eq!(claims["token_type"], "DPoP");
    assert_eq!(claims["access_token"]["cnf"]["jkt"], claims["jkt"]);
    assert!(said(&home, "flow.txt").contains("--max-age is about an authorization request"));
}

/// Who vouches for the user has nothing to do with the key: it is the client's.
#[test]
fn a_token_for_an_assertion_is_bound_to_a_key_of_the_client() {
    let home = Home::new();
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write("idp.json", &serde_json::json!({ "keys": [key.jwk()] }).to_string());
    let lab = LAB.replace("token_exchange]", "token_exchange, jwt_bearer]");
    let trusted = "trusted_issuers: [{ issuer: \"https://idp.example\", jwks_file: idp.json }]\n";
    write("oauthlab.yaml", &format!("{lab}{trusted}"));
    let served = Served::start(&home, &[]);
    let now = oauthlab::clock::Clock::system().now().secs();
    let claims = |jti: &str| {
        serde_json::json!({
            "iss": "https://idp.example", "sub": "alice", "aud": served.issuer(),
            "exp": now + 300, "jti": jti,
        })
    };
    let token = |name: &str, more: &[&str]| {
        let assertion = key.sign("JWT", &claims(name)).unwrap();
        write(name, assertion.expose());
        let fixed = ["token", "--client", "ci", "--flow", "jwt-bearer", "--scope", "notes:read"];
        let file = ["--assertion-file", name];
        let arguments = fixed.iter().chain(&file).chain(more);
        json(&home.oauthlab(arguments.copied()).output().ok().stdout)
    };
    let notes = format!("{}/notes", served.resource());
    let call = || home.oauthlab(["call", &notes, "-o", "status"]).output();
    let bound = token("one.jwt", &["--dpop"]);
    assert_eq!(bound["token_type"], "DPoP");
    assert!(bound["jkt"].is_string(), "{bound}");
    assert_eq!(call().ok().stdout, "200\n");
    assert_eq!(token("two.jwt", &[])["token_type"], "Bearer");
    call().code(7);
}
