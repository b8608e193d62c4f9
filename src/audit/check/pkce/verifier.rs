//! Which verifiers redeem a code (RFC 7636 §4.6): a table of wrong ones.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Trouble, redemption};

/// A wrong verifier.
#[derive(Clone, Copy)]
enum Wrong {
    /// A random one.
    Random,
    /// None at all.
    Missing,
    /// An empty one.
    Empty,
    /// The challenge itself.
    Challenge,
    /// That of another flow of the same client.
    OtherFlow,
}

const NEEDS: &[Need] = &[Need::PublicClient, Need::User];
const SHOWN: &str = "The token endpoint gave an access token for the code, and that token works.";
const FIX: &str = "Compare BASE64URL(SHA256(code_verifier)) with the challenge that was stored with the code, \
    for every code that has one, and refuse the code when they differ or no verifier came.";

pub(in crate::audit::check) static PKCE_CROSS_TRANSACTION: Check = Check {
    id: "pkce-cross-transaction",
    group: Group::Pkce,
    title: "The verifier of one flow redeems the code of another",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.4", "RFC 9700 §4.5.3.1"],
    text: Text {
        does: "Runs two flows of one public client and redeems the code of one with the verifier of the other.",
        why: "An attacker injects a stolen code into a flow of their own: PKCE must tie each code to its own request.",
        shown: SHOWN,
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "the weakness would have to remember the requests of others; pkce-verifier-wrong makes it fail",
    ),
    run: |probe, evidence| Box::pin(redeem_with(probe, evidence, Wrong::OtherFlow)),
};

pub(in crate::audit::check) static PKCE_METHOD_CONFUSION: Check = Check {
    id: "pkce-method-confusion",
    group: Group::Pkce,
    title: "An S256 challenge is satisfied by the challenge itself",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.6"],
    text: Text {
        does: "Asks with an S256 challenge and redeems the code with the challenge as its verifier.",
        why: "The challenge stands in the front channel: whoever saw the request can redeem a stolen code.",
        shown: SHOWN,
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(redeem_with(probe, evidence, Wrong::Challenge)),
};

pub(in crate::audit::check) static PKCE_VERIFIER_EMPTY: Check = Check {
    id: "pkce-verifier-empty",
    group: Group::Pkce,
    title: "An empty code verifier is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.6", "RFC 7636 §4.1"],
    text: Text {
        does: "Asks with a challenge and redeems the code with code_verifier=, a parameter without a value.",
        why: "A thief of the code sends the parameter empty: what tests only whether it is there, or hashes only what is not empty, lets it pass.",
        shown: SHOWN,
        fix: FIX,
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(redeem_with(probe, evidence, Wrong::Empty)),
};

pub(in crate::audit::check) static PKCE_VERIFIER_SKIPPED: Check = Check {
    id: "pkce-verifier-skipped",
    group: Group::Pkce,
    title: "A code with a challenge is redeemed without a verifier",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.1.1", "RFC 7636 §4.6"],
    text: Text {
        does: "Asks with a challenge and redeems the code without code_verifier.",
        why: "A thief of the code leaves the parameter out, and PKCE protects nobody.",
        shown: SHOWN,
        fix: FIX,
    },
    // A parameter without a value counts as omitted (RFC 6749 §3.2).
    dominates: &["pkce-verifier-empty"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(redeem_with(probe, evidence, Wrong::Missing)),
};

pub(in crate::audit::check) static PKCE_VERIFIER_WRONG: Check = Check {
    id: "pkce-verifier-wrong",
    group: Group::Pkce,
    title: "A wrong code verifier is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7636 §4.6", "RFC 9700 §2.1.1"],
    text: Text {
        does: "Redeems a code with a random verifier of 43 characters.",
        why: "A stolen code can be redeemed by the thief: the verifier is not looked at.",
        shown: SHOWN,
        fix: FIX,
    },
    // A replay with any verifier is a right one here.
    dominates: &[
        "code-replay-dos",
        "pkce-cross-transaction",
        "pkce-loose-compare",
        "pkce-method-confusion",
    ],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(redeem_with(probe, evidence, Wrong::Random)),
};

async fn redeem_with(
    probe: &Probe,
    evidence: &Evidence,
    wrong: Wrong,
) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(at, client, &mut session, &scope).await?;
    let good = redemption(&code);
    let (what, params): (_, Params) = match wrong {
        Wrong::Random => ("another verifier", good.with("code_verifier", probe.random()?.expose())),
        Wrong::Missing => ("no verifier", good.without("code_verifier")),
        Wrong::Empty => ("an empty verifier", good.with("code_verifier", "")),
        Wrong::Challenge => {
            ("the challenge as verifier", good.with("code_verifier", &code.pkce.challenge))
        }
        Wrong::OtherFlow => {
            let other = probe.code(at, client, &mut session, &scope).await?;
            let verifier = other.pkce.verifier.expose();
            ("the verifier of another flow", good.with("code_verifier", verifier))
        }
    };
    probe.step("probe");
    let credentials = Some(&client.credentials);
    let outcome = evidence.token_effect(probe, client, credentials, &params).await?;
    let mut bracket = Bracket::new("400 invalid_grant, and no token");
    bracket.controls.push(evidence.controls.of_public());
    bracket.probe(what, outcome);
    Ok(bracket.judge())
}
