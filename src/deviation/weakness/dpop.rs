//! Weaknesses of demonstrating proof of possession (RFC 9449 §4.3, §5, §7, §10, §11.1).

use super::Weakness;
use crate::deviation::{Leniency, Seam};
use crate::rule::{self, Fact, RESOURCE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &DPOP_ALG,
    &DPOP_ATH,
    &DPOP_BEARER_DOWNGRADE,
    &DPOP_CODE_BINDING,
    &DPOP_HTM_HTU,
    &DPOP_IAT,
    &DPOP_JTI_REPLAY,
    &DPOP_KEY_MISMATCH,
    &DPOP_MULTIPLE,
    &DPOP_PRIVATE_JWK,
    &DPOP_REQUIRED_NOT_ENFORCED,
    &DPOP_SIGNATURE,
    &DPOP_SILENT_BEARER,
    &DPOP_TYP,
];

const fn waiving(id: &'static str, title: &'static str, seams: &'static [Seam]) -> Weakness {
    Weakness { id, title, seams, dominates: &[] }
}

static DPOP_ALG: Weakness = waiving(
    "dpop-alg",
    "A DPoP proof may have the algorithm HS256",
    &[
        Seam::Waive(&rule::DPOP_FORM, |_, got| {
            says(got, "alg is not a supported asymmetric algorithm")
        }),
        Seam::Waive(&rule::DPOP_SIGNATURE, |_, got| says(got, "HS256")),
    ],
);

static DPOP_ATH: Weakness = waiving(
    "dpop-ath",
    "The hash of the access token in a DPoP proof is ignored",
    &[Seam::Waive(&rule::DPOP_TOKEN_HASH, |_, _| true)],
);

static DPOP_BEARER_DOWNGRADE: Weakness = waiving(
    "dpop-bearer-downgrade",
    "A token that is bound to a key is accepted as a bearer token",
    &[Seam::WaiveAt(&RESOURCE, &rule::DPOP_SCHEME, |_, got| says(got, "Bearer"))],
);

static DPOP_CODE_BINDING: Weakness = waiving(
    "dpop-code-binding",
    "The key that a code was announced for is ignored",
    &[Seam::Waive(&rule::DPOP_CODE_KEY, |_, _| true)],
);

static DPOP_HTM_HTU: Weakness = waiving(
    "dpop-htm-htu",
    "A DPoP proof for one request is accepted with any other",
    &[Seam::Waive(&rule::DPOP_METHOD, |_, _| true), Seam::Waive(&rule::DPOP_URI, |_, _| true)],
);

static DPOP_IAT: Weakness = waiving(
    "dpop-iat",
    "A DPoP proof never grows old",
    &[Seam::Waive(&rule::DPOP_FRESH, |_, _| true)],
);

static DPOP_JTI_REPLAY: Weakness = waiving(
    "dpop-jti-replay",
    "A DPoP proof is accepted again",
    &[Seam::Waive(&rule::DPOP_UNUSED, |_, _| true)],
);

static DPOP_KEY_MISMATCH: Weakness = waiving(
    "dpop-key-mismatch",
    "A token that is bound to one key is accepted with the proof of another",
    &[Seam::WaiveAt(&RESOURCE, &rule::DPOP_TOKEN_KEY, |_, _| true)],
);

static DPOP_MULTIPLE: Weakness = waiving(
    "dpop-multiple",
    "Of two DPoP proofs the first one counts",
    &[Seam::Waive(&rule::DPOP_ONCE, |_, got| says(got, "2"))],
);

static DPOP_PRIVATE_JWK: Weakness = waiving(
    "dpop-private-jwk",
    "A DPoP proof that shows a private key is accepted",
    &[Seam::Waive(&rule::DPOP_FORM, |_, got| says(got, "jwk contains a private key"))],
);

static DPOP_REQUIRED_NOT_ENFORCED: Weakness = waiving(
    "dpop-required-not-enforced",
    "A client that is registered for bound tokens gets a bearer token",
    &[Seam::Waive(&rule::DPOP_REQUIRED, |_, _| true)],
);

static DPOP_SIGNATURE: Weakness = waiving(
    "dpop-signature",
    "The signature of a DPoP proof is not verified",
    &[Seam::Waive(&rule::DPOP_SIGNATURE, |_, got| !says(got, "HS256") && !says(got, "none"))],
);

static DPOP_SILENT_BEARER: Weakness = Weakness {
    id: "dpop-silent-bearer",
    title: "The token endpoint does not look at DPoP proofs",
    seams: &[Seam::Read(Leniency::ProofsIgnored)],
    // A proof that nobody looks at may be anything.
    dominates: &[
        "dpop-alg",
        "dpop-htm-htu",
        "dpop-iat",
        "dpop-jti-replay",
        "dpop-multiple",
        "dpop-private-jwk",
        "dpop-signature",
        "dpop-typ",
    ],
};

static DPOP_TYP: Weakness = waiving(
    "dpop-typ",
    "A JWT of another type is accepted as a DPoP proof",
    &[Seam::Waive(&rule::DPOP_FORM, |_, got| says(got, "typ is not dpop+jwt"))],
);

fn says(fact: &Fact, text: &str) -> bool {
    fact.text() == Some(text)
}
