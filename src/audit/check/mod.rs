//! The checks: what is sent, and a pure judgement over what came back. Checks that differ only by
//! payload are rows of one table; every other one is a file.

mod client_auth;
mod code;
mod consent;
mod entropy;
mod grant;
mod introspection;
mod issued;
mod metadata;
mod pkce;
mod redirect_uri;
mod refresh;
mod registration;
mod resource;
mod revocation;

use std::future::Future;
use std::pin::Pin;

use super::evidence::Evidence;
use super::finding::{Confidence, Judgement, Need, Severity};
use super::probe::{Probe, Trouble};

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Stable id; the weakness of the same id makes it fail.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// What is wrong when it fails.
    pub title: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// How sure a failure is.
    pub confidence: Confidence,
    /// What it needs of the target.
    pub needs: &'static [Need],
    /// Where it is written.
    pub references: &'static [&'static str],
    /// For people.
    pub text: Text,
    /// Checks that fail with this one because they cannot be told apart from it.
    pub dominates: &'static [&'static str],
    /// How it is shown that the check can fail.
    pub seeded: Seeded,
    /// Runs it.
    pub run: Run,
}

/// What people read.
#[derive(Debug)]
pub struct Text {
    /// What the check does.
    pub does: &'static str,
    /// Why a failure is bad.
    pub why: &'static str,
    /// How a failure is shown.
    pub shown: &'static str,
    /// How to put it right.
    pub fix: &'static str,
}

/// How it is shown that a check can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// `serve --weaken` with the check's id.
    Weakness,
    /// No weakness of its own can be had, for this reason.
    Otherwise(&'static str),
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Client authentication.
    ClientAuthentication,
    /// The authorization code.
    Code,
    /// Login and consent.
    Consent,
    /// What clients may ask for.
    Grant,
    /// Introspection.
    Introspection,
    /// What is issued.
    Issued,
    /// Published documents.
    Metadata,
    /// Proof Key for Code Exchange.
    Pkce,
    /// Redirect URIs.
    RedirectUri,
    /// Refresh tokens.
    Refresh,
    /// Registration.
    Registration,
    /// Protected APIs.
    Resource,
    /// Revocation.
    Revocation,
}

/// Runs a check.
pub type Run = for<'a> fn(&'a Probe, &'a Evidence) -> Running<'a>;

/// A check under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Judgement, Trouble>> + Send + 'a>>;

/// Every check, sorted by id.
pub static CHECKS: &[&Check] = &[
    &issued::AT_AUDIENCE,
    &grant::CC_SCOPE_ESCALATION,
    &client_auth::CLIENT_AUTH_MISSING,
    &client_auth::CLIENT_SECRET_EMPTY,
    &client_auth::CLIENT_SECRET_IN_URL,
    &client_auth::CLIENT_SECRET_WRONG,
    &code::CODE_CLIENT_SWAP,
    &code::CODE_ENTROPY,
    &code::CODE_RACE,
    &code::CODE_RESOURCE_WIDEN,
    &code::CODE_REUSE,
    &consent::CONSENT_CSRF,
    &registration::DCR_OPEN,
    &consent::DEFAULT_CREDENTIALS,
    &grant::GRANT_NOT_BOUND,
    &introspection::INTROSPECT_OPEN,
    &introspection::INTROSPECT_STALE,
    &metadata::JWKS_PRIVATE_KEY,
    &resource::MCP_ORIGIN,
    &metadata::METADATA_ALG_NONE,
    &metadata::METADATA_INSECURE_ENDPOINT,
    &metadata::METADATA_ISSUER_MISMATCH,
    &issued::NO_STORE_TOKEN,
    &issued::NONCE_DROPPED,
    &pkce::PKCE_CROSS_TRANSACTION,
    &pkce::PKCE_DOWNGRADE,
    &pkce::PKCE_METHOD_CONFUSION,
    &pkce::PKCE_OPTIONAL_PUBLIC,
    &pkce::PKCE_UNKNOWN_METHOD,
    &pkce::PKCE_UNSUPPORTED,
    &pkce::PKCE_VERIFIER_SKIPPED,
    &pkce::PKCE_VERIFIER_WRONG,
    &metadata::PRM_AS_MISMATCH,
    &metadata::PRM_RESOURCE_MISMATCH,
    &redirect_uri::REDIRECT_FOREIGN_HOST,
    &redirect_uri::REDIRECT_PATH_APPEND,
    &redirect_uri::REDIRECT_PATH_TRAVERSAL,
    &redirect_uri::REDIRECT_PORT,
    &redirect_uri::REDIRECT_SUBDOMAIN,
    &redirect_uri::REDIRECT_SUFFIX_HOST,
    &redirect_uri::REDIRECT_TOKEN_MISMATCH,
    &refresh::REFRESH_CLIENT_SWAP,
    &refresh::REFRESH_FAMILY_SURVIVES,
    &refresh::REFRESH_NOT_ROTATED_PUBLIC,
    &refresh::REFRESH_RESOURCE_ESCALATION,
    &refresh::REFRESH_REUSE,
    &refresh::REFRESH_SCOPE_ESCALATION,
    &refresh::REFRESH_WITHOUT_CLIENT_AUTH,
    &revocation::REVOKE_OPEN,
    &revocation::REVOKE_OTHER_CLIENT,
    &revocation::REVOKE_REFRESH_NOOP,
    &resource::RS_ALG_CONFUSION,
    &resource::RS_ALG_NONE,
    &resource::RS_AUDIENCE,
    &resource::RS_CLIENT_AS_USER,
    &resource::RS_HEADER_KEY,
    &resource::RS_ID_TOKEN,
    &resource::RS_OBJECT_OWNER,
    &resource::RS_OTHER_TOKEN,
    &resource::RS_QUERY_TOKEN,
    &resource::RS_SCOPE,
    &resource::RS_SIGNATURE,
    &grant::SCOPE_NOT_RESTRICTED,
    &refresh::TOKEN_ENTROPY,
];

/// The check of an id.
pub fn check(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id).copied()
}

impl Group {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientAuthentication => "client-authentication",
            Self::Code => "code",
            Self::Consent => "consent",
            Self::Grant => "grant",
            Self::Introspection => "introspection",
            Self::Issued => "issued",
            Self::Metadata => "metadata",
            Self::Pkce => "pkce",
            Self::RedirectUri => "redirect-uri",
            Self::Refresh => "refresh",
            Self::Registration => "registration",
            Self::Resource => "resource",
            Self::Revocation => "revocation",
        }
    }
}
