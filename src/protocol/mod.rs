//! What the specs say: wire types and grammar. Pure: no I/O, no clock, no storage.
//!
//! A type that exists is valid: parsing is the only way in. What is refused comes back as data
//! (`Malformed`, [`FormError`], …), and the caller decides which rule it broke.

mod authorization_details;
mod bounded_json;
mod certificate_subject;
mod claims;
mod claims_request;
mod client_assertion;
mod client_auth;
mod client_id_url;
mod confirmation;
mod device;
pub mod dpop;
mod error_code;
mod exchange_request;
pub mod forge;
mod form;
#[cfg(test)]
pub(crate) mod hostile_input;
mod identifiers;
mod issuer_url;
pub mod jose;
mod logout;
mod metadata;
mod names;
mod network;
mod peer_certificate;
mod pkce;
mod redirect_uri;
mod registration;
mod request_object;
mod requests;
mod resource_uri;
mod responses;
mod scope;
mod secret;
mod signed_response;
mod text;

pub use authorization_details::{
    DETAIL_TYPES, DetailsMalformed, NoteAction, NotesAccess, notes_accesses, parse_details,
};
pub use certificate_subject::{
    RegisteredSubject, certificate_subject, common_name, holds_certificate,
};
pub use claims::{AccessTokenClaims, Audience, IdTokenClaims};
pub use claims_request::{ClaimWish, ClaimsMalformed, ClaimsRequest};
pub use client_assertion::{
    AssertionClaims, AssertionError, CLIENT_ASSERTION_JWT, CLIENT_ASSERTION_TYPE, ClientAssertion,
    MAX_CLIENT_ASSERTION,
};
pub use client_auth::{BasicError, ClientCredentials, ClientSecretBasic};
pub use client_id_url::{ClientIdUrl, ClientIdUrlError};
pub use confirmation::Confirmation;
pub use device::{DeviceAuthorizationResponse, UserCode};
pub use error_code::{ErrorCode, OAuthError};
pub use exchange_request::{AssertionRequest, ExchangeRequest};
pub use form::{Form, FormError, percent_decode};
pub use identifiers::{ClientId, Malformed, Subject};
pub use issuer_url::{IssuerUrl, IssuerUrlError, is_loopback_host};
pub use logout::{LogoutRequest, LogoutTokenClaims};
pub use metadata::{AuthorizationServerMetadata, ProtectedResourceMetadata};
pub use names::{
    Algorithm, AuthMethod, GrantType, Prompt, ResponseMode, ResponseType, TokenType, TokenTypeHint,
};
pub use network::network;
pub use peer_certificate::PeerCertificate;
pub use pkce::{ChallengeMethod, CodeChallenge, CodeVerifier};
pub use redirect_uri::{RedirectUri, RedirectUriError};
pub use registration::{
    ApplicationType, ClientInformation, ClientKeys, ClientLogout, ClientMetadata, ClientWishes,
    Disagreement,
};
pub use request_object::{RequestObject, RequestObjectError};
pub use requests::{
    AuthorizationRequest, CodeRequest, DeviceCodeRequest, PasswordRequest, ScopeRequest,
    TokenQuery, TokenRequest,
};
pub use resource_uri::{ResourceUri, ResourceUriError};
pub use responses::{
    BearerChallenge, IntrospectionResponse, PushedResponse, TokenResponse, UserInfo,
};
pub use scope::{Scope, ScopeError, ScopeToken};
pub use secret::Secret;
pub use signed_response::SignedResponse;
pub use text::deceives;
