//! Rules of sender-constrained tokens, at every decision point that ends in tokens or takes them.

use std::time::Duration;

use oauthlab::config::{Config, DpopNonce};
use oauthlab::protocol::GrantType;
use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{CALLBACK, CI_SECRET, TestLab, VERIFIER};
use super::super::support::proof::{Proof, ProofKey};
use super::wire::Wire::{Bearer, Dpop, Json};
use super::{CANARY, Scene, Setting, Table, exchange, jwt_bearer, password, prove, row};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const DEVICE_GRANT: (&str, &str) = ("grant_type", DEVICE);

type Fields = Vec<(&'static str, &'static str)>;

/// The form of a token request at the scene's decision point. It ends at the sender's rules.
fn form(scene: &Scene<'_>) -> Fields {
    match scene.docket.id {
        "token.authorization_code" => {
            vec![
                ("grant_type", "authorization_code"),
                ("code", CANARY),
                ("code_verifier", VERIFIER),
            ]
        }
        "token.client_credentials" => vec![("grant_type", "client_credentials")],
        "token.refresh_token" => vec![("grant_type", "refresh_token"), ("refresh_token", CANARY)],
        "token.exchange" => {
            let access = "urn:ietf:params:oauth:token-type:access_token";
            let token = [("subject_token", CANARY), ("subject_token_type", access)];
            [&[("grant_type", exchange::GRANT)], &token[..]].concat()
        }
        "token.jwt_bearer" => vec![("grant_type", jwt_bearer::GRANT), ("assertion", CANARY)],
        "token.device_code" => vec![DEVICE_GRANT, ("device_code", CANARY)],
        "token.password" => {
            vec![("grant_type", "password"), ("username", "alice"), ("password", CANARY)]
        }
        other => panic!("{other} ends in no tokens"),
    }
}

pub(super) fn now(lab: &TestLab) -> u64 {
    lab.clock().now().secs()
}

/// The machine client may use every grant, and must do what the setting says; the public one must
/// show a certificate where that is the setting.
pub(super) fn configure(setting: Setting, config: &mut Config) {
    password::allow(config);
    if setting == Setting::NonceRequired {
        config.tokens.dpop_nonce = DpopNonce::Required;
    }
    for client in &mut config.clients {
        let wishes = &mut client.metadata.wishes;
        wishes.tls_client_certificate_bound_access_tokens = setting == Setting::CertificateRequired;
        if client.id.as_str() == "ci" {
            wishes.dpop_bound_access_tokens = setting == Setting::ProofRequired;
            client.metadata.grant_types = GrantType::ALL.to_vec();
        }
    }
}

/// What the APIs want: bound tokens, or a newer login for notes and a better one for tools.
pub(super) fn guard(setting: Setting, config: &mut Config) {
    for api in &mut config.apis {
        if setting == Setting::BoundTokensOnly {
            api.requires_bound_tokens = true;
        } else if api.name == "notes" {
            api.step_up.max_age = Some(Duration::from_secs(300));
        } else {
            api.step_up.acr.push("urn:example:gold".to_owned());
        }
    }
}

/// Sends the scene's request with these proofs.
fn send(scene: &Scene<'_>, proofs: &[String]) -> Answer {
    let request = Request::form(scene.at("/token"), &form(scene)).basic("ci", CI_SECRET);
    scene.send(proofs.iter().fold(request, |request, proof| request.header("DPoP", proof)))
}

/// Sends the scene's request with a proof that was right before it was changed.
fn with(scene: &Scene<'_>, change: impl FnOnce(Proof) -> Proof) -> Answer {
    let key = ProofKey::new();
    let proof = change(key.proof("POST", &scene.at("/token"), now(scene)));
    send(scene, &[key.sign(&proof)])
}

