//! Rules of the JWT bearer grant (RFC 7523).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use oauthlab::config::{Config, TrustedIssuer};
use oauthlab::protocol::jose::{JwkSet, SigningKey};
use oauthlab::protocol::{Algorithm, ClientKeys};
use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::document_host::{DocumentHost, ok};
use super::super::support::http::{Answer, Request};
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ISSUER: &str = "https://idp.example";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());

/// Trusts an issuer who calls Alice by a number.
pub(super) fn trust(config: &mut Config) {
    let alice = config.users[0].subject.clone();
    config.trusted_issuers.push(TrustedIssuer {
        issuer: ISSUER.to_owned(),
        keys: ClientKeys {
            jwks: Some(JwkSet { keys: vec![KEY.jwk().clone()] }),
            ..ClientKeys::default()
        },
        subjects: Some([("4711".to_owned(), alice)].into()),
    });
}

/// An assertion of that issuer about Alice, with claims replaced.
fn assertion(scene: &Scene<'_>, changes: &[(&str, Value)]) -> String {
    let mut claims = json!({
        "iss": ISSUER,
        "sub": "4711",
        "aud": scene.issuer(),
        "exp": scene.clock().now().secs() + 60,
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    KEY.sign("JWT", &claims).unwrap().expose().to_owned()
}

fn present(scene: &Scene<'_>, assertion: &str, extra: &[(&str, &str)]) -> Answer {
    let grant = [("grant_type", GRANT), ("assertion", assertion)];
    scene.post_as_ci("/token", &[&grant, extra].concat())
}

fn changed(scene: &Scene<'_>, changes: &[(&str, Value)]) -> Answer {
    present(scene, &assertion(scene, changes), &[])
}

fn scoped(scene: &Scene<'_>, extra: &[(&str, &str)]) -> Answer {
    present(scene, &assertion(scene, &[]), extra)
}

/// Presents as a registered client that may have every scope.
fn as_other(scene: &Scene<'_>, grant: &str, scope: &str) -> Answer {
    let client = scene.register(&json!({ "grant_types": [grant] }));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let assertion = assertion(scene, &[]);
    let fields = [("grant_type", GRANT), ("assertion", assertion.as_str()), ("scope", scope)];
    let request = Request::form(scene.at("/token"), &fields);
    scene.send(request.basic(&text("client_id"), &text("client_secret")))
}

pub(super) static TOKEN_JWT_BEARER: Table = Table {
    docket: &rule::TOKEN_JWT_BEARER,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| present(s, CANARY, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| as_other(s, "client_credentials", "notes:read")),
        row(&rule::ASSERTION_GRANT_PRESENTED, Json, |s| present(s, "", &[])),
        row(&rule::ASSERTION_GRANT_FORM, Json, |s| present(s, CANARY, &[])),
        row(&rule::ASSERTION_GRANT_ISSUER, Json, |s| {
            changed(s, &[("iss", "https://other.example".into())])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::ASSERTION_GRANT_SIGNATURE, Json, |s| {
            let good = assertion(s, &[]);
            let other = assertion(s, &[("exp", 4_000_000_000_u64.into())]);
            let (signed, _) = good.rsplit_once('.').unwrap();
            let (_, signature) = other.rsplit_once('.').unwrap();
            present(s, &format!("{signed}.{signature}"), &[])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::ASSERTION_GRANT_AUDIENCE, Json, |s| {
            changed(s, &[("aud", "https://other.example".into())])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::ASSERTION_GRANT_FRESH, Json, |s| {
            changed(s, &[("exp", (s.clock().now().secs() + 3601).into())])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::ASSERTION_GRANT_UNUSED, Json, |s| {
            let once = assertion(s, &[("jti", "once".into())]);
            present(s, &once, &[]).expect(200);
            present(s, &once, &[])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::ASSERTION_GRANT_SUBJECT, Json, |s| changed(s, &[("sub", "alice".into())]))
            .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_FORM, Json, |s| scoped(s, &[("scope", "a\\b")]))
            .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_KNOWN, Json, |s| scoped(s, &[("scope", "nothing")]))
            .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_CLIENT, Json, |s| scoped(s, &[("scope", "notes:write")]))
            .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_USER, Json, |s| as_other(s, GRANT, "openid notes:read"))
            .on(Setting::TrustedIssuer),
        row(&rule::TARGET_FORM, Json, |s| scoped(s, &[("resource", "https://a.example/#b")]))
            .on(Setting::TrustedIssuer),
        row(&rule::TARGET_KNOWN, Json, |s| scoped(s, &[("resource", "https://a.example/")]))
            .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_TARGET, Json, |s| {
            scoped(s, &[("scope", "notes:read"), ("resource", &s.api("/mcp"))])
        })
        .on(Setting::TrustedIssuer),
        row(&rule::SCOPE_ONE_API, Json, |s| as_other(s, GRANT, "notes:read mcp:tools"))
            .on(Setting::TrustedIssuer),
    ],
};

#[test]
fn rules_of_the_jwt_bearer_grant() {
    prove(&[&TOKEN_JWT_BEARER]);
}

#[test]
fn a_trusted_issuer_speaks_for_its_users_by_their_own_names() {
    let lab = super::TestLab::with(trust);
    let scene = Scene { lab: &lab, docket: &rule::TOKEN_JWT_BEARER };
    let answer = scoped(&scene, &[]).expect(200);
    assert!(answer.json().get("refresh_token").is_none());
    let token = answer.member("access_token");
    let introspected = lab.post_as_ci("/introspect", &[("token", &token)]).expect(200).json();
    assert_eq!((&introspected["sub"], &introspected["client_id"]), (&json!("alice"), &json!("ci")));
    lab.send(Request::get(lab.api("/notes")).bearer(&token)).expect(200);
}

/// A lab that trusts the issuer by the address of its keys.
fn trusting_address(jwks_uri: &str, change: impl FnOnce(&mut Config)) -> super::TestLab {
    super::TestLab::with(|config| {
        trust(config);
        let keys = ClientKeys { jwks_uri: Some(jwks_uri.to_owned()), ..ClientKeys::default() };
        config.trusted_issuers[0].keys = keys;
        change(config);
    })
}

#[test]
fn the_keys_of_a_trusted_issuer_are_fetched_kept_and_fetched_anew_for_a_new_one() {
    let new = Arc::new(SigningKey::generate(Algorithm::Es256).unwrap());
    let rotated = Arc::new(AtomicBool::new(false));
    let (next, now) = (Arc::clone(&new), Arc::clone(&rotated));
    let host = DocumentHost::serve(move |_, _| {
        let key = if now.load(Ordering::SeqCst) { next.jwk() } else { KEY.jwk() };
        ok("application/json", "max-age=600", &json!({ "keys": [key] }).to_string())
    });
    let lab = trusting_address(&host.at("/jwks"), |_| {});
    let scene = Scene { lab: &lab, docket: &rule::TOKEN_JWT_BEARER };
    for _ in 0..2 {
        scoped(&scene, &[]).expect(200);
    }
    assert_eq!(host.hits(), 1);
    rotated.store(true, Ordering::SeqCst);
    let by_new = |scene: &Scene<'_>| {
        let exp = scene.clock().now().secs() + 60;
        let claims = json!({ "iss": ISSUER, "sub": "4711", "aud": scene.issuer(), "exp": exp });
        present(scene, new.sign("JWT", &claims).unwrap().expose(), &[])
    };
    assert_eq!(by_new(&scene).expect(400).json()["error"], "invalid_grant");
    assert_eq!(host.hits(), 1, "keys that are quite new are not fetched for every unknown one");
    lab.wait(Duration::from_secs(11));
    by_new(&scene).expect(200);
    assert_eq!(host.hits(), 2);
}

#[test]
fn keys_that_cannot_be_had_verify_nothing_and_an_inner_address_is_not_asked() {
    let broken = DocumentHost::serve(|_, _| ok("text/html", "", "<p>Not here</p>"));
    let inner = "https://10.0.0.1/jwks";
    let cases =
        [(broken.at("/jwks"), "no JWK Set"), (inner.to_owned(), "not of the public internet")];
    for (jwks_uri, why) in cases {
        let lab = trusting_address(&jwks_uri, |_| {});
        let scene = Scene { lab: &lab, docket: &rule::TOKEN_JWT_BEARER };
        let refused = scoped(&scene, &[]).expect(400);
        assert_eq!(refused.json()["error"], "invalid_grant");
        let record = lab.record_of(&refused).to_string();
        assert!(record.contains(why), "{jwks_uri}: {record}");
    }
    // Nothing is fetched for an issuer whom nobody trusts.
    let lab = trusting_address(&broken.at("/jwks"), |config| config.trusted_issuers.clear());
    let before = broken.hits();
    scoped(&Scene { lab: &lab, docket: &rule::TOKEN_JWT_BEARER }, &[]).expect(400);
    assert_eq!(broken.hits(), before);
}
