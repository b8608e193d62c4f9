//! A signed authorization response (JARM §2): every parameter stands in one JWT of the server that
//! was asked, and nothing beside it is read. Its keys are those of that server, and are fetched only
//! once the JWT names it (JARM §2.4, §5.1).

use super::authorization_response::Keyring;
use super::caller::Caller;
use super::check::{Checks, Criterion};
use super::code::CodeFlow;
use super::error::ClientError;
use super::id_token::criteria;
use super::verify::{LEEWAY, announced, seconds};
use crate::protocol::jose::Jws;
use crate::protocol::{Algorithm, Form, SignedResponse};
use crate::rule::Fact;

criteria! {
    /// The answer is signed.
    RESPONSE_JWT = "response.jwt", "the answer is one JWT with iss, aud and exp, as was asked for",
        "JARM §2.1, §2.3", "an answer without a signature can be written by anybody who can send the browser somewhere";
    /// It comes from the server that was asked.
    RESPONSE_JWT_ISS = "response.jwt_iss", "its iss is the issuer that was asked, byte for byte",
        "JARM §2.4", "a code of one server could be sent to another one (mix-up)";
    /// It is for this client.
    RESPONSE_JWT_AUD = "response.jwt_aud", "its aud is this client",
        "JARM §2.4", "an answer to another client could be replayed here";
    /// It has not expired.
    RESPONSE_JWT_EXP = "response.jwt_exp", "it has not expired",
        "JARM §2.4", "an answer that was kept could be brought again later";
    /// Its algorithm is an announced one.
    RESPONSE_JWT_ALG = "response.jwt_alg", "it is signed with an algorithm that the server announced, never none",
        "JARM §2.2, §3", "an answer without a signature, or with one of another kind, can be written by anybody";
    /// Its signature verifies.
    RESPONSE_JWT_SIGNATURE = "response.jwt_signature", "its signature verifies with a key that the issuer publishes",
        "JARM §2.4", "code and state could have been swapped on the way through the browser";
}

/// The checks after the first one.
const INSIDE: [&Criterion; 5] = [
    &RESPONSE_JWT_ISS,
    &RESPONSE_JWT_AUD,
    &RESPONSE_JWT_EXP,
    &RESPONSE_JWT_ALG,
    &RESPONSE_JWT_SIGNATURE,
];

impl CodeFlow {
    /// Judges the JWT of an answer; gives the parameters in it. Without one, those beside it, so
    /// that they can be told: the first check is broken then.
    pub(super) async fn check_signed(
        &self,
        caller: Caller<'_>,
        answer: &Form,
        keyring: Keyring<'_>,
        checks: &mut Checks,
    ) -> Result<Form, ClientError> {
        let token = answer.get("response");
        let jws = token.and_then(|token| Jws::decode(token).ok());
        let read = jws.and_then(|jws| SignedResponse::parse(jws.payload()).map(|read| (jws, read)));
        let read = read.filter(|(_, read)| !read.aud.is_none() && read.exp.is_some());
        let got = match (token, &read) {
            (None, _) => Fact::fixed("parameters without a signature"),
            (Some(_), None) => Fact::fixed("something else"),
            (Some(_), Some(_)) => Fact::fixed("such a JWT"),
        };
        checks.note(&RESPONSE_JWT, read.is_some(), Fact::fixed("such a JWT"), got);
        let Some((jws, read)) = read else {
            for criterion in INSIDE {
                checks.skip(criterion, "there is no JWT to look at");
            }
            return Ok(answer.clone());
        };
        self.check_claims(&read, keyring, checks);
        let expected = announced(&self.response_algs);
        let alg = Algorithm::parse(&jws.header.alg).filter(|alg| expected.contains(alg));
        let got = Fact::public(&jws.header.alg);
        checks.note(&RESPONSE_JWT_ALG, alg.is_some(), Fact::any_of(&expected), got);
        if checks.broken().is_some() {
            checks.skip(&RESPONSE_JWT_SIGNATURE, "no key is fetched for an answer that is refused");
        } else {
            let verified = match keyring.keys {
                None => Err("the server publishes no keys".to_owned()),
                Some(keys) => jws
                    .verify(&*keys.for_token_by(caller, &jws.header).await?, &expected)
                    .map_err(|error| error.to_string()),
            };
            let valid = Fact::fixed("a valid signature");
            let got = verified.as_ref().map_or_else(Fact::public, |()| valid.clone());
            checks.note(&RESPONSE_JWT_SIGNATURE, verified.is_ok(), valid, got);
        }
        Ok(read.parameters)
    }

    fn check_claims(&self, read: &SignedResponse, keyring: Keyring<'_>, checks: &mut Checks) {
        let iss = Fact::optional(read.iss.as_ref());
        checks.equal(&RESPONSE_JWT_ISS, Fact::public(&self.issuer), iss);
        let client = &self.settings.credentials.client_id;
        let audiences = read.aud.as_slice();
        let for_us = audiences.contains(client);
        checks.note(&RESPONSE_JWT_AUD, for_us, Fact::public(client), Fact::any_of(audiences));
        let now = keyring.now.secs();
        let exp = read.exp.unwrap_or_default();
        let after = Fact::public(format!("after {}", seconds(now)));
        let alive = exp.saturating_add(LEEWAY) > now;
        checks.note(&RESPONSE_JWT_EXP, alive, after, Fact::public(seconds(exp)));
    }
}
