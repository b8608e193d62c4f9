//! Spoiled proofs: one row, one thing that is wrong with a good proof (RFC 9449 §4.2, §4.3, §11.1).

use serde_json::json;

use super::super::{Check, Group, Run, Seeded, Text};
use super::spoiled::{At, Spoiled, try_all};
use crate::audit::finding::{Confidence, Need, Severity};
use crate::protocol::Secret;
use crate::protocol::forge::{Genuine, spellings_of};
use crate::protocol::jose::KeyError;

const NEEDS: &[Need] = &[Need::MachineClient, Need::PublicClient, Need::User, Need::Api];
const SHOWN: &str =
    "The token endpoint gave a token, or the API served a request, for such a proof.";

/// One row.
const fn row(
    (id, title, severity): (&'static str, &'static str, Severity),
    references: &'static [&'static str],
    (does, why, fix): (&'static str, &'static str, &'static str),
    run: Run,
) -> Check {
    Check {
        id,
        group: Group::Dpop,
        title,
        severity,
        confidence: Confidence::High,
        needs: NEEDS,
        references,
        text: Text { does, why, shown: SHOWN, fix },
        dominates: &[],
        seeded: Seeded::Weakness,
        run,
    }
}

pub(in crate::audit::check) static DPOP_ALG: Check = row(
    ("dpop-alg", "A DPoP proof without an asymmetric signature is accepted", Severity::Critical),
    &["RFC 9449 §4.2", "RFC 9449 §4.3"],
    (
        "Sends proofs with the algorithm none, and with HS256 under the public key and under a key that the proof brings.",
        "Such a proof can be made by anybody who saw a good one: the public key stands in it.",
        "Accept the asymmetric algorithms that the metadata names and no others.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, UNSIGNED)),
);

const UNSIGNED: &[Spoiled] = &[
    Spoiled { what: "alg none", spoil: |_, good| one(Ok(good.unsigned("none"))) },
    Spoiled {
        what: "HS256 with the public key",
        spoil: |with, good| {
            let key = spellings_of(with.key.jwk()).into_iter().next().unwrap_or_default();
            one(Ok(good.hmac(&key)))
        },
    },
    Spoiled {
        what: "HS256 with a key that the proof brings",
        spoil: |_, good| {
            let jwk = json!({ "kty": "oct", "k": "YSBrZXkgdGhhdCBzdGFuZHMgaW4gdGhlIGhlYWRlcg" });
            one(Ok(good.with_header("jwk", jwk).hmac(b"a key that stands in the header")))
        },
    },
];

pub(in crate::audit::check) static DPOP_ATH: Check = Check {
    needs: &[Need::PublicClient, Need::User, Need::Api],
    ..row(
        ("dpop-ath", "A DPoP proof for another access token is accepted", Severity::High),
        &["RFC 9449 §4.3", "RFC 9449 §7"],
        (
            "Calls the API with a bound token and proofs without ath, and with the hash of another token.",
            "A proof that was made for one token, or for the token endpoint, serves a stolen one.",
            "Compare ath with the SHA-256 of the token that came with the proof, and refuse a proof without it.",
        ),
        |probe, evidence| Box::pin(try_all(probe, evidence, At::Api, UNTIED)),
    )
};

const UNTIED: &[Spoiled] = &[
    Spoiled {
        what: "a proof without ath",
        spoil: |with, good| one(good.without_claim("ath").signed_by(with.key)),
    },
    Spoiled {
        what: "a proof with the hash of another token",
        spoil: |with, good| {
            let hash = crate::protocol::dpop::token_hash(&Secret::new("another token"));
            one(good.with_claim("ath", hash).signed_by(with.key))
        },
    },
];

pub(in crate::audit::check) static DPOP_HTM_HTU: Check = row(
    ("dpop-htm-htu", "A DPoP proof for another request is accepted", Severity::High),
    &["RFC 9449 §4.3"],
    (
        "Sends proofs for another method, another path, and another host.",
        "Who is shown a proof, or finds one in a log, uses it where it was never meant to be used.",
        "Compare htm with the method and htu with the URI of the request, without query and fragment.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, ELSEWHERE)),
);

const ELSEWHERE: &[Spoiled] = &[
    Spoiled {
        what: "htm PUT",
        spoil: |with, good| one(good.with_claim("htm", "PUT").signed_by(with.key)),
    },
    Spoiled {
        what: "the htu of another path",
        spoil: |with, good| {
            let htu = format!("{}/other", good.claim("htu").unwrap_or_default());
            one(good.with_claim("htu", htu).signed_by(with.key))
        },
    },
    Spoiled {
        what: "the htu of another host",
        spoil: |with, good| {
            let htu = good.claim("htu").unwrap_or_default();
            let path = htu.splitn(4, '/').nth(3).unwrap_or_default();
            let htu = format!("https://attacker.example/{path}");
            one(good.with_claim("htu", htu).signed_by(with.key))
        },
    },
];

pub(in crate::audit::check) static DPOP_IAT: Check = row(
    ("dpop-iat", "A DPoP proof of another hour is accepted", Severity::Medium),
    &["RFC 9449 §4.3", "RFC 9449 §11.1"],
    (
        "Sends proofs that say that they were made an hour ago, and in an hour.",
        "Who holds the key for a moment makes proofs for later, and old ones in logs stay good.",
        "Refuse proofs whose iat is more than a minute or so away from the server's clock.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, UNTIMELY)),
);

const HOUR: u64 = 3600;

const UNTIMELY: &[Spoiled] = &[
    Spoiled {
        what: "a proof that is an hour old",
        spoil: |with, good| one(good.with_claim("iat", with.now - HOUR).signed_by(with.key)),
    },
    Spoiled {
        what: "a proof from the next hour",
        spoil: |with, good| one(good.with_claim("iat", with.now + HOUR).signed_by(with.key)),
    },
];

pub(in crate::audit::check) static DPOP_JTI_REPLAY: Check = row(
    ("dpop-jti-replay", "A DPoP proof is accepted twice", Severity::Medium),
    &["RFC 9449 §11.1"],
    (
        "Sends a proof again that was just accepted, with the same request.",
        "Who sees a request with its proof, at a proxy or in a log, repeats it.",
        "Remember the jti of each proof, with its key and URI, for as long as its iat would be accepted.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, AGAIN)),
);

const AGAIN: &[Spoiled] =
    &[Spoiled { what: "the same proof again", spoil: |with, _| Ok(vec![with.used.clone()]) }];

pub(in crate::audit::check) static DPOP_MULTIPLE: Check = row(
    ("dpop-multiple", "Two DPoP proofs in one request are accepted", Severity::Medium),
    &["RFC 9449 §4.3"],
    (
        "Sends two good proofs of one key in one request.",
        "Two parts of a server may look at different ones: then the key that was checked is not the key that counts.",
        "Refuse requests with more than one DPoP header field.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, TWICE)),
);

const TWICE: &[Spoiled] = &[Spoiled {
    what: "two proofs",
    spoil: |with, good| {
        let first = good.signed_by(with.key)?;
        let jti = format!("{}-second", good.claim("jti").unwrap_or_default());
        Ok(vec![first, good.with_claim("jti", jti).signed_by(with.key)?])
    },
}];

pub(in crate::audit::check) static DPOP_PRIVATE_JWK: Check = row(
    ("dpop-private-jwk", "A DPoP proof that shows a private key is accepted", Severity::Low),
    &["RFC 9449 §4.3"],
    (
        "Sends proofs whose jwk has a private member.",
        "A client that gives its key away proves nothing with it; the sooner it hears of that, the better.",
        "Refuse proofs whose jwk has d or another private member.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, SHOWING)),
);

const SHOWING: &[Spoiled] = &[Spoiled {
    what: "a private member in jwk",
    spoil: |with, good| {
        let mut jwk = serde_json::to_value(with.key.jwk()).unwrap_or_default();
        // Not the real one: whether it is looked at is what counts.
        if let Some(members) = jwk.as_object_mut() {
            members.insert("d".to_owned(), json!("bm90IHRoZSByZWFsIHByaXZhdGUga2V5"));
        }
        one(good.with_header("jwk", jwk).signed_by(with.key))
    },
}];

pub(in crate::audit::check) static DPOP_SIGNATURE: Check = row(
    ("dpop-signature", "A DPoP proof with a wrong signature is accepted", Severity::Critical),
    &["RFC 9449 §4.3"],
    (
        "Changes the signature of a good proof, and signs a proof that has the right public key with another key.",
        "The public key stands in every proof: whoever saw one could prove to hold the key.",
        "Verify the signature with the public key in the jwk header parameter, and refuse the proof when that fails.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, MIS_SIGNED)),
);

const MIS_SIGNED: &[Spoiled] = &[
    Spoiled {
        what: "a changed signature",
        spoil: |with, good| {
            let written_anew = Genuine::of(&good.signed_by(with.key)?);
            one(Ok(written_anew.unwrap_or(good).with_flipped_signature()))
        },
    },
    Spoiled {
        what: "the signature of another key",
        spoil: |with, good| one(good.signed_by(with.stranger)),
    },
];

pub(in crate::audit::check) static DPOP_TYP: Check = row(
    ("dpop-typ", "A JWT of another type is accepted as a DPoP proof", Severity::Medium),
    &["RFC 9449 §4.2", "RFC 9449 §4.3"],
    (
        "Sends proofs whose typ is JWT, and without typ.",
        "A JWT that the client signed for another purpose could pass as a proof.",
        "Refuse proofs whose typ is not dpop+jwt.",
    ),
    |probe, evidence| Box::pin(try_all(probe, evidence, At::Both, MISTYPED)),
);

const MISTYPED: &[Spoiled] = &[
    Spoiled {
        what: "typ JWT",
        spoil: |with, good| one(good.with_header("typ", "JWT").signed_by(with.key)),
    },
    Spoiled {
        what: "no typ",
        spoil: |with, good| one(good.without_header("typ").signed_by(with.key)),
    },
];

fn one(proof: Result<Secret, KeyError>) -> Result<Vec<Secret>, KeyError> {
    Ok(vec![proof?])
}

#[cfg(test)]
mod tests {
    use super::super::spoiled::Workshop;
    use super::*;
    use crate::protocol::Algorithm;
    use crate::protocol::dpop::{Proof, ProofClaims, prove};
    use crate::protocol::jose::SigningKey;

    /// What is wrong with each row shows at the first look, or in the one claim that was changed.
    #[test]
    fn no_spoiled_proof_is_a_good_one() {
        let [key, stranger] = [0, 1].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
        let claims = ProofClaims {
            jti: "1".to_owned(),
            htm: "POST".to_owned(),
            htu: "https://a.example/token".to_owned(),
            iat: 1_800_000_000,
            ath: Some("hash".to_owned()),
            nonce: None,
        };
        let good = prove(&key, &claims).unwrap();
        let with = Workshop { key: &key, stranger: &stranger, now: claims.iat, used: &good };
        let spoiled = |way: &Spoiled| (way.spoil)(&with, Genuine::of(&good).unwrap()).unwrap();
        for way in UNSIGNED.iter().chain(MISTYPED).chain(SHOWING) {
            assert!(Proof::parse(spoiled(way)[0].expose()).is_err(), "{}", way.what);
        }
        for way in MIS_SIGNED {
            let proofs = spoiled(way);
            let proof = Proof::parse(proofs[0].expose()).unwrap();
            assert!(proof.claims == claims && !proof.verifies(), "{}", way.what);
            assert_eq!(proof.thumbprint(), key.jwk().thumbprint());
        }
        for way in UNTIED.iter().chain(ELSEWHERE).chain(UNTIMELY) {
            let proofs = spoiled(way);
            let proof = Proof::parse(proofs[0].expose()).unwrap();
            assert!(proof.claims != claims && proof.verifies(), "{}", way.what);
        }
        let twice = spoiled(&TWICE[0]);
        assert!(twice.iter().all(|proof| Proof::parse(proof.expose()).unwrap().verifies()));
        assert_eq!(twice.len(), 2);
        assert_eq!(spoiled(&AGAIN[0]), std::slice::from_ref(&good));
    }

    #[test]
    fn the_htu_of_another_host_keeps_its_path() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let with = Workshop { key: &key, stranger: &key, now: HOUR, used: &Secret::default() };
        let good = key.sign("dpop+jwt", &json!({ "htu": "https://a.example:1/x/token" })).unwrap();
        let proofs = (ELSEWHERE[2].spoil)(&with, Genuine::of(&good).unwrap()).unwrap();
        let htu = Genuine::of(&proofs[0]).unwrap();
        assert_eq!(htu.claim("htu"), Some("https://attacker.example/x/token"));
    }
}
