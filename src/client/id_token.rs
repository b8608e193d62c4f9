//! The ID token (OpenID Connect Core §2): who logged in, where, when, for whom, and with which
//! access token.

use super::check::{Checks, Criterion};
use super::verify::{Expectation, Keys, LEEWAY, announced, seconds};
use crate::protocol::jose::{Jws, half_hash};
use crate::protocol::{Algorithm, IdTokenClaims, Secret};
use crate::rule::Fact;

macro_rules! criteria {
    ($($(#[$meta:meta])* $name:ident = $id:literal, $title:literal, $spec:literal, $stops:literal;)+) => {
        $($(#[$meta])* pub const $name: Criterion =
            Criterion { id: $id, title: $title, spec: $spec, stops: $stops };)+
    };
}
pub(super) use criteria;

criteria! {
    /// An ID token is there.
    ID_TOKEN_PRESENT = "id_token.present", "an ID token came, as openid was asked for",
        "OpenID Connect Core §3.1.3.3", "without it nobody is known to have logged in";
    /// It can be read.
    ID_TOKEN_CLAIMS = "id_token.claims", "the ID token is a JWT with iss, sub, aud, exp and iat",
        "OpenID Connect Core §2", "what cannot be read proves nothing";
    /// Its algorithm is an announced one.
    ID_TOKEN_ALG = "id_token.alg", "it is signed with an algorithm that the server announced",
        "OpenID Connect Core §3.1.3.7", "a token without a signature, or with one of another kind, can be written by anybody";
    /// Its signature verifies.
    ID_TOKEN_SIGNATURE = "id_token.signature", "its signature verifies with a key that the issuer publishes",
        "OpenID Connect Core §3.1.3.7", "a token that anybody can write would log anybody in";
    /// It comes from the issuer.
    ID_TOKEN_ISS = "id_token.iss", "iss is the issuer that was asked, byte for byte",
        "OpenID Connect Core §3.1.3.7", "another issuer's users are not this issuer's users";
    /// It is for this client.
    ID_TOKEN_AUD = "id_token.aud", "aud contains this client",
        "OpenID Connect Core §3.1.3.7", "a token that was issued to another client could be replayed here";
    /// The authorized party is this client.
    ID_TOKEN_AZP = "id_token.azp", "azp, where there is one or several audiences, is this client",
        "OpenID Connect Core §3.1.3.7", "a token for many audiences could have been issued to another of them";
    /// It has not expired.
    ID_TOKEN_EXP = "id_token.exp", "it has not expired",
        "OpenID Connect Core §3.1.3.7", "an old login would count as a new one";
    /// It was not issued in the future.
    ID_TOKEN_IAT = "id_token.iat", "it was not issued in the future",
        "OpenID Connect Core §3.1.3.7", "one of the two clocks is wrong: no time in the token can be trusted";
    /// It answers our request.
    ID_TOKEN_NONCE = "id_token.nonce", "nonce is the one that was sent",
        "OpenID Connect Core §3.1.3.7", "a token of an earlier login could be injected into this one";
    /// It belongs to the access token.
    ID_TOKEN_AT_HASH = "id_token.at_hash", "at_hash is that of the access token beside it",
        "OpenID Connect Core §3.1.3.8", "the access token could have been swapped for another user's";
}

/// What binds an ID token to its flow.
pub(super) struct Bound<'a> {
    pub(super) access_token: &'a Secret,
    pub(super) expectation: &'a Expectation<'a>,
}

/// No ID token came.
pub(super) fn absent(wanted: bool, checks: &mut Checks) {
    if wanted {
        checks.note(&ID_TOKEN_PRESENT, false, Fact::fixed("an ID token"), Fact::Absent);
    } else {
        checks.skip(&ID_TOKEN_PRESENT, "openid was not asked for");
    }
}

pub(super) fn check(
    token: &Secret,
    keys: &Keys,
    bound: &Bound<'_>,
    checks: &mut Checks,
) -> Option<IdTokenClaims> {
    let read = Jws::decode(token.expose());
    let read = read.and_then(|jws| jws.claims::<IdTokenClaims>().map(|claims| (jws, claims)));
    let got = read.as_ref().map_or_else(Fact::public, |_| Fact::fixed("such a JWT"));
    checks.note(&ID_TOKEN_CLAIMS, read.is_ok(), Fact::fixed("such a JWT"), got);
    let (jws, claims) = read.ok()?;
    check_signature(&jws, keys, bound, checks);
    check_parties(&claims, bound, checks);
    check_times(&claims, bound, checks);
    check_binding(&claims, &jws, bound, checks);
    Some(claims)
}

fn check_signature(jws: &Jws<'_>, keys: &Keys, bound: &Bound<'_>, checks: &mut Checks) {
    let metadata = &bound.expectation.server.metadata;
    let expected = announced(&metadata.id_token_signing_alg_values_supported);
    let alg = Algorithm::parse(&jws.header.alg).filter(|alg| expected.contains(alg));
    let got = Fact::public(&jws.header.alg);
    checks.note(&ID_TOKEN_ALG, alg.is_some(), Fact::any_of(&expected), got);
    match keys {
        Keys::None => checks.skip(&ID_TOKEN_SIGNATURE, "the server publishes no keys"),
        Keys::Published(keys) => {
            let verified = jws.verify(keys, &expected);
            let got = verified.map_or_else(Fact::public, |()| Fact::fixed("a valid signature"));
            let wanted = Fact::fixed("a valid signature");
            checks.note(&ID_TOKEN_SIGNATURE, verified.is_ok(), wanted, got);
        }
    }
}

fn check_parties(claims: &IdTokenClaims, bound: &Bound<'_>, checks: &mut Checks) {
    let Expectation { server, client_id, .. } = bound.expectation;
    checks.equal(&ID_TOKEN_ISS, Fact::public(&server.issuer), Fact::public(&claims.iss));
    let audiences = claims.aud.as_slice();
    let for_us = audiences.iter().any(|aud| aud == client_id);
    checks.note(&ID_TOKEN_AUD, for_us, Fact::public(client_id), Fact::any_of(audiences));
    if claims.azp.is_none() && audiences.len() < 2 {
        checks.skip(&ID_TOKEN_AZP, "there is one audience and no azp");
    } else {
        checks.equal(&ID_TOKEN_AZP, Fact::public(client_id), Fact::optional(claims.azp.as_ref()));
    }
}

fn check_times(claims: &IdTokenClaims, bound: &Bound<'_>, checks: &mut Checks) {
    let now = bound.expectation.now.secs();
    let alive = claims.exp.saturating_add(LEEWAY) > now;
    let after = Fact::public(format!("after {}", seconds(now)));
    checks.note(&ID_TOKEN_EXP, alive, after, Fact::public(seconds(claims.exp)));
    let past = claims.iat <= now.saturating_add(LEEWAY);
    let before = Fact::public(format!("not after {}", seconds(now)));
    checks.note(&ID_TOKEN_IAT, past, before, Fact::public(seconds(claims.iat)));
}

fn check_binding(claims: &IdTokenClaims, jws: &Jws<'_>, bound: &Bound<'_>, checks: &mut Checks) {
    match bound.expectation.nonce {
        None => checks.skip(&ID_TOKEN_NONCE, "no nonce was sent"),
        Some(nonce) => {
            let got = claims.nonce.as_deref().map(Secret::new);
            checks.equal(&ID_TOKEN_NONCE, Fact::secret(Some(nonce)), Fact::secret(got.as_ref()));
        }
    }
    match (&claims.at_hash, Algorithm::parse(&jws.header.alg)) {
        (None, _) => {
            checks.skip(&ID_TOKEN_AT_HASH, "there is none; the code flow may leave it out");
        }
        (Some(_), None) => {
            checks.skip(&ID_TOKEN_AT_HASH, "its hash follows from an unknown algorithm");
        }
        (Some(got), Some(alg)) => {
            let expected = half_hash(bound.access_token.expose(), alg);
            checks.equal(&ID_TOKEN_AT_HASH, Fact::public(expected), Fact::public(got));
        }
    }
}
