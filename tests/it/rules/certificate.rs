//! Rules of tokens that are bound to certificates (RFC 8705 §3, §4): each row has two real ones, and
//! what was bound to the first comes over a connection that shows the second.

use oauthlab::clock::Clock;
use oauthlab::rule;
use oauthlab::tls::ClientIdentity;

use super::super::support::http::{Answer, Request};
use super::super::support::keyed::send_as;
use super::super::support::lab::{CALLBACK, VERIFIER};
use super::wire::Wire::{Bearer, Json};
use super::{Scene, Setting, Table, prove, row};

fn identity(name: &str) -> ClientIdentity {
    ClientIdentity::self_signed(name, Clock::system().now()).unwrap()
}

/// Tokens of Alice for the public client, over a connection with this certificate.
fn tokens(scene: &Scene<'_>, identity: &ClientIdentity) -> Answer {
    let code = scene.code(&[]);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("redirect_uri", CALLBACK),
        ("code", &*code),
        ("code_verifier", VERIFIER),
    ];
    send_as(scene, Some(identity), "/token", &fields).expect(200)
}

/// The owner's certificate opens the place; gives what the place says to another one.
fn called_by_another(scene: &Scene<'_>, place: &str) -> Answer {
    let (own, other) = (identity("own"), identity("other"));
    let call = Request::get(place).bearer(&tokens(scene, &own).member("access_token"));
    scene.net_as(&own).send(&call).expect(200);
    // Without any certificate it is the same refusal.
    let bare = scene.send(&call).expect(401);
    let answer = scene.net_as(&other).send(&call);
    assert_eq!(bare.header("www-authenticate"), answer.header("www-authenticate"));
    answer
}

fn refreshed_by_another(scene: &Scene<'_>) -> Answer {
    let (own, other) = (identity("own"), identity("other"));
    let refresh = tokens(scene, &own).member("refresh_token");
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", &*refresh)];
    let answer = send_as(scene, Some(&other), "/token", &fields);
    // The thief's attempt did not use it up.
    send_as(scene, Some(&own), "/token", &fields).expect(200);
    answer
}

pub(super) static RESOURCE: Table = Table {
    docket: &rule::RESOURCE,
    rows: &[row(&rule::MTLS_TOKEN_KEY, Bearer, |s| called_by_another(s, &s.api("/notes")))
        .on(Setting::CertificateRequired)],
};

pub(super) static USERINFO: Table = Table {
    docket: &rule::USERINFO,
    rows: &[row(&rule::MTLS_TOKEN_KEY, Bearer, |s| called_by_another(s, &s.at("/userinfo")))
        .on(Setting::CertificateRequired)],
};

pub(super) static TOKEN_REFRESH: Table = Table {
    docket: &rule::TOKEN_REFRESH,
    rows: &[
        row(&rule::MTLS_REFRESH_KEY, Json, refreshed_by_another).on(Setting::CertificateRequired)
    ],
};

#[test]
fn rules_of_the_certificates_that_tokens_are_bound_to() {
    prove(&[&RESOURCE, &USERINFO, &TOKEN_REFRESH]);
}