/// The signature of another proof.
pub(super) fn resigned(key: &ProofKey, proof: &Proof) -> String {
    let signed = key.sign(proof);
    let other = key.sign(&proof.clone().with("jti", "other"));
    let parts = (signed.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    format!("{}.{}", parts.0, parts.1)
}

fn used_twice(scene: &Scene<'_>) -> Answer {
    let key = ProofKey::new();
    let proof = key.sign(&key.proof("POST", &scene.at("/token"), now(scene)));
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    let first = Request::form(scene.at("/token"), &fields);
    scene.send(first.basic("ci", CI_SECRET).header("DPoP", &proof)).expect(200);
    send(scene, &[proof])
}

/// The machine client, which must show a key, shows none.
fn bare(scene: &Scene<'_>) -> Answer {
    scene.post_as_ci("/token", &form(scene))
}

macro_rules! sender_table {
    ($name:ident) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$name,
            rows: &[
                row(&rule::DPOP_ONCE, Json, |s| {
                    let key = ProofKey::new();
                    let proof = || key.sign(&key.proof("POST", &s.at("/token"), now(s)));
                    send(s, &[proof(), proof()])
                })
                .on(Setting::EveryGrant),
                row(&rule::DPOP_FORM, Json, |s| with(s, |p| p.with_header("typ", "JWT")))
                    .on(Setting::EveryGrant),
                row(&rule::DPOP_SIGNATURE, Json, |s| {
                    let key = ProofKey::new();
                    send(s, &[resigned(&key, &key.proof("POST", &s.at("/token"), now(s)))])
                })
                .on(Setting::EveryGrant),
                row(&rule::DPOP_METHOD, Json, |s| with(s, |p| p.with("htm", "GET")))
                    .on(Setting::EveryGrant),
                row(&rule::DPOP_URI, Json, |s| with(s, |p| p.with("htu", s.at("/userinfo"))))
                    .on(Setting::EveryGrant),
                row(&rule::DPOP_FRESH, Json, |s| with(s, |p| p.with("iat", now(s) - 61)))
                    .on(Setting::EveryGrant),
                row(&rule::DPOP_NONCE, Json, |s| with(s, |p| p)).on(Setting::NonceRequired),
                row(&rule::DPOP_UNUSED, Json, used_twice).on(Setting::EveryGrant),
                row(&rule::DPOP_REQUIRED, Json, bare).on(Setting::ProofRequired),
                row(&rule::MTLS_REQUIRED, Json, bare).on(Setting::CertificateRequired),
            ],
        };
    };
}

sender_table!(TOKEN_CODE);
sender_table!(TOKEN_CLIENT_CREDENTIALS);
sender_table!(TOKEN_REFRESH);
sender_table!(TOKEN_EXCHANGE);
sender_table!(TOKEN_JWT_BEARER);
sender_table!(TOKEN_DEVICE);
sender_table!(TOKEN_PASSWORD);

/// Redeems a code of the public client with the proof of a key.
pub(super) fn redeem(scene: &Scene<'_>, code: &str, key: &ProofKey) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let proof = key.sign(&key.proof("POST", &scene.at("/token"), now(scene)));
    scene.send(Request::form(scene.at("/token"), &fields).header("DPoP", &proof))
}

pub(super) static TOKEN_CODE_KEY: Table = Table {
    docket: &rule::TOKEN_CODE,
    rows: &[row(&rule::DPOP_CODE_KEY, Json, |s| {
        let key = ProofKey::new();
        let announced = [("dpop_jkt", key.thumbprint())];
        let announced = announced.each_ref().map(|(name, value)| (*name, value.as_str()));
        redeem(s, &s.code(&announced), &key).expect(200);
        redeem(s, &s.code(&announced), &ProofKey::new())
    })],
};

pub(super) static TOKEN_REFRESH_KEY: Table = Table {
    docket: &rule::TOKEN_REFRESH,
    rows: &[row(&rule::DPOP_REFRESH_KEY, Json, |s| {
        let key = ProofKey::new();
        let refresh = redeem(s, &s.code(&[]), &key).expect(200).member("refresh_token");
        let fields =
            [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*refresh)];
        let ask = |key: &ProofKey| {
            let proof = key.sign(&key.proof("POST", &s.at("/token"), now(s)));
            s.send(Request::form(s.at("/token"), &fields).header("DPoP", &proof))
        };
        s.post("/token", &fields).expect(400);
        ask(&ProofKey::new())
    })],
};

