//! Weaknesses of the protected APIs (RFC 6750, RFC 8725, RFC 9068 §4). Those about signatures make
//! the APIs check JWTs by themselves: an API that asks the issuer never looks at a signature.

use super::Weakness;
use crate::deviation::{Seam, Surface};
use crate::rule::{self, Fact, TOKEN_STATUS};

const LOCAL: Seam = Seam::Surface(Surface::LocalValidation);

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &MCP_ORIGIN,
    &RS_ALG_CONFUSION,
    &RS_ALG_NONE,
    &RS_AUDIENCE,
    &RS_CLIENT_AS_USER,
    &RS_HEADER_KEY,
    &RS_ID_TOKEN,
    &RS_OBJECT_OWNER,
    &RS_OTHER_TOKEN,
    &RS_QUERY_TOKEN,
    &RS_SCOPE,
    &RS_SIGNATURE,
];

static MCP_ORIGIN: Weakness = Weakness {
    id: "mcp-origin",
    title: "Web pages of any origin may call the MCP endpoint",
    seams: &[Seam::Waive(&rule::MCP_ORIGIN, |_, _| true)],
    dominates: &[],
};

static RS_ALG_CONFUSION: Weakness = Weakness {
    id: "rs-alg-confusion",
    title: "A token whose HMAC key is public is accepted",
    seams: &[LOCAL, Seam::Waive(&rule::RESOURCE_SIGNATURE, |_, got| says(got, "alg HS256"))],
    dominates: &[],
};

static RS_ALG_NONE: Weakness = Weakness {
    id: "rs-alg-none",
    title: "A token with the algorithm none is accepted",
    seams: &[
        LOCAL,
        Seam::Waive(&rule::RESOURCE_SIGNATURE, |_, got| {
            got.text().is_some_and(|text| text.eq_ignore_ascii_case("alg none"))
        }),
    ],
    dominates: &[],
};

static RS_AUDIENCE: Weakness = Weakness {
    id: "rs-audience",
    title: "A token that is meant for another API is accepted",
    seams: &[
        Seam::Waive(&rule::RESOURCE_AUDIENCE, |_, got| names_an_api(got)),
        // It holds the other API's scopes only: where nobody looks for whom it is, they count.
        Seam::Waive(&rule::RESOURCE_SCOPE, |needed, got| {
            let api = |scope: &str| scope.split(':').next().map(str::to_owned);
            let own: Vec<_> = needed.alternatives().into_iter().filter_map(api).collect();
            let held = got.alternatives();
            !held.is_empty() && held.into_iter().filter_map(api).all(|api| !own.contains(&api))
        }),
    ],
    dominates: &[],
};

static RS_CLIENT_AS_USER: Weakness = Weakness {
    id: "rs-client-as-user",
    title: "A client that acts for itself is taken for a user",
    seams: &[Seam::Waive(&rule::NOTE_USER, |_, _| true)],
    dominates: &[],
};

static RS_HEADER_KEY: Weakness = Weakness {
    id: "rs-header-key",
    title: "A token that brings its own key is accepted",
    seams: &[
        LOCAL,
        Seam::Waive(&rule::RESOURCE_SIGNATURE, |_, got| {
            got.text().is_some_and(|text| text.ends_with("the header brings a key"))
        }),
    ],
    dominates: &[],
};

static RS_ID_TOKEN: Weakness = Weakness {
    id: "rs-id-token",
    title: "An ID token is accepted as an access token",
    seams: &[
        LOCAL,
        Seam::Waive(&rule::RESOURCE_TYPE, |_, got| says(got, "JWT")),
        // Its audience is a client, and it has no scope: both would give it away.
        Seam::Waive(&rule::RESOURCE_AUDIENCE, |_, got| !names_an_api(got)),
        Seam::Waive(&rule::RESOURCE_SCOPE, |_, got| got.alternatives().is_empty()),
    ],
    dominates: &[],
};

static RS_OBJECT_OWNER: Weakness = Weakness {
    id: "rs-object-owner",
    title: "A user reads what belongs to another one",
    seams: &[Seam::Waive(&rule::NOTE_KNOWN, |_, _| true)],
    dominates: &[],
};

static RS_OTHER_TOKEN: Weakness = Weakness {
    id: "rs-other-token",
    title: "A refresh token is accepted as an access token",
    seams: &[
        Seam::WaiveAt(&TOKEN_STATUS, &rule::INTROSPECT_AUDIENCE, |_, _| true),
        Seam::Waive(&rule::RESOURCE_TYPE, |_, got| matches!(got, Fact::Absent)),
    ],
    // The API is told of refresh tokens as anybody is.
    dominates: &["introspect-any-client"],
};

static RS_QUERY_TOKEN: Weakness = Weakness {
    id: "rs-query-token",
    title: "A token in the URL is accepted",
    seams: &[Seam::Waive(&rule::BEARER_NOT_IN_QUERY, |_, _| true)],
    dominates: &[],
};

static RS_SCOPE: Weakness = Weakness {
    id: "rs-scope",
    title: "Any valid token may do anything",
    seams: &[Seam::Waive(&rule::RESOURCE_SCOPE, |_, _| true)],
    dominates: &[],
};

static RS_SIGNATURE: Weakness = Weakness {
    id: "rs-signature",
    title: "Signatures of access tokens are not verified",
    seams: &[
        LOCAL,
        Seam::Waive(&rule::RESOURCE_SIGNATURE, |_, got| says(got, "the signature does not verify")),
    ],
    dominates: &[],
};

fn says(fact: &Fact, text: &str) -> bool {
    fact.text() == Some(text)
}

/// Audiences of APIs are URLs; that of an ID token is a client id.
fn names_an_api(audience: &Fact) -> bool {
    audience.alternatives().iter().any(|one| one.contains("://"))
}
