//! How a spoiled proof is tried: at the token endpoint and at the API, each beside a good proof.

use crate::audit::evidence::{Evidence, is_bound};
use crate::audit::finding::{Bracket, Judgement, Outcome};
use crate::audit::probe::{Probe, Request, Trouble, for_itself};
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;
use crate::protocol::jose::{KeyError, SigningKey};

/// One way to spoil a good proof.
pub(super) struct Spoiled {
    /// In words.
    pub(super) what: &'static str,
    /// Makes the values of the `DPoP` headers.
    pub(super) spoil: fn(&Workshop<'_>, Genuine) -> Result<Vec<Secret>, KeyError>,
}

/// What spoiled proofs are made with.
pub(super) struct Workshop<'a> {
    /// The key of the good proof.
    pub(super) key: &'a SigningKey,
    /// Another one.
    pub(super) stranger: &'a SigningKey,
    /// The audit's time, in seconds.
    pub(super) now: u64,
    /// A good proof that was sent before.
    pub(super) used: &'a Secret,
}

/// Where a spoiled proof is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// At the token endpoint and at the API.
    Both,
    /// At the API: the fault is about the access token.
    Api,
}

const EXPECTED: &str = "an error, such as invalid_dpop_proof, and nothing else";

pub(super) async fn try_all(
    probe: &Probe,
    evidence: &Evidence,
    at: At,
    ways: &[Spoiled],
) -> Result<Judgement, Trouble> {
    if evidence.proof_algorithm().is_none() {
        return Ok(Judgement::not_applicable("the server does not offer DPoP"));
    }
    let mut bracket = Bracket::new(EXPECTED);
    if at == At::Both {
        at_token(probe, evidence, ways, &mut bracket).await?;
    }
    // What was accepted at the token endpoint needs no second witness.
    if bracket.probes.iter().all(|tried| !tried.outcome.is_accepted()) {
        at_api(probe, evidence, ways, &mut bracket).await?;
    }
    Ok(bracket.judge())
}

async fn at_token(
    probe: &Probe,
    evidence: &Evidence,
    ways: &[Spoiled],
    bracket: &mut Bracket,
) -> Result<(), Trouble> {
    let (endpoints, client) = (&evidence.endpoints, evidence.machine()?);
    let params = for_itself(&evidence.machine_scope(client));
    let [key, stranger] = two_keys(probe, evidence)?;
    let used = Used::default();
    probe.step("control");
    let prove = |request: &Request| Ok(vec![used.keep(probe.proof(&key, request, None)?)]);
    let credentials = Some(&client.credentials);
    let answer = probe.token_with_proofs(endpoints, credentials, &params, prove).await?;
    let outcome = match answer.tokens() {
        Some(tokens) if !is_bound(&tokens, &key) => {
            Outcome::Unclear("the token is not bound to the key of the proof".to_owned())
        }
        _ => answer.token_outcome(),
    };
    bracket.control("a good proof at the token endpoint", outcome);
    probe.step("probe");
    for way in ways {
        let prove = |request: &Request| {
            let good = probe.proof(&key, request, None)?;
            spoiled(way, (&key, &stranger), (probe.now().secs(), &used.get()), &good)
        };
        let answer = probe.token_with_proofs(endpoints, credentials, &params, prove).await?;
        bracket.probe(format!("{} at the token endpoint", way.what), answer.token_outcome());
    }
    Ok(())
}

async fn at_api(
    probe: &Probe,
    evidence: &Evidence,
    ways: &[Spoiled],
    bracket: &mut Bracket,
) -> Result<(), Trouble> {
    let (api, bound) = (evidence.api()?, evidence.bound(probe).await?);
    let token = bound.token();
    let [_, stranger] = two_keys(probe, evidence)?;
    let used = Used::default();
    probe.step("control");
    let prove =
        |request: &Request| Ok(vec![used.keep(probe.proof(&bound.key, request, Some(token))?)]);
    let answer = probe.call_with_proofs(api, token, prove).await?;
    bracket.control("a good proof at the API", answer.access_outcome());
    probe.step("probe");
    for way in ways {
        let prove = |request: &Request| {
            let good = probe.proof(&bound.key, request, Some(token))?;
            spoiled(way, (&bound.key, &stranger), (probe.now().secs(), &used.get()), &good)
        };
        let answer = probe.call_with_proofs(api, token, prove).await?;
        bracket.probe(format!("{} at the API", way.what), answer.access_outcome());
    }
    Ok(())
}

fn two_keys(probe: &Probe, evidence: &Evidence) -> Result<[SigningKey; 2], Trouble> {
    let none = || Trouble::Basis("no proof can be made".to_owned());
    let algorithm = evidence.proof_algorithm().ok_or_else(none)?;
    Ok([probe.proof_key(algorithm)?, probe.proof_key(algorithm)?])
}

fn spoiled(
    way: &Spoiled,
    (key, stranger): (&SigningKey, &SigningKey),
    (now, used): (u64, &Secret),
    good: &Secret,
) -> Result<Vec<Secret>, Trouble> {
    let unreadable = || Trouble::Basis("a proof cannot be read".to_owned());
    let workshop = Workshop { key, stranger, now, used };
    Ok((way.spoil)(&workshop, Genuine::of(good).ok_or_else(unreadable)?)?)
}

/// The last good proof that was sent.
#[derive(Default)]
struct Used(std::sync::Mutex<Secret>);

impl Used {
    fn keep(&self, proof: Secret) -> Secret {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = proof.clone();
        proof
    }

    fn get(&self) -> Secret {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
