//! Parameters of the authorization endpoint, over the wire: how answers come back, claims, ways of
//! authentication, hints, authorization details, and the front channel of the profile legacy.

mod details;
mod front_channel;
mod login;
mod pushed;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauthlab::protocol::Algorithm;
use oauthlab::protocol::jose::{JwkSet, Jws};
use serde_json::Value;

use super::support::http::Request;
use super::support::lab::TestLab;

/// The claims of a JWT that the lab's published keys verify.
#[track_caller]
fn verified(lab: &TestLab, token: &str) -> Value {
    let keys: JwkSet =
        serde_json::from_value(lab.send(Request::get(lab.at("/jwks"))).expect(200).json()).unwrap();
    Jws::decode(token).unwrap().verify(&keys, Algorithm::ALL).unwrap();
    claims(token)
}

/// The claims of a JWT, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
