//! The shape of one of `clients`. Its keys are named as RFC 7591 and the registry that it opens name
//! them, but for the short ones that came first.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::field::Field;
use super::super::words::{self, OwnKeys, SigningAlgorithm};
use super::trust::Exchange;
use crate::protocol::Secret;

/// A preregistered client: `public: true`, a `secret`, keys, or a certificate.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "a client", default, deny_unknown_fields)]
#[schemars(rename = "Client")]
pub(crate) struct Client {
    /// Its `client_id`.
    pub(crate) id: Field<String>,
    /// A name for people.
    pub(crate) name: Field<String>,
    /// Its home page.
    pub(crate) uri: Field<String>,
    /// Whether it has no credential: native applications and browsers.
    pub(crate) public: Field<bool>,
    /// Its secret; `generated` makes a random one at each start.
    pub(crate) secret: Field<Secret>,
    /// How it authenticates at the token endpoint; what its credential is for unless given.
    #[schemars(with = "Field<words::AuthenticationMethod>")]
    pub(crate) auth_method: Field<String>,
    /// Where codes may be sent. Compared exactly; only loopback ports are free (RFC 8252).
    pub(crate) redirect_uris: Field<Vec<Field<String>>>,
    /// Grants that it may use; `authorization_code` when it names none (RFC 7591 section 2). Short
    /// names such as `device_code` will do.
    #[schemars(with = "Field<Vec<words::Grant>>")]
    pub(crate) grants: Field<Vec<Field<String>>>,
    /// Response types that it may use; those of its grants when it names none.
    #[schemars(with = "Field<Vec<words::Response>>")]
    pub(crate) response_types: Field<Vec<Field<String>>>,
    /// Scopes that it may ask for; every scope when it names none.
    pub(crate) scopes: Field<Vec<Field<String>>>,
    /// Claims to add to its access tokens, beside those of `tokens.access.claims`.
    pub(crate) claims: Field<Map<String, Value>>,
    /// `generated` makes it a key and a certificate at each start, for `private_key_jwt` (which is then
    /// what it authenticates by, unless told otherwise) or `self_signed_tls_client_auth`. They stand in
    /// the live record of the lab, where the commands find them.
    pub(crate) keys: Field<OwnKeys>,
    /// Its public keys, as a JWK Set.
    pub(crate) jwks: Field<Map<String, Value>>,
    /// A file with its public keys, as a JWK Set in JSON.
    pub(crate) jwks_file: Field<String>,
    /// Where its public keys are fetched.
    pub(crate) jwks_uri: Field<String>,
    /// The one algorithm of its assertions (RFC 7523); any that the method admits unless given.
    pub(crate) token_endpoint_auth_signing_alg: Field<String>,
    /// The subject of its certificate (RFC 8705 section 2.1.2); one of five.
    pub(crate) tls_client_auth_subject_dn: Field<String>,
    /// A DNS name of its certificate.
    pub(crate) tls_client_auth_san_dns: Field<String>,
    /// A URI of its certificate.
    pub(crate) tls_client_auth_san_uri: Field<String>,
    /// An IP address of its certificate.
    pub(crate) tls_client_auth_san_ip: Field<String>,
    /// An email address of its certificate.
    pub(crate) tls_client_auth_san_email: Field<String>,
    /// What it may do with tokens of other clients (RFC 8693).
    pub(crate) exchange: Field<Exchange>,
    /// What signs its ID tokens.
    pub(crate) id_token_alg: Field<SigningAlgorithm>,
    /// What signs its authorization responses (JARM).
    pub(crate) authorization_signed_response_alg: Field<SigningAlgorithm>,
    /// What signs introspection answers to it (RFC 9701).
    pub(crate) introspection_signed_response_alg: Field<SigningAlgorithm>,
    /// The one algorithm of its request objects (RFC 9101).
    pub(crate) request_object_signing_alg: Field<SigningAlgorithm>,
    /// Whether it must sign its requests (RFC 9101).
    pub(crate) require_signed_request_object: Field<bool>,
    /// Whether it must push its requests (RFC 9126).
    pub(crate) require_pushed_authorization_requests: Field<bool>,
    /// Whether its tokens must be bound to a key of its own (RFC 9449).
    pub(crate) dpop_bound_access_tokens: Field<bool>,
    /// Whether its tokens are bound to its certificate (RFC 8705).
    pub(crate) tls_client_certificate_bound_access_tokens: Field<bool>,
    /// Types of authorization details that it uses (RFC 9396).
    pub(crate) authorization_details_types: Field<Vec<Field<String>>>,
    /// Seconds since the login, unless a request says otherwise.
    pub(crate) default_max_age: Field<u64>,
    /// Whether its ID tokens must have `auth_time`.
    pub(crate) require_auth_time: Field<bool>,
    /// Authentication contexts, unless a request says otherwise.
    pub(crate) default_acr_values: Field<Vec<Field<String>>>,
    /// Where users may return to after a logout.
    pub(crate) post_logout_redirect_uris: Field<Vec<Field<String>>>,
    /// Where logout tokens are posted.
    pub(crate) backchannel_logout_uri: Field<String>,
    /// Whether it needs `sid` in them.
    pub(crate) backchannel_logout_session_required: Field<bool>,
    /// What a logout page loads in a frame.
    pub(crate) frontchannel_logout_uri: Field<String>,
    /// Whether it needs `iss` and `sid` there.
    pub(crate) frontchannel_logout_session_required: Field<bool>,
}
