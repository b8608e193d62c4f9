//! The one list of all rules. Tests quantify over it.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "these lists name every rule")
)]
use super::*;

/// Every rule, sorted by id.
pub static RULES: &[&Rule] = &[
    &ACCOUNT_TARGET,
    &ACR_ESSENTIAL,
    &ASSERTION_GRANT_AUDIENCE,
    &ASSERTION_GRANT_FORM,
    &ASSERTION_GRANT_FRESH,
    &ASSERTION_GRANT_ISSUER,
    &ASSERTION_GRANT_PRESENTED,
    &ASSERTION_GRANT_SIGNATURE,
    &ASSERTION_GRANT_SUBJECT,
    &ASSERTION_GRANT_UNUSED,
    &AUTHORIZE_CLIENT_GRANT,
    &AUTHORIZE_CLIENT_KNOWN,
    &AUTHORIZE_CLIENT_PRESENTED,
    &BEARER_FORM,
    &BEARER_NOT_IN_QUERY,
    &BEARER_ONCE,
    &BEARER_PRESENTED,
    &CIMD_ALLOWED,
    &CIMD_AUTH_METHOD,
    &CIMD_DOCUMENT,
    &CIMD_FETCHED,
    &CIMD_IDENTITY,
    &CIMD_RATE,
    &CIMD_URL,
    &CLAIMS_FORM,
    &CLIENT_ASSERTION_AUDIENCE,
    &CLIENT_ASSERTION_FORM,
    &CLIENT_ASSERTION_FRESH,
    &CLIENT_ASSERTION_ISSUER,
    &CLIENT_ASSERTION_SIGNATURE,
    &CLIENT_ASSERTION_TYPE,
    &CLIENT_ASSERTION_UNUSED,
    &CLIENT_BODY_ID,
    &CLIENT_CERTIFICATE_PRESENTED,
    &CLIENT_CERTIFICATE_REGISTERED,
    &CLIENT_CERTIFICATE_SUBJECT,
    &CLIENT_CERTIFICATE_TRUSTED,
    &CLIENT_CONFIDENTIAL,
    &CLIENT_GRANT,
    &CLIENT_HEADER_FORM,
    &CLIENT_KNOWN,
    &CLIENT_METHOD,
    &CLIENT_ONE_METHOD,
    &CLIENT_PRESENTED,
    &CLIENT_RATE,
    &CLIENT_SECRET,
    &CODE_CLIENT,
    &CODE_FRESH,
    &CODE_KNOWN,
    &CODE_PRESENTED,
    &CODE_REDIRECT_URI,
    &CODE_UNSPENT,
    &CONSENT_GRANTED,
    &CONSENT_MODE,
    &CONSENT_UNANSWERED,
    &DETAILS_CLIENT,
    &DETAILS_FORM,
    &DETAILS_GRANTED,
    &DETAILS_KNOWN,
    &DEVICE_CODE_ALLOWED,
    &DEVICE_CODE_ANSWERED,
    &DEVICE_CODE_CLIENT,
    &DEVICE_CODE_FRESH,
    &DEVICE_CODE_INTERVAL,
    &DEVICE_CODE_KNOWN,
    &DEVICE_CODE_PRESENTED,
    &DEVICE_CODE_UNSPENT,
    &DPOP_TOKEN_HASH,
    &DPOP_CODE_KEY,
    &DPOP_FORM,
    &DPOP_FRESH,
    &DPOP_JKT_FORM,
    &DPOP_METHOD,
    &DPOP_NONCE,
    &DPOP_ONCE,
    &DPOP_PUSHED_KEY,
    &DPOP_REFRESH_KEY,
    &DPOP_REQUIRED,
    &DPOP_SCHEME,
    &DPOP_SIGNATURE,
    &DPOP_TOKEN_KEY,
    &DPOP_UNUSED,
    &DPOP_URI,
    &EXCHANGE_ACTOR_FORM,
    &EXCHANGE_ACTOR_KNOWN,
    &EXCHANGE_ACTOR_LIVE,
    &EXCHANGE_CHAIN,
    &EXCHANGE_CONFIDENTIAL,
    &EXCHANGE_MAY_ACT,
    &EXCHANGE_REQUESTED_TYPE,
    &EXCHANGE_SCOPE,
    &EXCHANGE_SENDER,
    &EXCHANGE_SUBJECT_CLIENT,
    &EXCHANGE_SUBJECT_KNOWN,
    &EXCHANGE_SUBJECT_LIVE,
    &EXCHANGE_SUBJECT_PRESENTED,
    &EXCHANGE_SUBJECT_TYPE,
    &EXCHANGE_TARGET_GRANTED,
    &EXCHANGE_TARGET_KNOWN,
    &FORM_CSRF,
    &GRANT_LIVE,
    &GRANT_TYPE_PRESENTED,
    &GRANT_TYPE_SUPPORTED,
    &HINT_ID_TOKEN,
    &INSPECTOR_HOST,
    &INSPECTOR_KNOWN,
    &INSPECTOR_TOKEN,
    &INTERACTION_KNOWN,
    &INTROSPECT_AUDIENCE,
    &INTROSPECT_CONFIDENTIAL,
    &LOGIN_EXPECTED,
    &LOGIN_PASSWORD,
    &LOGIN_RATE,
    &LOGOUT_CLIENT,
    &LOGOUT_CONFIRMED,
    &LOGOUT_HINT,
    &LOGOUT_REDIRECT_URI,
    &MANAGE_IDENTITY,
    &MANAGE_MEMBERS,
    &MANAGE_TOKEN,
    &MAX_AGE_FORM,
    &MCP_HEADERS,
    &MCP_JSON,
    &MCP_METHOD,
    &MCP_ORIGIN,
    &MCP_PARAMS,
    &MCP_VERSION,
    &MTLS_REFRESH_KEY,
    &MTLS_REQUIRED,
    &MTLS_TOKEN_KEY,
    &NONCE_FORM,
    &NONCE_PRESENTED,
    &NOTE_BOUND,
    &NOTE_FORM,
    &NOTE_KNOWN,
    &NOTE_USER,
    &PAR_REQUEST_URI_ABSENT,
    &PAR_REQUIRED,
    &PASSWORD_PRESENTED,
    &PASSWORD_RIGHT,
    &PKCE_CHALLENGE_FORM,
    &PKCE_CHALLENGE_PRESENTED,
    &PKCE_DOWNGRADE,
    &PKCE_METHOD,
    &PKCE_VERIFIER,
    &PKCE_VERIFIER_FORM,
    &PKCE_VERIFIER_PRESENTED,
    &PROFILE_CLIENT_AUTH,
    &PROFILE_GRANT,
    &PROFILE_RESPONSE_TYPE,
    &PROFILE_SENDER_CONSTRAINED,
    &PROMPT_CONSENT,
    &PROMPT_FORM,
    &PROMPT_LOGIN,
    &REDIRECT_URI_PRESENTED,
    &REDIRECT_URI_REGISTERED,
    &REFRESH_CLIENT,
    &REFRESH_FRESH,
    &REFRESH_KNOWN,
    &REFRESH_PRESENTED,
    &REFRESH_SCOPE,
    &REFRESH_UNROTATED,
    &REGISTRATION_ALGORITHM,
    &REGISTRATION_AUTH_KEYS,
    &REGISTRATION_AUTH_METHOD,
    &REGISTRATION_CERTIFICATE,
    &REGISTRATION_DETAILS,
    &REGISTRATION_GRANT_CLIENT,
    &REGISTRATION_GRANTS,
    &REGISTRATION_JSON,
    &REGISTRATION_KEYS,
    &REGISTRATION_LOGOUT_URI,
    &REGISTRATION_OPEN,
    &REGISTRATION_RATE,
    &REGISTRATION_REDIRECT_PRESENT,
    &REGISTRATION_REDIRECT_URI,
    &REGISTRATION_RESPONSE_TYPES,
    &REGISTRATION_SCOPE,
    &REGISTRATION_TEXT,
    &REGISTRATION_TOKEN,
    &REQUEST_ENCODING,
    &REQUEST_ENDPOINT,
    &REQUEST_MEDIA_TYPE,
    &REQUEST_METHOD,
    &REQUEST_NO_SECRET_IN_URL,
    &REQUEST_PARAMETER_ONCE,
    &REQUEST_RATE,
    &REGISTRATION_PARAMETER_ABSENT,
    &REQUEST_SIZE,
    &REQUEST_OBJECT_AUDIENCE,
    &REQUEST_OBJECT_CLIENT,
    &REQUEST_OBJECT_FORM,
    &REQUEST_OBJECT_FRESH,
    &REQUEST_OBJECT_ISSUER,
    &REQUEST_OBJECT_PLAIN,
    &REQUEST_OBJECT_REQUIRED,
    &REQUEST_OBJECT_SIGNATURE,
    &REQUEST_OBJECT_TYPE,
    &REQUEST_URI_ALONE,
    &REQUEST_URI_BROWSER,
    &REQUEST_URI_CLIENT,
    &REQUEST_URI_KNOWN,
    &REQUEST_URI_PUSHED,
    &RESOURCE_ACR,
    &RESOURCE_ACTIVE,
    &RESOURCE_AUDIENCE,
    &RESOURCE_AUTH_AGE,
    &RESOURCE_FRESH,
    &RESOURCE_ISSUER,
    &RESOURCE_ISSUER_REACHABLE,
    &RESOURCE_SCOPE,
    &RESOURCE_SENDER_CONSTRAINED,
    &RESOURCE_SIGNATURE,
    &RESOURCE_TYPE,
    &RESPONSE_MODE_SUPPORTED,
    &RESPONSE_TYPE_BOUND,
    &RESPONSE_TYPE_CLIENT,
    &RESPONSE_TYPE_PRESENTED,
    &RESPONSE_TYPE_SUPPORTED,
    &REVOKE_CLIENT,
    &SCOPE_CLIENT,
    &SCOPE_FORM,
    &SCOPE_KNOWN,
    &SCOPE_ONE_API,
    &SCOPE_TARGET,
    &SCOPE_USER,
    &SERVER_CAPACITY,
    &SERVER_CONDITION,
    &SERVER_STORE,
    &SESSION_LIVE,
    &STATE_FORM,
    &STATEMENT_FORM,
    &STATEMENT_ISSUER,
    &STATEMENT_PRESENTED,
    &STATEMENT_SIGNATURE,
    &STATEMENT_TIME,
    &TARGET_FORM,
    &TARGET_GRANTED,
    &TARGET_KNOWN,
    &TOKEN_FRESH,
    &TOKEN_KNOWN,
    &TOKEN_LIVE,
    &TOKEN_PRESENTED,
    &USER_CODE_FRESH,
    &USER_CODE_KNOWN,
    &USER_CODE_RATE,
    &USER_CODE_UNANSWERED,
    &USERINFO_AUDIENCE,
    &USERINFO_OPENID,
];

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.binary_search_by(|rule| rule.id.cmp(id)).ok().and_then(|at| RULES.get(at).copied())
}

