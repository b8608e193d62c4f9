//! The flows from end to end, without a browser.

use serde_json::Value;

use super::super::support::run::Home;
use super::{in_lab, json};

#[test]
fn a_registered_client_gets_uses_refreshes_and_revokes_tokens() {
    let home = Home::new();
    let script = r#"
        oauthlab register app >/dev/null
        oauthlab token --client app --user alice --scope "openid notes:read notes:write" -o none
        oauthlab call -d '{"text":"milk"}' "$OAUTHLAB_RESOURCE/notes" -o status
        oauthlab call "$OAUTHLAB_RESOURCE/notes"
        oauthlab introspect -e --require-scope notes:read --require-aud "$OAUTHLAB_RESOURCE/notes" -o none
        old=$(oauthlab introspect -o json | grep jti)
        oauthlab token --client app --flow refresh -o none
        test "$(oauthlab introspect -o json | grep jti)" != "$old"
        token=$(oauthlab token --client app --flow refresh -o token)
        oauthlab revoke
        code=0; printf %s "$token" | oauthlab introspect -e - -o none || code=$?
        test $code = 9
        code=0; oauthlab token --client app --flow refresh || code=$?
        test $code = 2
    "#;
    let done = in_lab(&home, &["-q"], script).ok();
    assert!(done.stdout.starts_with("201\n"), "{}", done.stdout);
    assert!(done.stdout.contains("milk"), "{}", done.stdout);
}

/// RFC 7523, RFC 8705: what `register` makes is kept, and used by every later command.
#[test]
fn clients_with_keys_and_certificates_get_use_and_revoke_tokens() {
    for method in
        ["private_key_jwt", "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"]
    {
        let home = Home::new();
        let script = format!(
            r"
            oauthlab register robot --auth-method {method} --grant client_credentials --scope notes:read >/dev/null
            oauthlab token --client robot --flow client-credentials -o none
            oauthlab introspect --client robot -e -o none
            oauthlab revoke --client robot
            code=0; oauthlab token --client robot --auth-method none --flow client-credentials -o none || code=$?
            test $code = 7
        "
        );
        in_lab(&home, &["-q"], &script).ok();
    }
}

#[test]
fn a_certificate_of_the_lab_ca_serves_a_client_of_somebody_else() {
    let home = Home::new();
    let script = r#"
        oauthlab ca client robot >/dev/null
        test "$(stat -c %a robot.key)" = 600
        printf '{"tls_client_auth_subject_dn":"CN=robot"}' >metadata.json
        id=$(oauthlab register robot --auth-method tls_client_auth --from metadata.json --no-store \
            --grant client_credentials --scope notes:read -o client-id)
        ask="oauthlab token --client $id --auth-method tls_client_auth --flow client-credentials -o none"
        $ask --client-cert robot.crt --client-key robot.key
        code=0; $ask || code=$?
        test $code = 2
        oauthlab ca client other >/dev/null
        code=0; $ask --client-cert other.crt --client-key other.key || code=$?
        test $code = 7
    "#;
    in_lab(&home, &["-q"], script).ok();
}

#[test]
fn the_claims_of_a_login_are_verified_and_shown() {
    let home = Home::new();
    let script = "oauthlab token --user alice --scope 'openid notes:read' -o claims";
    let claims = json(&in_lab(&home, &["-q"], script).ok().stdout);
    assert_eq!(claims["schema"], "oauthlab.claims/v1");
    assert_eq!(claims["id_token"]["sub"], "alice");
    assert_eq!(claims["id_token"]["aud"], "web");
    assert_eq!(claims["access_token"]["client_id"], "web");
}

#[test]
fn refusals_that_are_expected_are_successes_and_others_are_not() {
    let home = Home::new();
    let token = "oauthlab token --user alice";
    for (drill, code) in [
        ("--consent deny --expect-error access_denied", 0),
        ("--pkce none --expect-refusal pkce.challenge_presented", 0),
        ("--pkce plain --expect-error invalid_request", 0),
        ("--scope ghost --expect-error invalid_scope --expect-refusal scope.known", 0),
        ("--client ghost --expect-refusal authorize.client_known", 0),
        ("--consent deny --expect-error invalid_scope", 10),
        ("--expect-error invalid_grant", 10),
        ("--consent deny", 7),
    ] {
        in_lab(&home, &["-q"], &format!("{token} {drill} -o none")).code(code);
    }
}