/// A token of the machine client, bound to a key. Brings a nonce where one is wanted.
fn bound(scene: &Scene<'_>, key: &ProofKey) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    let ask = |proof: Proof| {
        let request = Request::form(scene.at("/token"), &fields).basic("ci", CI_SECRET);
        scene.send(request.header("DPoP", &key.sign(&proof)))
    };
    let proof = || key.proof("POST", &scene.at("/token"), now(scene));
    let answer = ask(proof());
    let answer = match answer.header("dpop-nonce") {
        Some(nonce) => ask(proof().with("nonce", nonce)),
        None => answer,
    };
    let answer = answer.expect(200);
    assert_eq!(answer.json()["token_type"], "DPoP");
    answer.member("access_token")
}

/// Where the scene's tokens are taken.
fn place(scene: &Scene<'_>) -> String {
    if scene.docket.id == "userinfo" { scene.at("/userinfo") } else { scene.api("/notes") }
}

/// Calls with a bound token and these proofs.
fn present(scene: &Scene<'_>, token: &str, proofs: &[String]) -> Answer {
    let call = Request::get(place(scene)).header("Authorization", &format!("DPoP {token}"));
    scene.send(proofs.iter().fold(call, |call, proof| call.header("DPoP", proof)))
}

/// Calls with a bound token and a proof that was right before it was changed.
fn call(scene: &Scene<'_>, change: impl FnOnce(Proof) -> Proof) -> Answer {
    let key = ProofKey::new();
    let token = bound(scene, &key);
    let proof = change(key.proof("GET", &place(scene), now(scene)).for_token(&token));
    present(scene, &token, &[key.sign(&proof)])
}

fn called_twice(scene: &Scene<'_>) -> Answer {
    let key = ProofKey::new();
    let token = match scene.docket.id {
        "userinfo" => redeem(scene, &scene.code(&[]), &key).member("access_token"),
        _ => bound(scene, &key),
    };
    let proof = key.sign(&key.proof("GET", &place(scene), now(scene)).for_token(&token));
    let first = present(scene, &token, std::slice::from_ref(&proof));
    // A machine has no notes, which is said after the proof was used.
    let expected = if scene.docket.id == "userinfo" { 200 } else { 403 };
    assert_eq!(first.status, expected, "{}", first.whole());
    if expected == 403 {
        let challenge = first.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("DPoP error=\"insufficient_scope\""), "{challenge}");
    }
    present(scene, &token, &[proof])
}

/// A token of a registered machine for the MCP endpoint: nobody logged in for it.
fn tool_token(scene: &Scene<'_>) -> String {
    let client = scene.register(&json!({ "grant_types": ["client_credentials"] }));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let fields = [("grant_type", "client_credentials"), ("scope", "mcp:tools")];
    let request = Request::form(scene.at("/token"), &fields);
    let request = request.basic(&text("client_id"), &text("client_secret"));
    scene.send(request).expect(200).member("access_token")
}

macro_rules! holder_table {
    ($name:ident, [$($more:expr),* $(,)?]) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$name,
            rows: &[
                row(&rule::DPOP_SCHEME, Bearer, |s| {
                    s.send(Request::get(place(s)).bearer(&bound(s, &ProofKey::new())))
                }),
                row(&rule::DPOP_ONCE, Dpop, |s| present(s, &bound(s, &ProofKey::new()), &[])),
                row(&rule::DPOP_FORM, Dpop, |s| call(s, |p| p.with_header("jwk", json!({})))),
                row(&rule::DPOP_SIGNATURE, Dpop, |s| {
                    let key = ProofKey::new();
                    let token = bound(s, &key);
                    let proof = key.proof("GET", &place(s), now(s)).for_token(&token);
                    present(s, &token, &[resigned(&key, &proof)])
                }),
                row(&rule::DPOP_METHOD, Dpop, |s| call(s, |p| p.with("htm", "POST"))),
                row(&rule::DPOP_URI, Dpop, |s| call(s, |p| p.with("htu", s.at("/token")))),
                row(&rule::DPOP_FRESH, Dpop, |s| call(s, |p| p.with("iat", now(s) + 61))),
                row(&rule::DPOP_TOKEN_HASH, Dpop, |s| call(s, |p| p.for_token("another"))),
                row(&rule::DPOP_TOKEN_KEY, Dpop, |s| {
                    let (token, thief) = (bound(s, &ProofKey::new()), ProofKey::new());
                    let proof = thief.proof("GET", &place(s), now(s)).for_token(&token);
                    present(s, &token, &[thief.sign(&proof)])
                }),
                row(&rule::DPOP_NONCE, Dpop, |s| {
                    let answer = call(s, |p| p.with("nonce", "made-up"));
                    assert!(answer.header("dpop-nonce").is_some(), "{}", answer.whole());
                    answer
                })
                .on(Setting::NonceRequired),
                row(&rule::DPOP_UNUSED, Dpop, called_twice),
                $($more),*
            ],
        };
    };
}

