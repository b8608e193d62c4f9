//! Rules of the proof that a pushed request may bring (RFC 9449 §10.1), and what it binds.

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::TestLab;
use super::super::support::proof::{Proof, ProofKey};
use super::sender::{now, redeem, resigned};
use super::wire::Wire::Json;
use super::{Scene, Setting, Table, prove, row};

/// Pushes the request of the public client with these changes and proofs.
fn push(scene: &Scene<'_>, changes: &[(&str, &str)], proofs: &[String]) -> Answer {
    let url = scene.authorize_url(changes);
    let (_, query) = url.split_once('?').unwrap();
    let form = Request::new("POST", scene.at("/par"));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded").body(query);
    scene.send(proofs.iter().fold(form, |form, proof| form.header("DPoP", proof)))
}

fn proof(scene: &Scene<'_>, key: &ProofKey) -> Proof {
    key.proof("POST", &scene.at("/par"), now(scene))
}

/// Pushes with a proof that was right before it was changed.
fn with(scene: &Scene<'_>, change: impl FnOnce(Proof) -> Proof) -> Answer {
    let key = ProofKey::new();
    push(scene, &[], &[key.sign(&change(proof(scene, &key)))])
}

pub(super) static PAR: Table = Table {
    docket: &rule::PAR,
    rows: &[
        row(&rule::DPOP_ONCE, Json, |s| {
            let key = ProofKey::new();
            push(s, &[], &[key.sign(&proof(s, &key)), key.sign(&proof(s, &key))])
        }),
        row(&rule::DPOP_FORM, Json, |s| with(s, |p| p.with_header("typ", "JWT"))),
        row(&rule::DPOP_SIGNATURE, Json, |s| {
            let key = ProofKey::new();
            push(s, &[], &[resigned(&key, &proof(s, &key))])
        }),
        row(&rule::DPOP_METHOD, Json, |s| with(s, |p| p.with("htm", "GET"))),
        row(&rule::DPOP_URI, Json, |s| with(s, |p| p.with("htu", s.at("/token")))),
        row(&rule::DPOP_FRESH, Json, |s| with(s, |p| p.with("iat", now(s) - 61))),
        row(&rule::DPOP_NONCE, Json, |s| {
            let answer = with(s, |p| p);
            assert!(answer.header("dpop-nonce").is_some(), "{}", answer.whole());
            answer
        })
        .on(Setting::NonceRequired),
        row(&rule::DPOP_UNUSED, Json, |s| {
            let key = ProofKey::new();
            let proof = key.sign(&proof(s, &key));
            push(s, &[], std::slice::from_ref(&proof)).expect(201);
            push(s, &[], &[proof])
        }),
        row(&rule::DPOP_PUSHED_KEY, Json, |s| {
            let key = ProofKey::new();
            push(s, &[("dpop_jkt", &key.thumbprint())], &[key.sign(&proof(s, &key))]).expect(201);
            let other = ProofKey::new().thumbprint();
            push(s, &[("dpop_jkt", &other)], &[key.sign(&proof(s, &key))])
        }),
    ],
};

#[test]
fn rules_of_the_proof_of_a_pushed_request() {
    prove(&[&PAR]);
}

/// With no `dpop_jkt` anywhere: the proof alone binds the code.
#[test]
fn a_code_of_a_pushed_proof_is_redeemed_with_its_key_and_no_other() {
    let lab = TestLab::start();
    let scene = Scene { lab: &lab, docket: &rule::PAR };
    let key = ProofKey::new();
    let code = || {
        let pushed = push(&scene, &[], &[key.sign(&proof(&scene, &key))]).expect(201);
        let reference = pushed.member("request_uri");
        lab.code(&[("request_uri", &reference)])
    };
    let thief = redeem(&scene, &code(), &ProofKey::new()).expect(400);
    assert_eq!(thief.json()["error"], "invalid_grant");
    redeem(&scene, &code(), &key).expect(200);
}
