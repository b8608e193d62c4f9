//! The access token. To a client it is opaque (RFC 6749 §1.4); but one that says that it is a JWT
//! of RFC 9068 can be held to what that says.

use super::check::Checks;
use super::id_token::criteria;
use super::verify::{Expectation, Keys, LEEWAY, seconds};
use crate::protocol::jose::Jws;
use crate::protocol::{AccessTokenClaims, Algorithm, ResourceUri, Secret};
use crate::rule::Fact;

use super::check::Criterion;

criteria! {
    /// It can be read.
    ACCESS_TOKEN_CLAIMS = "access_token.claims", "the access token has the claims of RFC 9068",
        "RFC 9068 §2.2", "an API that checks them will refuse it";
    /// Its signature verifies.
    ACCESS_TOKEN_SIGNATURE = "access_token.signature", "its signature verifies with a key that the issuer publishes",
        "RFC 9068 §4", "an API that checks it will refuse it; one that does not takes any token";
    /// It comes from the issuer.
    ACCESS_TOKEN_ISS = "access_token.iss", "iss is the issuer that was asked, byte for byte",
        "RFC 9068 §4", "an API that trusts this issuer will refuse it";
    /// It is for the APIs that were asked for.
    ACCESS_TOKEN_AUD = "access_token.aud", "aud names every API that was asked for",
        "RFC 9068 §3, RFC 8707 §2", "a token for other APIs is of no use here, and of use to a thief there";
    /// It was issued to this client.
    ACCESS_TOKEN_CLIENT = "access_token.client_id", "client_id is this client",
        "RFC 9068 §2.2", "the token was issued to somebody else";
    /// It is bound to the key that was proven.
    ACCESS_TOKEN_KEY = "access_token.cnf", "cnf names the key that was proven",
        "RFC 9449 §6.1", "a token that is bound to no key works for a thief, and one that is bound to another works for somebody else";
    /// It has not expired.
    ACCESS_TOKEN_EXP = "access_token.exp", "it has not expired",
        "RFC 9068 §4", "an API that looks at the time will refuse it";
}

/// Whether the token says that it is a JWT access token (RFC 9068 §2.1).
pub(super) fn is_jwt(token: &Secret) -> bool {
    let typ = Jws::decode(token.expose()).ok().and_then(|jws| jws.header.typ);
    typ.is_some_and(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ == "at+jwt" || typ == "application/at+jwt"
    })
}

/// Nothing to check.
pub(super) fn opaque(checks: &mut Checks) {
    checks.skip(&ACCESS_TOKEN_CLAIMS, "the access token is opaque to a client");
}

pub(super) fn check(
    token: &Secret,
    keys: &Keys,
    expectation: &Expectation<'_>,
    checks: &mut Checks,
) -> Option<AccessTokenClaims> {
    let read = Jws::decode(token.expose());
    let read = read.and_then(|jws| jws.claims::<AccessTokenClaims>().map(|claims| (jws, claims)));
    let got = read.as_ref().map_or_else(Fact::public, |_| Fact::fixed("all of them"));
    checks.note(&ACCESS_TOKEN_CLAIMS, read.is_ok(), Fact::fixed("all of them"), got);
    let (jws, claims) = read.ok()?;
    match keys {
        Keys::None => checks.skip(&ACCESS_TOKEN_SIGNATURE, "the server publishes no keys"),
        Keys::Published(keys) => {
            let verified = jws.verify(keys, Algorithm::ALL);
            let got = verified.map_or_else(Fact::public, |()| Fact::fixed("a valid signature"));
            let wanted = Fact::fixed("a valid signature");
            checks.note(&ACCESS_TOKEN_SIGNATURE, verified.is_ok(), wanted, got);
        }
    }
    let Expectation { server, client_id, now, .. } = expectation;
    checks.equal(&ACCESS_TOKEN_ISS, Fact::public(&server.issuer), Fact::public(&claims.iss));
    check_audience(&claims, expectation.resources, checks);
    checks.equal(&ACCESS_TOKEN_CLIENT, Fact::public(client_id), Fact::public(&claims.client_id));
    let alive = claims.exp.saturating_add(LEEWAY) > now.secs();
    let after = Fact::public(format!("after {}", seconds(now.secs())));
    checks.note(&ACCESS_TOKEN_EXP, alive, after, Fact::public(seconds(claims.exp)));
    Some(claims)
}

/// Whether it says that it is bound to the key that was proven, if one was.
pub(super) fn check_key(claims: &AccessTokenClaims, jkt: Option<&str>, checks: &mut Checks) {
    match jkt {
        None => checks.skip(&ACCESS_TOKEN_KEY, "no key was proven"),
        Some(jkt) => {
            let got = claims.cnf.as_ref().and_then(|cnf| cnf.jkt.as_ref());
            checks.equal(&ACCESS_TOKEN_KEY, Fact::public(jkt), Fact::optional(got));
        }
    }
}

fn check_audience(claims: &AccessTokenClaims, wanted: &[String], checks: &mut Checks) {
    if wanted.is_empty() {
        checks.skip(&ACCESS_TOKEN_AUD, "no API was named");
        return;
    }
    let audiences = claims.aud.as_slice();
    let named = |resource: &String| match ResourceUri::parse(resource) {
        Ok(uri) => audiences.iter().any(|aud| uri.is_same(aud)),
        Err(_) => audiences.contains(resource),
    };
    let holds = wanted.iter().all(named);
    checks.note(&ACCESS_TOKEN_AUD, holds, Fact::any_of(wanted), Fact::any_of(audiences));
}
