//! Weaknesses of client assertions (RFC 7523 §3, RFC 8725 §3).

use super::Weakness;
use crate::deviation::{Leniency, Seam};
use crate::protocol::AuthMethod;
use crate::rule::{self, Fact};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &ASSERTION_ALG_CONFUSION,
    &ASSERTION_ALG_NONE,
    &ASSERTION_AUD_NOT_ISSUER,
    &ASSERTION_AUD_WRONG,
    &ASSERTION_CROSS_JWT,
    &ASSERTION_EXPIRY,
    &ASSERTION_HEADER_KEY,
    &ASSERTION_ISS_SUB,
    &ASSERTION_REPLAY,
    &ASSERTION_SIGNATURE,
];

static ASSERTION_CROSS_JWT: Weakness = Weakness {
    id: "assertion-cross-jwt",
    title: "Any JWT of a client's key will do as a client assertion",
    seams: &[Seam::Read(Leniency::AssertionOfAnyType)],
    dominates: &[],
};

static ASSERTION_ALG_CONFUSION: Weakness = Weakness {
    id: "assertion-alg-confusion",
    title: "The public key of a client counts as the secret of an HMAC",
    seams: &[
        Seam::Waive(&rule::CLIENT_METHOD, |expected, got| {
            expected.text() == Some(AuthMethod::PrivateKeyJwt.as_str())
                && got.text() == Some(AuthMethod::ClientSecretJwt.as_str())
        }),
        Seam::Waive(&rule::CLIENT_ASSERTION_SIGNATURE, |_, got| is_of(got, "hs256")),
    ],
    dominates: &[],
};

static ASSERTION_ALG_NONE: Weakness = Weakness {
    id: "assertion-alg-none",
    title: "A client assertion needs no signature when its algorithm is none",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_SIGNATURE, |_, got| is_of(got, "none"))],
    dominates: &[],
};

static ASSERTION_AUD_NOT_ISSUER: Weakness = Weakness {
    id: "assertion-aud-not-issuer",
    title: "A client assertion may be for an endpoint, or for others as well",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_AUDIENCE, names_this_server)],
    dominates: &[],
};

static ASSERTION_AUD_WRONG: Weakness = Weakness {
    id: "assertion-aud-wrong",
    title: "A client assertion may be for another server",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_AUDIENCE, |expected, got| {
        !names_this_server(expected, got)
    })],
    dominates: &[],
};

static ASSERTION_EXPIRY: Weakness = Weakness {
    id: "assertion-expiry",
    title: "Nobody looks at the times of a client assertion",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_FRESH, |_, _| true)],
    dominates: &[],
};

static ASSERTION_HEADER_KEY: Weakness = Weakness {
    id: "assertion-header-key",
    title: "A client assertion may bring the key that verifies it",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_SIGNATURE, |_, got| brings_key(got))],
    dominates: &[],
};

static ASSERTION_ISS_SUB: Weakness = Weakness {
    id: "assertion-iss-sub",
    title: "Whom a client assertion speaks of is taken from one of two claims",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_ISSUER, |_, _| true)],
    dominates: &[],
};

static ASSERTION_REPLAY: Weakness = Weakness {
    id: "assertion-replay",
    title: "A client assertion is good as often as it is sent",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_UNUSED, |_, got| !matches!(got, Fact::Absent))],
    dominates: &[],
};

static ASSERTION_SIGNATURE: Weakness = Weakness {
    id: "assertion-signature",
    title: "The signature of a client assertion may be wrong",
    seams: &[Seam::Waive(&rule::CLIENT_ASSERTION_SIGNATURE, |_, got| {
        !is_of(got, "none") && !is_of(got, "hs256")
    })],
    dominates: &["assertion-header-key"],
};

/// Whether the header names this algorithm, in any spelling.
fn is_of(got: &Fact, alg: &str) -> bool {
    let named = got.text().and_then(|text| text.strip_prefix("alg "));
    let named = named.map(|text| text.split([',', ':']).next().unwrap_or_default());
    named.is_some_and(|named| named.eq_ignore_ascii_case(alg))
}

fn brings_key(got: &Fact) -> bool {
    got.text().is_some_and(|text| text.contains(", with a key of its own"))
}

/// Whether some audience is this issuer, or an endpoint below it.
fn names_this_server(expected: &Fact, got: &Fact) -> bool {
    let accepted = expected.alternatives();
    let issuer = accepted.first().and_then(|first| first.split(',').next()).unwrap_or_default();
    got.alternatives().iter().any(|one| one.starts_with(issuer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_read_from_what_was_judged() {
        assert!(is_of(&Fact::fixed("alg nOnE, kid x: no"), "none"));
        assert!(is_of(&Fact::fixed("alg HS256: no"), "hs256"));
        assert!(!is_of(&Fact::fixed("alg ES256, kid none: no"), "none"));
        assert!(!is_of(&Fact::Absent, "none"));
        assert!(brings_key(&Fact::fixed("alg ES256, with a key of its own, kid x")));
    }

    #[test]
    fn the_issuer_and_what_is_below_it_name_this_server() {
        let strict = Fact::fixed("https://as.test, as a string, as a strict lab wants");
        let book = Fact::any_of(["https://as.test", "https://as.test/token"]);
        for expected in [strict, book] {
            let names = |got| names_this_server(&expected, &got);
            assert!(names(Fact::any_of(["https://as.test/token"])));
            assert!(names(Fact::any_of(["https://other.test", "https://as.test"])));
            assert!(!names(Fact::any_of(["https://other.test"])));
            assert!(!names(Fact::Absent));
        }
    }
}
