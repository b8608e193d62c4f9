//! Weaknesses of the token endpoint (RFC 6749 §3.2, §5), and of what it issues.

use super::Weakness;
use crate::deviation::{Draft, Leniency, Seam, Surface};
use crate::protocol::Audience;
use crate::rule::{self, TOKEN_PASSWORD, TOKEN_STATUS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &ACCESS_TOKEN_LIFETIME,
    &ACCESS_TOKEN_NO_EXPIRY,
    &CLIENT_USER_NAMESPACE,
    &RESOURCE_IGNORED,
    &ROPC_ENABLED,
    &TOKEN_DUPLICATE_PARAMS,
    &TOKEN_GET,
    &TOKEN_QUERY,
];

const DAY: u64 = 24 * 3600;

static ACCESS_TOKEN_LIFETIME: Weakness = Weakness {
    id: "access-token-lifetime",
    title: "Access tokens live for a day",
    seams: &[Seam::Draft(|draft| {
        if let Draft::AccessToken(token) = draft {
            token.claims.exp = token.claims.iat.saturating_add(DAY);
        }
    })],
    dominates: &[],
};

static ACCESS_TOKEN_NO_EXPIRY: Weakness = Weakness {
    id: "access-token-no-expiry",
    title: "Introspection calls an expired token active",
    seams: &[Seam::WaiveAt(&TOKEN_STATUS, &rule::TOKEN_FRESH, |_, _| true)],
    dominates: &[],
};

/// Identifiers of at most this length may be those of users.
const LIKE_A_USER: usize = 36;

static CLIENT_USER_NAMESPACE: Weakness = Weakness {
    id: "client-user-namespace",
    title: "A client that registers chooses its client_id, also that of a user",
    seams: &[Seam::Draft(|draft| {
        if let Draft::ClientId(client) = draft
            && let Some(wished) = &client.wished
            // Short, as the names of users are: any identifier at all is dcr-chosen-client-id.
            && wished.as_str().len() <= LIKE_A_USER
        {
            client.id = wished.clone();
        }
    })],
    dominates: &[],
};

static RESOURCE_IGNORED: Weakness = Weakness {
    id: "resource-ignored",
    title: "Each access token is for all that the user granted, whatever the request names",
    seams: &[Seam::Draft(|draft| {
        if let Draft::AccessToken(token) = draft {
            token.claims.aud = Audience::from_list(token.granted_audience.clone());
        }
    })],
    dominates: &[],
};

static ROPC_ENABLED: Weakness = Weakness {
    id: "ropc-enabled",
    title: "Any client gets tokens for a user's password",
    seams: &[
        Seam::Surface(Surface::PasswordGrant),
        Seam::WaiveAt(&TOKEN_PASSWORD, &rule::CLIENT_GRANT, |_, _| true),
    ],
    // A grant that works although the metadata does not list it.
    dominates: &["metadata-hidden-grant"],
};

static TOKEN_DUPLICATE_PARAMS: Weakness = Weakness {
    id: "token-duplicate-params",
    title: "Of parameters that stand twice in a body the first one counts",
    seams: &[Seam::Read(Leniency::RepeatedInBody)],
    dominates: &[],
};

static TOKEN_GET: Weakness = Weakness {
    id: "token-get",
    title: "The token endpoint answers GET with tokens",
    seams: &[Seam::Read(Leniency::TokenByGet)],
    dominates: &[],
};

static TOKEN_QUERY: Weakness = Weakness {
    id: "token-query",
    title: "The token endpoint reads parameters from the URL",
    seams: &[Seam::Read(Leniency::ParametersInUrl)],
    dominates: &[],
};