/// The rule of an id, for tables that are written by hand and proven by tests.
pub fn rule(id: &str) -> &'static Rule {
    find(id).unwrap_or(&SERVER_CONDITION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sorted() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn every_rule_stands_on_a_docket_and_every_docket_is_registered() {
        for rule in RULES {
            assert!(DOCKETS.iter().any(|docket| docket.rules.contains(rule)), "{}", rule.id);
        }
        for docket in DOCKETS {
            for rule in docket.rules {
                assert_eq!(find(rule.id), Some(*rule), "{} of {}", rule.id, docket.id);
            }
        }
        assert!(DOCKETS.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn descriptions_are_what_the_wire_allows() {
        for rule in RULES {
            let allowed = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
            assert!(rule.face.description.chars().all(allowed), "{}", rule.id);
            assert!(!rule.face.description.contains("scope="), "{}", rule.id);
            assert!(!rule.face.description.contains("error="), "{}", rule.id);
        }
    }

    #[test]
    fn rules_that_share_a_page_share_the_whole_face() {
        for a in RULES {
            for b in RULES {
                if a.face.page == b.face.page {
                    assert_eq!(a.face, b.face, "{} and {}", a.id, b.id);
                }
            }
        }
    }

    #[test]
    fn every_text_says_something_and_names_its_source() {
        for rule in RULES {
            for text in [rule.title, rule.stops, rule.fix, rule.face.description] {
                assert!(text.len() > 10, "{}", rule.id);
            }
            assert!(rule.spec.contains(' '), "{}", rule.id);
        }
    }
}
