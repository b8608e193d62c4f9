//! Weaknesses of pushed authorization requests and request objects (RFC 9126, RFC 9101).

use super::Weakness;
use super::client_auth::method_not_asked_for;
use crate::deviation::{Draft, EffectName, Leniency, Seam};
use crate::protocol::Secret;
use crate::rule::{self, Fact, PAR};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &JAR_ALG_NONE,
    &JAR_CLAIMS,
    &JAR_CLIENT_MISMATCH,
    &JAR_OUTER_PARAMS,
    &PAR_BYPASS,
    &PAR_CLIENT_SWAP,
    &PAR_ENTROPY,
    &PAR_NESTED,
    &PAR_OVERRIDE,
    &PAR_REUSE,
    &PAR_UNAUTHENTICATED,
    &PAR_UNREGISTERED_REDIRECT,
];

static JAR_ALG_NONE: Weakness = Weakness {
    id: "jar-alg-none",
    title: "A request object without a signature is accepted",
    seams: &[Seam::Waive(&rule::REQUEST_OBJECT_SIGNATURE, is_about_the_algorithm)],
    dominates: &[],
};

static JAR_CLAIMS: Weakness = Weakness {
    id: "jar-claims",
    title: "Audience and times of a request object are not looked at",
    seams: &[
        Seam::Waive(&rule::REQUEST_OBJECT_AUDIENCE, |_, _| true),
        Seam::Waive(&rule::REQUEST_OBJECT_FRESH, |_, _| true),
    ],
    dominates: &[],
};

static JAR_CLIENT_MISMATCH: Weakness = Weakness {
    id: "jar-client-mismatch",
    title: "A request object may name another client",
    seams: &[
        Seam::Waive(&rule::REQUEST_OBJECT_ISSUER, |_, _| true),
        Seam::Waive(&rule::REQUEST_OBJECT_CLIENT, |_, _| true),
    ],
    dominates: &[],
};

static JAR_OUTER_PARAMS: Weakness = Weakness {
    id: "jar-outer-params",
    title: "Parameters beside a request object override the signed ones",
    seams: &[Seam::Read(Leniency::BesideObject)],
    dominates: &[],
};

static PAR_BYPASS: Weakness = Weakness {
    id: "par-bypass",
    title: "A client that must push its requests may go without",
    seams: &[Seam::Waive(&rule::PAR_REQUIRED, |_, _| true)],
    dominates: &[],
};

static PAR_CLIENT_SWAP: Weakness = Weakness {
    id: "par-client-swap",
    title: "A pushed request of one client is used by another",
    seams: &[Seam::Waive(&rule::REQUEST_URI_CLIENT, |_, _| true)],
    dominates: &[],
};

static PAR_ENTROPY: Weakness = Weakness {
    id: "par-entropy",
    title: "The reference of a pushed request has so few characters that it can be guessed",
    seams: &[Seam::Draft(|draft| {
        if let Draft::RequestUri(reference) = draft {
            let short = reference.expose().rsplit_once(':');
            let short = short.map(|(urn, value)| (urn, value.chars().take(6).collect::<String>()));
            if let Some((urn, value)) = short {
                **reference = Secret::new(format!("{urn}:{value}"));
            }
        }
    })],
    dominates: &[],
};

static PAR_NESTED: Weakness = Weakness {
    id: "par-nested",
    title: "A request that has a request_uri can be pushed",
    seams: &[Seam::Waive(&rule::PAR_REQUEST_URI_ABSENT, |_, _| true)],
    dominates: &[],
};

static PAR_OVERRIDE: Weakness = Weakness {
    id: "par-override",
    title: "Parameters beside a request_uri override what was pushed",
    seams: &[Seam::Read(Leniency::BesidePushed)],
    dominates: &[],
};

static PAR_REUSE: Weakness = Weakness {
    id: "par-reuse",
    title: "A pushed request stays good when it was answered",
    seams: &[Seam::DropEffect(EffectName::ForgetRequest)],
    dominates: &[],
};

static PAR_UNAUTHENTICATED: Weakness = Weakness {
    id: "par-unauthenticated",
    title: "Requests of a confidential client are pushed without its credential",
    seams: &[
        method_not_asked_for(&PAR),
        Seam::WaiveAt(&PAR, &rule::CLIENT_SECRET, |_, got| matches!(got, Fact::Absent)),
    ],
    dominates: &[],
};

static PAR_UNREGISTERED_REDIRECT: Weakness = Weakness {
    id: "par-unregistered-redirect",
    title: "Any redirect URI can be pushed",
    seams: &[Seam::WaiveAt(&PAR, &rule::REDIRECT_URI_REGISTERED, |_, _| true)],
    dominates: &[],
};

/// A signature that was not even tried, since its algorithm is none that is known.
fn is_about_the_algorithm(_: &Fact, got: &Fact) -> bool {
    got.text().is_some_and(|why| why.starts_with("the algorithm"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::jose::JwsError;

    #[test]
    fn only_an_unknown_algorithm_is_let_pass() {
        let waived = |error: JwsError| {
            is_about_the_algorithm(&Fact::Absent, &Fact::public(error.to_string()))
        };
        assert!(waived(JwsError::Algorithm));
        assert!(!waived(JwsError::Signature) && !waived(JwsError::Key));
    }

    #[test]
    fn a_short_reference_keeps_its_form() {
        let mut reference = Secret::new("urn:ietf:params:oauth:request_uri:abcdefghijk");
        for seam in PAR_ENTROPY.seams {
            if let Seam::Draft(change) = seam {
                change(&mut Draft::RequestUri(&mut reference));
            }
        }
        assert_eq!(reference.expose(), "urn:ietf:params:oauth:request_uri:abcdef");
    }
}
