//! The allow-list: what may be shown of a request or a response. Everything else is secret.

use super::text::Label;

/// How a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// May be shown.
    Public,
    /// A URL: may be shown but for the secrets in it.
    Url,
    /// Must not be shown.
    Secret(Label),
}

/// How a header is kept; headers without a class are not kept at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderClass {
    /// May be shown.
    Public,
    /// A URL.
    Url,
    /// Must not be shown.
    Secret(Label),
    /// A scheme and credentials.
    Authorization,
    /// Cookies in a request.
    Cookies,
    /// A cookie in a response.
    SetCookie,
}

/// The class of a parameter of a query or form, or of a JSON member.
pub(super) fn member(name: &str) -> Class {
    match name {
        "redirect_uri"
        | "post_logout_redirect_uri"
        | "client_uri"
        | "logo_uri"
        | "tos_uri"
        | "policy_uri"
        | "jwks_uri"
        | "registration_client_uri"
        | "verification_uri"
        | "verification_uri_complete"
        | "initiate_login_uri"
        | "sector_identifier_uri" => Class::Url,
        "code"
        | "state"
        | "nonce"
        | "access_token"
        | "refresh_token"
        | "id_token"
        | "token"
        | "password"
        | "client_secret"
        | "registration_access_token"
        | "interaction"
        | "csrf"
        | "device_code"
        | "user_code"
        | "request_uri"
        | "client_assertion"
        | "assertion"
        | "software_statement"
        | "code_verifier"
        | "id_token_hint"
        | "logout_token"
        | "subject_token"
        | "actor_token"
        | "response"
        | "request" => Class::Secret(label(name)),
        _ if is_public(name) => Class::Public,
        _ => Class::Secret("secret"),
    }
}

fn label(name: &str) -> Label {
    match name {
        "code" => "code",
        "state" => "state",
        "nonce" => "nonce",
        "access_token" => "access_token",
        "refresh_token" => "refresh_token",
        "id_token" | "id_token_hint" => "id_token",
        "token" | "logout_token" | "subject_token" | "actor_token" | "response" => "token",
        "password" => "password",
        "client_secret" => "client_secret",
        "registration_access_token" => "registration_token",
        "interaction" => "interaction",
        "csrf" => "csrf",
        "device_code" => "device_code",
        "user_code" => "user_code",
        "request_uri" => "request_uri",
        "client_assertion" | "assertion" | "software_statement" | "request" => "assertion",
        "code_verifier" => "verifier",
        _ => "secret",
    }
}

#[rustfmt::skip]
fn is_public(name: &str) -> bool {
    is_metadata(name) || matches!(
        name,
        // Requests: RFC 6749, RFC 7636, RFC 8707, RFC 7009, OpenID Connect Core.
        "client_id" | "scope" | "grant_type" | "response_type" | "response_mode"
        | "code_challenge" | "code_challenge_method" | "resource" | "audience" | "prompt"
        | "max_age" | "dpop_jkt" | "jkt" | "display" | "ui_locales" | "logout_hint" | "acr_values" | "token_type_hint"
        // Our own forms: who logs in, and what was answered.
        | "username" | "decision" | "action" | "consent"
        // Answers: errors, tokens, introspection, claims.
        | "error" | "error_description" | "error_uri" | "iss" | "token_type" | "expires_in" | "interval"
        | "active" | "exp" | "iat" | "nbf" | "sub" | "aud" | "jti" | "auth_time" | "rule"
        | "schema" | "hint" | "client_id_issued_at" | "client_secret_expires_at"
        // Keys (public ones), and JSON-RPC.
        | "keys" | "kid" | "kty" | "alg" | "use" | "crv" | "jsonrpc" | "method" | "id" | "name"
        | "message" | "protocolVersion" | "params" | "result" | "tools" | "status"
    )
}

/// Client metadata (RFC 7591 §2) and server metadata (RFC 8414 §2, RFC 9728 §2).
fn is_metadata(name: &str) -> bool {
    const ENDINGS: [&str; 6] =
        ["_supported", "_endpoint", "_response_alg", "_signing_alg", "_auth_method", "_name"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        || matches!(
            name,
            "issuer"
                | "authorization_servers"
                | "redirect_uris"
                | "grant_types"
                | "response_types"
                | "application_type"
                | "contacts"
                | "software_id"
                | "software_version"
        )
}

/// The class of a request header; `None` when it is not kept.
pub(super) fn request_header(name: &str) -> Option<HeaderClass> {
    match name {
        "authorization" => Some(HeaderClass::Authorization),
        "cookie" => Some(HeaderClass::Cookies),
        // A proof works until somebody has used it (RFC 9449 §11.1).
        "dpop" => Some(HeaderClass::Secret("dpop_proof")),
        "host"
        | "content-type"
        | "content-length"
        | "accept"
        | "user-agent"
        | "origin"
        | "access-control-request-method"
        | "access-control-request-headers"
        | "mcp-protocol-version"
        | "mcp-method"
        | "mcp-name"
        | "sec-fetch-site" => Some(HeaderClass::Public),
        _ => None,
    }
}

/// The class of a response header; `None` when it is not kept.
pub(super) fn response_header(name: &str) -> Option<HeaderClass> {
    match name {
        "location" => Some(HeaderClass::Url),
        "set-cookie" => Some(HeaderClass::SetCookie),
        "dpop-nonce" => Some(HeaderClass::Secret("nonce")),
        "content-type"
        | "cache-control"
        | "www-authenticate"
        | "allow"
        | "retry-after"
        | "access-control-allow-origin"
        | "access-control-allow-headers" => Some(HeaderClass::Public),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_secret() {
        for name in ["", "x", "api_key", "Client_Id", "code ", "d", "k", "oth"] {
            assert_eq!(member(name), Class::Secret("secret"), "{name}");
        }
        assert_eq!(request_header("x-api-key"), None);
        assert_eq!(request_header("proxy-authorization"), None);
    }

    #[test]
    fn credentials_codes_and_tokens_are_secret_and_labelled() {
        for name in ["code", "state", "client_secret", "refresh_token", "id_token", "password"] {
            assert!(matches!(member(name), Class::Secret(label) if label != "secret"), "{name}");
        }
        assert_eq!(member("code_challenge"), Class::Public);
    }
}
