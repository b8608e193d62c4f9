//! Weaknesses of the token endpoint (RFC 6749 §3.2, §5), and of what it issues.

use super::{Weakness, json};
use crate::deviation::{Draft, Leniency, Seam, Surface};
use crate::protocol::Audience;
use crate::rule::{self, TOKEN_CLIENT_CREDENTIALS, TOKEN_PASSWORD, TOKEN_STATUS};

/// The weaknesses of this file.
pub(super) static WEAKNESSES: &[&Weakness] = &[
    &ACCESS_TOKEN_LIFETIME,
    &ACCESS_TOKEN_NO_EXPIRY,
    &ASSERTION_GRANT_UNVERIFIED,
    &CC_REFRESH_TOKEN,
    &CLIENT_USER_NAMESPACE,
    &ERROR_CHARSET,
    &ERROR_ORACLE,
    &EXCHANGE_UNRESTRICTED,
    &RESOURCE_IGNORED,
    &RESOURCE_INVALID_ACCEPTED,
    &ROPC_ENABLED,
    &SCOPE_NOT_ECHOED,
    &SENDER_CONSTRAINT_ABSENT,
    &TOKEN_CONTENT_TYPE,
    &TOKEN_DUPLICATE_PARAMS,
    &TOKEN_GET,
    &TOKEN_QUERY,
    &TOKEN_TYPE_MISSING,
];

static ASSERTION_GRANT_UNVERIFIED: Weakness = Weakness {
    id: "assertion-grant-unverified",
    title: "The signature of an assertion for the JWT bearer grant may be wrong",
    seams: &[Seam::Waive(&rule::ASSERTION_GRANT_SIGNATURE, |_, _| true)],
    dominates: &[],
};

static CC_REFRESH_TOKEN: Weakness = Weakness {
    id: "cc-refresh-token",
    title: "Client credentials give a refresh token",
    seams: &[Seam::Surface(Surface::MachineRefreshToken)],
    dominates: &[],
};

static ERROR_CHARSET: Weakness = Weakness {
    id: "error-charset",
    title: "An error repeats the grant type that was asked for",
    seams: &[Seam::Mangle(|outgoing| {
        let asked = url::form_urlencoded::parse(outgoing.asked.body.expose().as_bytes());
        let grant = asked.into_owned().find(|(name, _)| name == "grant_type");
        let Some((_, grant)) = grant.filter(|_| outgoing.broken.is_some()) else { return };
        if outgoing.broken == Some(rule::GRANT_TYPE_SUPPORTED.id) {
            json::change_refusal(outgoing, "/token", |refusal| {
                let said = format!("There is no grant type {grant}.");
                refusal.insert("error_description".to_owned(), said.into());
            });
        }
    })],
    dominates: &[],
};

static ERROR_ORACLE: Weakness = Weakness {
    id: "error-oracle",
    title: "An error says that a code was used before",
    seams: &[Seam::Mangle(|outgoing| {
        if outgoing.broken == Some(rule::CODE_UNSPENT.id) {
            json::change_refusal(outgoing, "/token", |refusal| {
                refusal.insert("error_description".to_owned(), "The code was used before.".into());
            });
        }
    })],
    dominates: &[],
};

static EXCHANGE_UNRESTRICTED: Weakness = Weakness {
    id: "exchange-unrestricted",
    title: "Token exchange asks neither whose a token is nor what it was for",
    seams: &[
        Seam::Waive(&rule::EXCHANGE_SUBJECT_CLIENT, |_, _| true),
        Seam::Waive(&rule::EXCHANGE_TARGET_GRANTED, |_, _| true),
        Seam::Waive(&rule::EXCHANGE_SCOPE, |_, _| true),
    ],
    dominates: &[],
};

static RESOURCE_INVALID_ACCEPTED: Weakness = Weakness {
    id: "resource-invalid-accepted",
    title: "A resource that nobody knows is passed over",
    seams: &[Seam::WaiveAt(&TOKEN_CLIENT_CREDENTIALS, &rule::TARGET_KNOWN, |_, _| true)],
    dominates: &[],
};

static SCOPE_NOT_ECHOED: Weakness = Weakness {
    id: "scope-not-echoed",
    title: "Token responses do not say the scope",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/token", |answer| {
            answer.remove("scope");
        });
    })],
    dominates: &[],
};

static SENDER_CONSTRAINT_ABSENT: Weakness = Weakness {
    id: "sender-constraint-absent",
    title: "The metadata offers no bound tokens",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/.well-known/", |metadata| {
            metadata.remove("dpop_signing_alg_values_supported");
            metadata.remove("tls_client_certificate_bound_access_tokens");
        });
    })],
    dominates: &[],
};

static TOKEN_CONTENT_TYPE: Weakness = Weakness {
    id: "token-content-type",
    title: "The token endpoint reads a form whatever its media type is",
    seams: &[Seam::Read(Leniency::AnyMediaType)],
    dominates: &[],
};

static TOKEN_TYPE_MISSING: Weakness = Weakness {
    id: "token-type-missing",
    title: "Token responses do not say how long a token lives",
    seams: &[Seam::Mangle(|outgoing| {
        json::change(outgoing, "/token", |answer| {
            answer.remove("expires_in");
        });
    })],
    dominates: &[],
};

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
