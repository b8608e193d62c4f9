//! Weaknesses of PKCE (RFC 7636, RFC 9700 §2.1.1 and §4.8).

use super::{Weakness, json};
use crate::deviation::{Outgoing, Seam};
use crate::protocol::{ChallengeMethod, CodeVerifier};
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &PKCE_DOWNGRADE,
    &PKCE_METHOD_CONFUSION,
    &PKCE_OPTIONAL_PUBLIC,
    &PKCE_UNKNOWN_METHOD,
    &PKCE_UNSUPPORTED,
    &PKCE_VERIFIER_SKIPPED,
    &PKCE_VERIFIER_WRONG,
];

static PKCE_DOWNGRADE: Weakness = Weakness {
    id: "pkce-downgrade",
    title: "A code without a challenge is redeemed with any verifier",
    seams: &[
        Seam::Waive(&rule::PKCE_CHALLENGE_PRESENTED, |expected, _| is_public(expected)),
        Seam::Waive(&rule::PKCE_DOWNGRADE, |_, _| true),
    ],
    // There is no surplus verifier unless a code can be had without a challenge.
    dominates: &["pkce-optional-public"],
};

static PKCE_METHOD_CONFUSION: Weakness = Weakness {
    id: "pkce-method-confusion",
    title: "An S256 challenge is satisfied by the challenge itself",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER, is_the_challenge_itself)],
    dominates: &[],
};

static PKCE_OPTIONAL_PUBLIC: Weakness = Weakness {
    id: "pkce-optional-public",
    title: "A public client gets a code without a code challenge",
    seams: &[Seam::Waive(&rule::PKCE_CHALLENGE_PRESENTED, |expected, _| is_public(expected))],
    dominates: &[],
};

static PKCE_UNKNOWN_METHOD: Weakness = Weakness {
    id: "pkce-unknown-method",
    title: "An unknown challenge method is read as plain",
    seams: &[Seam::Waive(&rule::PKCE_METHOD, |_, got| {
        let named = got.text().filter(|text| !text.contains(' '));
        named.is_some_and(|method| method != "plain")
    })],
    dominates: &[],
};

static PKCE_UNSUPPORTED: Weakness = Weakness {
    id: "pkce-unsupported",
    title: "PKCE is ignored altogether",
    seams: &[
        Seam::Waive(&rule::PKCE_CHALLENGE_PRESENTED, |_, _| true),
        Seam::Waive(&rule::PKCE_METHOD, |_, _| true),
        Seam::Waive(&rule::PKCE_VERIFIER_PRESENTED, |_, _| true),
        Seam::Waive(&rule::PKCE_DOWNGRADE, |_, _| true),
        Seam::Waive(&rule::PKCE_VERIFIER, |_, _| true),
        Seam::Mangle(hide_methods),
    ],
    dominates: &[
        "pkce-cross-transaction",
        "pkce-downgrade",
        "pkce-method-confusion",
        "pkce-optional-public",
        "pkce-unknown-method",
        "pkce-verifier-skipped",
        "pkce-verifier-wrong",
    ],
};

static PKCE_VERIFIER_SKIPPED: Weakness = Weakness {
    id: "pkce-verifier-skipped",
    title: "A code with a challenge is redeemed without a verifier",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER_PRESENTED, |_, _| true)],
    dominates: &[],
};

static PKCE_VERIFIER_WRONG: Weakness = Weakness {
    id: "pkce-verifier-wrong",
    title: "Any well-formed code verifier is accepted",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER, |_, _| true)],
    dominates: &["pkce-cross-transaction", "pkce-method-confusion"],
};

/// Of clients with a secret the rule says so.
fn is_public(expected: &Fact) -> bool {
    expected.text().is_some_and(|text| !text.contains("secret"))
}

/// The rule compares the challenge with what the verifier hashes to: a verifier that is the
/// challenge hashes to the challenge's own hash.
fn is_the_challenge_itself(challenge: &Fact, derived: &Fact) -> bool {
    let as_verifier = challenge.text().and_then(|text| CodeVerifier::parse(text).ok());
    let hashed = as_verifier.map(|verifier| verifier.challenge(ChallengeMethod::S256));
    hashed.is_some_and(|hashed| derived.text() == Some(hashed.as_str()))
}

fn hide_methods(outgoing: &mut Outgoing<'_>) {
    for document in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
    {
        json::change(outgoing, document, |metadata| {
            metadata.remove("code_challenge_methods_supported");
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s256(verifier: &str) -> String {
        let verifier = CodeVerifier::parse(verifier).unwrap();
        verifier.challenge(ChallengeMethod::S256).as_str().to_owned()
    }

    #[test]
    fn only_the_challenge_itself_is_confused_with_the_verifier() {
        let challenge = s256(&"v".repeat(43));
        let confused = Fact::public(s256(&challenge));
        let other = Fact::public(s256(&"w".repeat(43)));
        assert!(is_the_challenge_itself(&Fact::public(&challenge), &confused));
        assert!(!is_the_challenge_itself(&Fact::public(&challenge), &other));
    }
}