#[test]
fn without_a_person_the_code_flow_says_which_flag_helps() {
    let home = Home::new();
    let done = home.oauthlab(["token"]).output().code(4);
    assert!(done.stderr.contains("--user alice"), "{}", done.stderr);
    in_lab(&home, &["-q"], "oauthlab token --client web").code(4);
}

#[test]
fn a_browser_that_somebody_else_drives_brings_the_code() {
    let home = Home::new();
    let yaml = "lab: demo\nclients: [{ id: web, public: true, redirect_uris: \
                ['http://127.0.0.1/callback'], grants: [authorization_code], \
                scopes: [openid] }]\nusers: [{ name: alice, password: alice }]\n\
                login: { mode: { automatic: alice } }\nconsent: { mode: automatic }\n";
    std::fs::write(home.path().join("oauthlab.yaml"), yaml).unwrap();
    let script = r#"
        printf '#!/bin/sh\nexec curl -sSL -o page.html "$1"\n' >agent
        chmod +x agent
        oauthlab token --browser="$PWD/agent" -o claims 2>said.txt
        grep -q '^https://localhost' said.txt

        # A redirect that was forged on its way is not believed.
        mkfifo said
        oauthlab token --no-browser --callback 0 -o none 2>said &
        waiting=$!
        url=$(sed -n '/^https/{p;q}' said)
        back=$(printf %s "$url" | sed 's/.*redirect_uri=\([^&]*\).*/\1/; s/%3A/:/g; s/%2F/\//g')
        curl -sS -o page.html "$back?code=forged&state=forged"
        code=0; wait $waiting || code=$?
        test $code = 8
    "#;
    let done = in_lab(&home, &["-q"], script).ok();
    assert_eq!(json(&done.stdout)["id_token"]["sub"], "alice");
}

#[test]
fn a_wait_ends_at_its_limit_and_at_an_interrupt() {
    let home = Home::new();
    let script = r"
        code=0; oauthlab token --no-browser --timeout 300ms || code=$?
        test $code = 6
        mkfifo said
        oauthlab token --no-browser 2>said &
        waiting=$!
        url=$(sed -n '/^https/{p;q}' said)
        kill -INT $waiting
        code=0; wait $waiting || code=$?
        test $code = 130
    ";
    in_lab(&home, &["-q"], script).ok();
}

