//! Weaknesses: each has the id of the audit check that finds it, and changes as little as it can,
//! so that exactly one check fails. Where that cannot be, `dominates` says which others do.

mod access_token;
mod client_auth;
mod code;
mod consent;
mod grant;
mod introspection;
mod json;
mod metadata;
mod pkce;
mod redirect_uri;
mod refresh;
mod registration;
mod resource;
mod revocation;

use super::Seam;

/// One weakness.
#[derive(Debug)]
pub struct Weakness {
    /// The id of the check that finds it.
    pub id: &'static str,
    /// What the server does wrong.
    pub title: &'static str,
    /// What it changes.
    pub seams: &'static [Seam],
    /// Checks that fail with it because they cannot be told apart from it.
    pub dominates: &'static [&'static str],
}

/// Every weakness, sorted by id.
pub static WEAKNESSES: &[&Weakness] = &[
    &access_token::AT_AUDIENCE,
    &grant::CC_SCOPE_ESCALATION,
    &client_auth::CLIENT_AUTH_MISSING,
    &client_auth::CLIENT_SECRET_EMPTY,
    &client_auth::CLIENT_SECRET_IN_URL,
    &client_auth::CLIENT_SECRET_WRONG,
    &code::CODE_CLIENT_SWAP,
    &code::CODE_ENTROPY,
    &code::CODE_RESOURCE_WIDEN,
    &code::CODE_REUSE,
    &consent::CONSENT_CSRF,
    &registration::DCR_OPEN,
    &grant::GRANT_NOT_BOUND,
    &introspection::INTROSPECT_OPEN,
    &introspection::INTROSPECT_STALE,
    &metadata::JWKS_PRIVATE_KEY,
    &resource::MCP_ORIGIN,
    &metadata::METADATA_ALG_NONE,
    &metadata::METADATA_INSECURE_ENDPOINT,
    &metadata::METADATA_ISSUER_MISMATCH,
    &access_token::NO_STORE_TOKEN,
    &access_token::NONCE_DROPPED,
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

/// The canonical id of a weakness.
pub fn weakness_id(id: &str) -> Option<&'static str> {
    WEAKNESSES.iter().find(|weakness| weakness.id == id).map(|weakness| weakness.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::DOCKETS;

    #[test]
    fn ids_are_unique_and_sorted() {
        for pair in WEAKNESSES.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
        }
    }

    /// A waiver of a rule that is never judged there would change nothing.
    #[test]
    fn waived_rules_are_judged_where_they_are_waived() {
        for weakness in WEAKNESSES {
            for seam in weakness.seams {
                match seam {
                    Seam::Waive(rule, _) => {
                        let judged = DOCKETS.iter().any(|docket| docket.rules.contains(rule));
                        assert!(judged, "{} waives {}", weakness.id, rule.id);
                    }
                    Seam::WaiveAt(docket, rule, _) => {
                        let judged = docket.rules.contains(rule);
                        assert!(judged, "{} waives {} at {}", weakness.id, rule.id, docket.id);
                    }
                    Seam::DropEffect(_)
                    | Seam::Draft(_)
                    | Seam::Read(_)
                    | Seam::Surface(_)
                    | Seam::Mangle(_) => {}
                }
            }
        }
    }

    #[test]
    fn every_weakness_changes_something_and_says_what() {
        for weakness in WEAKNESSES {
            assert!(!weakness.seams.is_empty(), "{}", weakness.id);
            assert!(weakness.title.len() > 20, "{}", weakness.id);
            assert!(!weakness.dominates.contains(&weakness.id), "{}", weakness.id);
        }
    }
}
