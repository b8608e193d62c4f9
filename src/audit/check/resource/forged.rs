//! Forged access tokens at the API: one row, one thing that is wrong with a genuine token
//! (RFC 8725 §3.1, §3.2, §3.3, §3.10; RFC 9068 §4).

use super::super::{Check, Group, Run, Running, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::forge::{Genuine, spellings_of};
use crate::protocol::jose::{JwkSet, KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};

const SHOWN: &str = "The API served a request with the forged token.";

/// One row.
const fn row(
    (id, title): (&'static str, &'static str),
    references: &'static [&'static str],
    (does, why, fix): (&'static str, &'static str, &'static str),
    run: Run,
) -> Check {
    Check {
        id,
        group: Group::Resource,
        title,
        severity: Severity::Critical,
        confidence: Confidence::High,
        needs: &[Need::PublicClient, Need::User, Need::Api],
        references,
        text: Text { does, why, shown: SHOWN, fix },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(in crate::audit::check) static RS_ALG_CONFUSION: Check = row(
    ("rs-alg-confusion", "A token signed with HS256 and the public key is accepted"),
    &["RFC 8725 §3.1", "RFC 9068 §4"],
    (
        "Signs the claims of a good token with HS256, using each public key of the key set, in every usual spelling, as the secret.",
        "The public key is public: anybody can make tokens for any user.",
        "Decide by configuration, not by the token, which algorithms and which kind of key are acceptable.",
    ),
    |probe, evidence| run(probe, evidence, confused),
);

pub(in crate::audit::check) static RS_ALG_NONE: Check = row(
    ("rs-alg-none", "A token without a signature is accepted"),
    &["RFC 8725 §3.2", "RFC 9068 §4"],
    (
        "Removes the signature of a good token and names the algorithm none, in several spellings.",
        "Anybody can make tokens for any user.",
        "Accept the algorithms that the issuer uses and no others; none is never one of them, however it is spelled.",
    ),
    |probe, evidence| run(probe, evidence, unsigned),
);

pub(in crate::audit::check) static RS_HEADER_KEY: Check = row(
    ("rs-header-key", "A token that brings its own key is accepted"),
    &["RFC 8725 §3.10", "RFC 9068 §4"],
    (
        "Signs the claims of a good token with a new key and puts that key into the header as jwk.",
        "The forger chooses the key that the API verifies with: anybody can make tokens for any user.",
        "Take keys from the issuer's key set only; ignore jwk, jku, x5u and x5c in the header.",
    ),
    |probe, evidence| run(probe, evidence, bringing),
);

pub(in crate::audit::check) static RS_SIGNATURE: Check = row(
    ("rs-signature", "A token with a wrong signature is accepted"),
    &["RFC 8725 §3.3", "RFC 9068 §4"],
    (
        "Changes the claims of a good token under its old signature, shortens and drops the signature, and signs with a foreign key under the right key id.",
        "Anybody can make tokens for any user.",
        "Verify the signature of every token with the issuer's keys, and refuse the token when that fails for any reason.",
    ),
    |probe, evidence| run(probe, evidence, mis_signed),
);

type Forgeries = Vec<(String, Secret)>;
type Forge = fn(&Genuine, &JwkSet) -> Result<Forgeries, KeyError>;

#[expect(clippy::unnecessary_wraps, reason = "a row of the table")]
fn unsigned(genuine: &Genuine, _: &JwkSet) -> Result<Forgeries, KeyError> {
    let mut forged: Forgeries = ["none", "None", "NONE", "nOnE"]
        .map(|alg| (format!("alg {alg} without a signature"), genuine.unsigned(alg)))
        .into();
    forged.push(("alg none with the old signature".to_owned(), genuine.unsigned_but_kept("none")));
    Ok(forged)
}

fn mis_signed(genuine: &Genuine, _: &JwkSet) -> Result<Forgeries, KeyError> {
    let stranger = SigningKey::generate(Algorithm::Es256)?;
    let changed = genuine.clone().with_claim("jti", "changed by the audit");
    Ok(vec![
        ("changed claims".to_owned(), changed.with_old_signature()),
        ("a shortened signature".to_owned(), genuine.with_shortened_signature()),
        ("no signature".to_owned(), genuine.without_signature()),
        ("a foreign key under the right kid".to_owned(), genuine.signed_by(&stranger)?),
    ])
}

fn bringing(genuine: &Genuine, _: &JwkSet) -> Result<Forgeries, KeyError> {
    let stranger = SigningKey::generate(Algorithm::Es256)?;
    Ok(vec![("a key in the header".to_owned(), genuine.bringing(&stranger)?)])
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table")]
fn confused(genuine: &Genuine, keys: &JwkSet) -> Result<Forgeries, KeyError> {
    let spellings = keys.keys.iter().take(MAX_KEYS).flat_map(spellings_of);
    let forged = spellings.enumerate().map(|(at, spelling)| {
        (format!("HS256 with spelling {} of a public key", at + 1), genuine.hmac(&spelling))
    });
    Ok(forged.collect())
}

const MAX_KEYS: usize = 4;

fn run<'a>(probe: &'a Probe, evidence: &'a Evidence, forge: Forge) -> Running<'a> {
    Box::pin(try_forgeries(probe, evidence, forge))
}

async fn try_forgeries(
    probe: &Probe,
    evidence: &Evidence,
    forge: Forge,
) -> Result<Judgement, Trouble> {
    let Some(control) = &evidence.controls.api else {
        return Ok(Judgement::inconclusive("401 for forged tokens", "there is no good token"));
    };
    let Some(genuine) = Genuine::of(&control.grant()?.tokens.access_token) else {
        return Ok(Judgement::not_applicable("access tokens are opaque"));
    };
    let forged =
        forge(&genuine, &evidence.keys()).map_err(|error| Trouble::Basis(error.to_string()))?;
    let api = evidence.api()?;
    let mut bracket = Bracket::new("401 invalid_token");
    bracket.controls.push(evidence.controls.of_api());
    probe.step("probe");
    for (what, token) in forged {
        let answer = probe.call(api, Some(&token)).await?;
        bracket.probe(what, answer.access_outcome());
    }
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::jose::Jws;

    #[test]
    fn no_forgery_verifies() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let keys = JwkSet { keys: vec![key.jwk().clone()] };
        let token = key.sign("at+jwt", &json!({ "sub": "alice", "jti": "1" })).unwrap();
        let genuine = Genuine::of(&token).unwrap();
        for forge in [unsigned, mis_signed, bringing, confused] {
            let forged = forge(&genuine, &keys).unwrap();
            assert!(!forged.is_empty());
            for (what, token) in forged {
                let jws = Jws::decode(token.expose()).unwrap();
                assert!(jws.verify(&keys, Algorithm::ALL).is_err(), "{what}");
            }
        }
    }
}