/// Every secret that the lab and the client hold is looked for in everything that is said.
#[test]
fn nothing_that_is_said_shows_a_secret() {
    let home = Home::new();
    let script = r#"
        { oauthlab register app -vvv
          oauthlab token --client app --user alice --scope "openid notes:read" -vvv -o none
          oauthlab token --client app --flow refresh -vvv -o none
          oauthlab token --flow client-credentials -vvv -o none
          oauthlab introspect -vvv -o none
          oauthlab token --client app --user bob --scope notes:read --dpop --par -vvv -o none
          oauthlab call "$OAUTHLAB_RESOURCE/notes" -vvv -o none
          oauthlab token --client app --flow refresh -vvv -o none
          oauthlab call "$OAUTHLAB_RESOURCE/notes" -vvv -o none || true
          oauthlab why --list -vvv
          oauthlab why last -vvv
          oauthlab token --client app --user alice --pkce none -vvv || true
          oauthlab status -vvv; } >said.txt 2>&1
        for file in "$HOME"/.local/share/oauthlab/kept/*.json "$OAUTHLAB_STATE"; do
            cat "$file"; echo
        done
    "#;
    let done = in_lab(&home, &["-q", "--strict", "--seed", "canary"], script).ok();
    let said = std::fs::read_to_string(home.path().join("said.txt")).unwrap();
    assert!(said.contains("code_verifier: ⟨") && said.contains("the lab checked"), "{said}");
    let mut secrets = Vec::new();
    done.stdout.lines().for_each(|line| collect(&json(line), &mut secrets));
    assert!(secrets.len() >= 9, "{}", secrets.len());
    assert!(said.contains("dpop: ⟨") && secrets.iter().any(|secret| secret.len() == 64), "a key");
    let leaked: Vec<_> = secrets.iter().filter(|secret| said.contains(secret.as_str())).collect();
    assert!(leaked.is_empty(), "{leaked:?}\n{said}");
}

/// The secrets of a document; of a JWT its signature, since the rest may be shown; of a key in PEM
/// its lines.
fn collect(value: &Value, secrets: &mut Vec<String>) {
    const NAMES: [&str; 8] = [
        "access_token",
        "client_secret",
        "id_token",
        "inspector_token",
        "password",
        "refresh_token",
        "registration_access_token",
        "registration_token",
    ];
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "dpop_key" {
                    let lines = value.as_str().unwrap().lines();
                    secrets.extend(lines.filter(|l| !l.starts_with('-')).map(str::to_owned));
                    continue;
                }
                match value.as_str().filter(|_| NAMES.contains(&name.as_str())) {
                    Some(secret) => secrets.extend(secret.rsplit('.').next().map(str::to_owned)),
                    None => collect(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}

#[test]
fn a_device_gets_tokens_once_its_user_has_answered() {
    let home = Home::new();
    let token = "oauthlab token --flow device --user alice";
    let script = format!("{token} -o claims; oauthlab call \"$OAUTHLAB_RESOURCE/notes\" -o status");
    let done = in_lab(&home, &["-q"], &script).ok();
    assert!(done.stdout.contains("\"sub\": \"alice\""), "{}", done.stdout);
    assert!(done.stdout.ends_with("200\n"), "{}", done.stdout);
    for (drill, code) in [
        ("--consent deny --expect-error access_denied --expect-refusal device_code.allowed", 0),
        ("--client ci --expect-error unauthorized_client", 0),
        ("--consent deny", 7),
    ] {
        in_lab(&home, &["-q"], &format!("{token} {drill} -o none")).code(code);
    }
    let nobody = "oauthlab token --flow device --timeout 2s -o none";
    let waited = in_lab(&home, &["-q"], nobody).code(6);
    assert!(waited.stderr.contains("/device"), "{}", waited.stderr);
}

#[test]
fn an_authorization_request_is_pushed_signed_or_both() {
    let home = Home::new();
    let script = r#"
        oauthlab register signer --auth-method private_key_jwt >/dev/null
        oauthlab token --user alice --par -o none -v 2>pushed.txt
        signed="oauthlab token --client signer --user alice --scope notes:read --request-object"
        $signed -o none -v 2>signed.txt
        $signed --par -o none -v 2>both.txt
        code=0; oauthlab token --user alice --request-object -o none 2>keyless.txt || code=$?
        test $code = 2
        code=0; oauthlab token --flow client-credentials --par 2>flow.txt || code=$?
        test $code = 2
    "#;
    in_lab(&home, &[], script).ok();
    let said = |file| std::fs::read_to_string(home.path().join(file)).unwrap();
    for (file, pushes, signs) in
        [("pushed.txt", true, false), ("signed.txt", false, true), ("both.txt", true, true)]
    {
        let said = said(file);
        // The server judged a reference, and a signature: nothing went the plain way.
        assert_eq!(said.contains("request_uri.known"), pushes, "{said}");
        assert_eq!(said.contains("request_object.signature"), signs, "{said}");
        assert_eq!(said.contains("Push the authorization request"), pushes, "{said}");
        assert_eq!(said.contains("RFC 9126 §2.1"), pushes, "{said}");
    }
    let keyless = said("keyless.txt");
    assert!(keyless.contains("--auth-method private_key_jwt"), "{keyless}");
    assert!(said("flow.txt").contains("--par is about an authorization request"));
}

#[test]
fn refusals_of_pushed_and_signed_requests_name_their_rule() {
    let home = Home::new();
    let token = "oauthlab token --user alice --client signer -o none";
    let other = "--request-object --param aud=https://as.example";
    let script = format!(
        "oauthlab register signer --auth-method private_key_jwt >/dev/null\n\
         {token} --par --pkce none --expect-refusal pkce.challenge_presented\n\
         {token} {other} --expect-refusal request_object.audience\n\
         {token} --par {other} --expect-error invalid_request_object \
         --expect-refusal request_object.audience\n\
         {token} --par --request-object --param exp=1 --expect-refusal request_object.fresh\n"
    );
    in_lab(&home, &["-q"], &script).ok();
    in_lab(&home, &["-q"], "oauthlab token --user alice --par --expect-refusal par.required")
        .code(10);
}
