//! Weaknesses of PKCE (RFC 7636, RFC 9700 §2.1.1 and §4.8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Weakness, json};
use crate::deviation::{Draft, Leniency, Outgoing, Seam};
use crate::protocol::{ChallengeMethod, CodeVerifier, Secret};
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &PKCE_CHALLENGE_LEAKED,
    &PKCE_DEFAULT_METHOD,
    &PKCE_DOWNGRADE,
    &PKCE_LOOSE_COMPARE,
    &PKCE_METHOD_CONFUSION,
    &PKCE_OPTIONAL_CONFIDENTIAL,
    &PKCE_OPTIONAL_PUBLIC,
    &PKCE_PLAIN,
    &PKCE_SHORT_VERIFIER,
    &PKCE_UNKNOWN_METHOD,
    &PKCE_UNSUPPORTED,
    &PKCE_VERIFIER_EMPTY,
    &PKCE_VERIFIER_SKIPPED,
    &PKCE_VERIFIER_WRONG,
];

static PKCE_CHALLENGE_LEAKED: Weakness = Weakness {
    id: "pkce-challenge-leaked",
    title: "A code carries its challenge, and anybody can read it",
    seams: &[Seam::Draft(|draft| {
        if let Draft::Code(code) = draft
            && let Some(challenge) = &code.challenge
        {
            let text = format!("{challenge}|{}", code.code.expose());
            code.code = Secret::new(URL_SAFE_NO_PAD.encode(text));
        }
    })],
    dominates: &[],
};

static PKCE_DEFAULT_METHOD: Weakness = Weakness {
    id: "pkce-default-method",
    title: "A challenge without a method is accepted, and any verifier fits it",
    seams: &[
        Seam::Waive(&rule::PKCE_METHOD, |_, got| got.text().is_some_and(|text| text.contains(' '))),
        // What is shown of a verifier that is compared as plain is secret.
        Seam::Waive(&rule::PKCE_VERIFIER, |_, got| matches!(got, Fact::Secret(_))),
    ],
    dominates: &[],
};

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

static PKCE_LOOSE_COMPARE: Weakness = Weakness {
    id: "pkce-loose-compare",
    title: "A space behind a code verifier is cut before it is compared",
    seams: &[Seam::Read(Leniency::SpacedVerifier)],
    dominates: &[],
};

static PKCE_METHOD_CONFUSION: Weakness = Weakness {
    id: "pkce-method-confusion",
    title: "An S256 challenge is satisfied by the challenge itself",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER, is_the_challenge_itself)],
    dominates: &[],
};

static PKCE_OPTIONAL_CONFIDENTIAL: Weakness = Weakness {
    id: "pkce-optional-confidential",
    title: "A confidential client gets a code without a code challenge",
    seams: &[Seam::Waive(&rule::PKCE_CHALLENGE_PRESENTED, |expected, _| !is_public(expected))],
    dominates: &[],
};

static PKCE_OPTIONAL_PUBLIC: Weakness = Weakness {
    id: "pkce-optional-public",
    title: "A public client gets a code without a code challenge",
    seams: &[Seam::Waive(&rule::PKCE_CHALLENGE_PRESENTED, |expected, _| is_public(expected))],
    dominates: &[],
};

static PKCE_PLAIN: Weakness = Weakness {
    id: "pkce-plain",
    title: "The challenge method plain is accepted",
    seams: &[Seam::Waive(&rule::PKCE_METHOD, |_, got| got.text() == Some("plain"))],
    dominates: &[],
};

static PKCE_SHORT_VERIFIER: Weakness = Weakness {
    id: "pkce-short-verifier",
    title: "A code verifier of one character is accepted",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER_FORM, |_, got| got.text() == Some("1 characters"))],
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
        Seam::Waive(&rule::PKCE_VERIFIER_FORM, |_, _| true),
        Seam::Mangle(hide_methods),
    ],
    dominates: &[
        "code-replay-dos",
        "metadata-pkce-not-advertised",
        "pkce-cross-transaction",
        "pkce-default-method",
        "pkce-downgrade",
        "pkce-loose-compare",
        "pkce-method-confusion",
        "pkce-optional-confidential",
        "pkce-optional-public",
        "pkce-plain",
        "pkce-short-verifier",
        "pkce-unknown-method",
        "pkce-verifier-empty",
        "pkce-verifier-skipped",
        "pkce-verifier-wrong",
    ],
};

static PKCE_VERIFIER_EMPTY: Weakness = Weakness {
    id: "pkce-verifier-empty",
    title: "An empty code verifier is accepted",
    seams: &[
        Seam::Read(Leniency::EmptyVerifier),
        Seam::Waive(&rule::PKCE_VERIFIER, |_, derived| {
            let filled = CodeVerifier::parse(&"~".repeat(43));
            let hashed = filled.map(|verifier| verifier.challenge(ChallengeMethod::S256));
            hashed.is_ok_and(|hashed| derived.text() == Some(hashed.as_str()))
        }),
    ],
    dominates: &[],
};

static PKCE_VERIFIER_SKIPPED: Weakness = Weakness {
    id: "pkce-verifier-skipped",
    title: "A code with a challenge is redeemed without a verifier",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER_PRESENTED, |_, _| true)],
    // A parameter without a value counts as omitted (RFC 6749 §3.2).
    dominates: &["pkce-verifier-empty"],
};

static PKCE_VERIFIER_WRONG: Weakness = Weakness {
    id: "pkce-verifier-wrong",
    title: "Any well-formed code verifier is accepted",
    seams: &[Seam::Waive(&rule::PKCE_VERIFIER, |_, _| true)],
    // A replay with any verifier is a right one here.
    dominates: &[
        "code-replay-dos",
        "pkce-cross-transaction",
        "pkce-loose-compare",
        "pkce-method-confusion",
    ],
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