holder_table!(USERINFO, []);
holder_table!(
    RESOURCE,
    [
        row(&rule::RESOURCE_SENDER_CONSTRAINED, Bearer, |s| {
            s.send(Request::get(s.api("/notes")).bearer(&s.machine_token()))
        })
        .on(Setting::BoundTokensOnly),
        row(&rule::RESOURCE_ACR, Bearer, |s| {
            let token = tool_token(s);
            let answer = s.send(Request::new("POST", s.api("/mcp")).bearer(&token));
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("acr_values=\"urn:example:gold\""), "{challenge}");
            answer
        })
        .on(Setting::StepUp),
        row(&rule::RESOURCE_AUTH_AGE, Bearer, |s| {
            let token = s.tokens(&[("scope", "notes:read notes:write")]).access;
            let note = Request::json("POST", s.api("/notes"), &json!({ "text": "x" }));
            let note = note.bearer(&token);
            s.send(&note).expect(201);
            s.wait(Duration::from_secs(301));
            s.send(Request::get(s.api("/notes")).bearer(&token)).expect(200);
            let answer = s.send(&note);
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("max_age=\"300\""), "{challenge}");
            answer
        })
        .on(Setting::StepUp),
    ]
);

#[test]
fn rules_of_the_sender_at_the_token_endpoint() {
    prove(&[&TOKEN_CODE, &TOKEN_CLIENT_CREDENTIALS, &TOKEN_REFRESH]);
    prove(&[&TOKEN_EXCHANGE, &TOKEN_JWT_BEARER]);
    prove(&[&TOKEN_DEVICE, &TOKEN_PASSWORD]);
}

#[test]
fn rules_of_the_keys_that_grants_are_bound_to() {
    prove(&[&TOKEN_CODE_KEY, &TOKEN_REFRESH_KEY]);
}

#[test]
fn rules_of_the_sender_where_tokens_are_taken() {
    prove(&[&USERINFO, &RESOURCE]);
}

/// Of requests with one proof at the same time exactly one is answered, by issuer and API alike.
#[test]
fn one_proof_serves_one_request_however_fast_the_second_one_is() {
    let lab = TestLab::start();
    let scene = Scene { lab: &lab, docket: &rule::RESOURCE };
    let key = ProofKey::new();
    let proof = key.sign(&key.proof("POST", &lab.at("/token"), now(&lab)));
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    let ask = Request::form(lab.at("/token"), &fields).basic("ci", CI_SECRET);
    let answers = at_once(&lab, &ask.header("DPoP", &proof));
    assert_eq!(answers, [200, 400, 400, 400]);
    let user = redeem(&scene, &lab.code(&[]), &key).expect(200).member("access_token");
    let proof = key.sign(&key.proof("GET", &lab.api("/notes"), now(&lab)).for_token(&user));
    let call = Request::get(lab.api("/notes")).header("Authorization", &format!("DPoP {user}"));
    assert_eq!(at_once(&lab, &call.header("DPoP", &proof)), [200, 401, 401, 401]);
}

/// The statuses of four equal requests at once, sorted.
fn at_once(lab: &TestLab, request: &Request) -> Vec<u16> {
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..4).map(|_| scope.spawn(|| lab.net().send(request).status)).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}
