//! Weaknesses of client authentication (RFC 6749 §2.3, §3.2.1).

use super::{Weakness, json};
use crate::deviation::{Draft, Leniency, Seam};
use crate::protocol::{AuthMethod, Secret};
use crate::rule::{self, Docket, Fact, TOKEN_CLIENT_CREDENTIALS, TOKEN_CODE};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &CLIENT_AUTH_ID_MISMATCH,
    &CLIENT_AUTH_METHOD_NOT_BOUND,
    &CLIENT_AUTH_MISSING,
    &CLIENT_AUTH_TWO_METHODS,
    &CLIENT_ENUMERATION,
    &CLIENT_SECRET_EMPTY,
    &CLIENT_SECRET_IN_URL,
    &CLIENT_SECRET_LOOSE,
    &CLIENT_SECRET_WRONG,
    &ISSUED_SECRET_ENTROPY,
    &MTLS_HEADER_SPOOF,
];

static CLIENT_ENUMERATION: Weakness = Weakness {
    id: "client-enumeration",
    title: "A failure says that there is no such client",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.broken == Some(rule::CLIENT_KNOWN.id) {
            json::change_refusal(outgoing, "/token", |refusal| {
                refusal.insert("error_description".to_owned(), "There is no such client.".into());
            });
        }
    })],
    dominates: &[],
};

static CLIENT_SECRET_LOOSE: Weakness = Weakness {
    id: "client-secret-loose",
    title: "Space behind a client secret is cut before it is compared",
    seams: &[Seam::Read(Leniency::TrimmedSecret)],
    dominates: &[],
};

static ISSUED_SECRET_ENTROPY: Weakness = Weakness {
    id: "issued-secret-entropy",
    title: "Registration gives out secrets of eight characters",
    seams: &[Seam::Draft(|draft| {
        if let Draft::ClientSecret(secret) = draft {
            let short: String = secret.expose().chars().take(8).collect();
            **secret = Secret::new(short);
        }
    })],
    // A short secret is guessed sooner.
    dominates: &["client-bruteforce"],
};

static CLIENT_AUTH_ID_MISMATCH: Weakness = Weakness {
    id: "client-auth-id-mismatch",
    title: "A client that authenticated acts as whom the body names",
    seams: &[
        Seam::Waive(&rule::CLIENT_BODY_ID, |_, _| true),
        Seam::Read(Leniency::BodyNamesClient),
    ],
    dominates: &[],
};

static CLIENT_AUTH_METHOD_NOT_BOUND: Weakness = Weakness {
    id: "client-auth-method-not-bound",
    title: "A client sends its secret where it likes, whatever it registered",
    seams: &[Seam::Waive(&rule::CLIENT_METHOD, |expected, got| {
        sends_secret(expected) && sends_secret(got)
    })],
    dominates: &[],
};

static CLIENT_AUTH_TWO_METHODS: Weakness = Weakness {
    id: "client-auth-two-methods",
    title: "Of two ways to authenticate in one request the header counts",
    seams: &[Seam::Waive(&rule::CLIENT_ONE_METHOD, |_, _| true)],
    dominates: &[],
};

static CLIENT_AUTH_MISSING: Weakness = Weakness {
    id: "client-auth-missing",
    title: "A confidential client may leave its credential out at the token endpoint",
    seams: &[
        method_not_asked_for(&TOKEN_CODE),
        secret_not_asked_for(&TOKEN_CODE),
        method_not_asked_for(&TOKEN_CLIENT_CREDENTIALS),
        secret_not_asked_for(&TOKEN_CLIENT_CREDENTIALS),
    ],
    // An empty parameter counts as one that is missing (RFC 6749 §3.1).
    dominates: &["client-secret-empty", "code-replay-dos"],
};

static CLIENT_SECRET_EMPTY: Weakness = Weakness {
    id: "client-secret-empty",
    title: "An empty client secret is accepted",
    seams: &[Seam::Waive(
        &rule::CLIENT_SECRET,
        |_, got| matches!(got, Fact::Secret(secret) if secret.is_empty()),
    )],
    dominates: &[],
};

static CLIENT_SECRET_IN_URL: Weakness = Weakness {
    id: "client-secret-in-url",
    title: "A client secret is read from the URL",
    seams: &[Seam::Read(Leniency::SecretsInUrl)],
    dominates: &[],
};

static CLIENT_SECRET_WRONG: Weakness = Weakness {
    id: "client-secret-wrong",
    title: "Any client secret is accepted, as long as there is one",
    seams: &[Seam::Waive(
        &rule::CLIENT_SECRET,
        |_, got| matches!(got, Fact::Secret(secret) if !secret.is_empty()),
    )],
    dominates: &["client-secret-loose", "par-unauthenticated"],
};

static MTLS_HEADER_SPOOF: Weakness = Weakness {
    id: "mtls-header-spoof",
    title: "A client certificate is read from X-SSL-Client-Cert, whoever sends it",
    seams: &[Seam::Read(Leniency::CertificateInHeader)],
    dominates: &[],
};

fn sends_secret(method: &Fact) -> bool {
    let method = method.text().and_then(AuthMethod::parse);
    method.is_some_and(AuthMethod::sends_secret)
}

/// A confidential client that presents nothing but its id is taken for a public one.
pub(super) const fn method_not_asked_for(docket: &'static Docket) -> Seam {
    Seam::WaiveAt(docket, &rule::CLIENT_METHOD, |_, got| got.text() == Some("none"))
}

/// See [`method_not_asked_for`]: nor is a secret missed.
pub(super) const fn secret_not_asked_for(docket: &'static Docket) -> Seam {
    Seam::WaiveAt(docket, &rule::CLIENT_SECRET, |_, got| matches!(got, Fact::Absent))
}
