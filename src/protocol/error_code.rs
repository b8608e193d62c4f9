//! Error codes of the wire, and the one place that picks an HTTP status.

use std::fmt;

use serde::Serialize;

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $text:literal, $status:literal;)+) => {
        /// A registered error code. Sources: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1,
        /// RFC 7591 §3.2.2, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5 and §8, RFC 9470 §3, OpenID
        /// Connect Core §3.1.2.6.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $($(#[$meta])* $variant),+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The wire value.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status of a direct (not redirected) answer.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// The code of a wire value.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// RFC 6749 §5.2: a parameter is missing, repeated or malformed.
    InvalidRequest = "invalid_request", 400;
    /// RFC 6749 §5.2: client authentication failed. Always 401.
    InvalidClient = "invalid_client", 401;
    /// RFC 6749 §5.2: the grant is invalid, expired, revoked, or another client's.
    InvalidGrant = "invalid_grant", 400;
    /// RFC 6749 §5.2: the client may not use this grant.
    UnauthorizedClient = "unauthorized_client", 400;
    /// RFC 6749 §5.2: the server does not know the grant type.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// RFC 6749 §5.2: the scope is unknown, malformed, or more than was granted.
    InvalidScope = "invalid_scope", 400;
    /// RFC 8707 §2: the resource is unknown or malformed.
    InvalidTarget = "invalid_target", 400;
    /// RFC 6749 §4.1.2.1: the user or the server said no.
    AccessDenied = "access_denied", 403;
    /// RFC 6749 §4.1.2.1: the response type is not supported.
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// RFC 6749 §4.1.2.1: an unexpected condition.
    ServerError = "server_error", 500;
    /// RFC 6749 §4.1.2.1: overloaded, or a limit is reached.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// OpenID Connect Core §3.1.2.6: `prompt=none`, but nobody is logged in.
    LoginRequired = "login_required", 400;
    /// OpenID Connect Core §3.1.2.6: `prompt=none`, but consent is needed.
    ConsentRequired = "consent_required", 400;
    /// OpenID Connect Core §3.1.2.6: the `request` parameter is not supported.
    RequestNotSupported = "request_not_supported", 400;
    /// OpenID Connect Core §3.1.2.6: the `request_uri` parameter is not supported.
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// RFC 9101 §7: the request object is malformed or does not verify.
    InvalidRequestObject = "invalid_request_object", 400;
    /// RFC 9101 §7: the reference is unusable.
    InvalidRequestUri = "invalid_request_uri", 400;
    /// OpenID Connect Core §3.1.2.6: the `registration` parameter is not supported.
    RegistrationNotSupported = "registration_not_supported", 400;
    /// OpenID Connect Core Error Code `unmet_authentication_requirements` 1.0: an essential way of
    /// authentication cannot be had.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// RFC 9396 §5: the details are malformed, of an unknown type, or not for this client.
    InvalidAuthorizationDetails = "invalid_authorization_details", 400;
    /// RFC 6750 §3.1: the access token is malformed, expired, revoked, or meant for others.
    InvalidToken = "invalid_token", 401;
    /// RFC 6750 §3.1: the access token lacks a scope.
    InsufficientScope = "insufficient_scope", 403;
    /// RFC 9470 §3: the user must be authenticated in another way, or again.
    InsufficientUserAuthentication = "insufficient_user_authentication", 401;
    /// RFC 9449 §5: the `DPoP` proof is missing or invalid. At a protected resource 401 (§7.1).
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// RFC 9449 §8: the `DPoP` proof needs a nonce of the server. At a protected resource 401 (§9).
    UseDpopNonce = "use_dpop_nonce", 400;
    /// RFC 7591 §3.2.2: a redirect URI is not acceptable.
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// RFC 7591 §3.2.2: other client metadata is not acceptable.
    InvalidClientMetadata = "invalid_client_metadata", 400;
    /// RFC 8628 §3.5: the user has not answered yet.
    AuthorizationPending = "authorization_pending", 400;
    /// RFC 8628 §3.5: the user has not answered yet, and the device asks too often.
    SlowDown = "slow_down", 400;
    /// RFC 8628 §3.5: the device code is over.
    ExpiredToken = "expired_token", 400;
    /// RFC 7591 §3.2.2: the software statement is not valid.
    InvalidSoftwareStatement = "invalid_software_statement", 400;
    /// RFC 7591 §3.2.2: the software statement is not approved here.
    UnapprovedSoftwareStatement = "unapproved_software_statement", 400;
    /// RFC 7009 §2.2.1: tokens of this type cannot be revoked.
    UnsupportedTokenType = "unsupported_token_type", 400;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An error as the wire shows it (RFC 6749 §5.2): the same shape as JSON body, query parameters and
/// challenge. The description is plain ASCII without `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OAuthError {
    /// The registered code.
    pub error: ErrorCode,
    /// For the developer who reads it.
    #[serde(rename = "error_description")]
    pub description: &'static str,
    /// A static page about the rule: states no facts of the request.
    #[serde(rename = "error_uri")]
    pub uri: String,
}
