//! A lab that is stopped and started again goes on where it was.

use oauthlab::clock::Clock;
use oauthlab::protocol::jose::{JwkSet, Jws, sign_hs256};
use oauthlab::protocol::{Algorithm, CLIENT_ASSERTION_TYPE, Secret};
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::run::Home;
use super::super::support::served::{Served, Site as _};
use super::{Registered, STORE};

const ALICE: (&str, &str) = ("alice", "alice");

/// Whether a token verifies with the keys that are published now.
fn verifies(lab: &Served, token: &str) -> bool {
    let keys = lab.net().send(&Request::get(lab.at("/jwks"))).expect(200).json();
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    Jws::decode(token).unwrap().verify(&keys, &[Algorithm::Es256]).is_ok()
}

#[test]
fn tokens_clients_sessions_and_consents_outlive_a_restart() {
    let home = Home::new();
    let lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    let mut browser = lab.browser();
    let code = client.code(&lab, &mut browser, ALICE);
    let tokens = client.redeem(&lab, &code).expect(200);
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let unused = client.code(&lab, &mut browser, ALICE);
    assert!(verifies(&lab, &access));

    let lab = Served::again(&home, &lab.stop(), STORE);
    assert!(verifies(&lab, &access), "the keys are others");
    assert!(client.is_active(&lab, &access));
    // Logged in and allowed before: no page asks again.
    let answer = browser.open(&client.authorize_url(&lab)).expect(303);
    assert!(answer.location().contains("code="), "{}", answer.location());
    client.redeem(&lab, &unused).expect(200);
    let manage = Request::get(lab.at(&format!("/register/{}", client.id)));
    let managed = lab.net().send(&manage.bearer(&client.management)).expect(200);
    assert_eq!(managed.member("client_id"), client.id);
    let renewed = client.refresh(&lab, &refresh).expect(200).member("refresh_token");

    // What was used before the restart, and what was used before that, stays used.
    let lab = Served::again(&home, &lab.stop(), STORE);
    assert_eq!(client.redeem(&lab, &unused).expect(400).member("error"), "invalid_grant");
    assert!(client.is_active(&lab, &access));
    assert_eq!(client.refresh(&lab, &refresh).expect(400).member("error"), "invalid_grant");
    // The second use of a rotated token revoked its family, and that is remembered, too.
    let lab = Served::again(&home, &lab.stop(), STORE);
    assert!(!client.is_active(&lab, &access));
    assert_eq!(client.refresh(&lab, &renewed).expect(400).member("error"), "invalid_grant");
    assert_eq!(client.redeem(&lab, &code).expect(400).member("error"), "invalid_grant");
}

#[test]
fn an_assertion_is_good_once_over_a_restart() {
    let home = Home::new();
    let lab = Served::start(&home, STORE);
    let machine = json!({
        "token_endpoint_auth_method": "client_secret_jwt",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "scope": "notes:read",
    });
    let client = Registered::new(&lab, &machine);
    let used = assertion(&lab, &client, "used");
    authenticated(&lab, &used).expect(200);
    let lab = Served::again(&home, &lab.stop(), STORE);
    assert_eq!(authenticated(&lab, &used).expect(401).member("error"), "invalid_client");
    // Its secret is known still: a new assertion is good.
    authenticated(&lab, &assertion(&lab, &client, "new")).expect(200);
}

fn assertion(lab: &Served, client: &Registered, jti: &str) -> String {
    let now = Clock::system().now().secs();
    let claims = json!({
        "iss": client.id, "sub": client.id, "aud": lab.issuer(),
        "iat": now, "exp": now + 60, "jti": jti,
    });
    sign_hs256(&Secret::new(&client.secret), "JWT", &claims).expose().to_owned()
}

fn authenticated(lab: &Served, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", CLIENT_ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    lab.net().send(&Request::form(lab.at("/token"), &fields))
}

/// Keys that `oauthlab keys rotate` replaced stay published over a restart.
#[test]
fn rotated_keys_outlive_a_restart() {
    let home = Home::new();
    let lab = Served::start(&home, STORE);
    let client = Registered::new(&lab, &json!({}));
    let code = client.code(&lab, &mut lab.browser(), ALICE);
    let old = client.redeem(&lab, &code).expect(200).member("access_token");
    let rotated = home.oauthlab(["keys", "rotate", "--alg", "ES256", "-o", "json"]).output().ok();
    let rotated: Value = serde_json::from_str(&rotated.stdout).unwrap();
    let lab = Served::again(&home, &lab.stop(), STORE);
    let listed = home.oauthlab(["keys", "list", "-o", "json"]).output().ok();
    assert_eq!(serde_json::from_str::<Value>(&listed.stdout).unwrap(), rotated);
    assert!(verifies(&lab, &old));
}

#[test]
fn a_store_without_its_key_does_not_open_and_is_not_sealed_anew() {
    let home = Home::new();
    let ready = Served::start(&home, STORE).stop();
    let serve = || home.oauthlab(["serve", "--store", "sqlite:lab.db", "--", "true"]);
    let key = home.path().join("lab.db-key");
    let kept = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let done = serve().output().code(3);
    assert!(done.stderr.contains("its key is not in"), "{}", done.stderr);
    assert!(!key.exists());
    let done = serve().env("OAUTHLAB_STORE_KEY", &"0".repeat(64)).output().code(3);
    assert!(done.stderr.contains("another key"), "{}", done.stderr);
    let done = serve().env("OAUTHLAB_STORE_KEY", "hunter2").output().code(3);
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    serve().env("OAUTHLAB_STORE_KEY", kept.trim()).output().ok();
    std::fs::write(home.path().join("elsewhere"), kept).unwrap();
    serve().env("OAUTHLAB_STORE_KEY_FILE", "elsewhere").output().ok();
    drop(ready);
}

/// Two labs on one file are one lab: what one issues the other knows.
#[test]
fn two_labs_share_a_file() {
    let home = Home::new();
    let one = Served::start(&home, &["--store", "sqlite:lab.db", "--name", "one"]);
    let url = one.issuer().to_owned();
    let client = Registered::new(&one, &json!({}));
    let code = client.code(&one, &mut one.browser(), ALICE);
    let other = Served::start(&home, &["--store", "sqlite:lab.db", "--name", "other"]);
    assert_ne!(other.issuer(), url);
    client.redeem(&other, &code).expect(200);
    assert_eq!(client.redeem(&one, &code).expect(400).member("error"), "invalid_grant");
}

/// A code that was used would be made again, and work again.
#[test]
fn a_seeded_lab_has_no_store_that_survives() {
    let home = Home::new();
    let seeded = ["serve", "--seed", "s", "--check", "--store"];
    let serve = |store| home.oauthlab(seeded.into_iter().chain([store])).output();
    let refused = serve("sqlite:lab.db").code(2);
    assert!(refused.stderr.contains("--store memory"), "{}", refused.stderr);
    serve("memory").ok();
}
