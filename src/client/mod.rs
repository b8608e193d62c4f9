//! oauthlab as a client, against our own server or any other. One file a flow.
//!
//! A flow takes a [`Caller`]: the HTTPS client, and the [`Steps`] in which every exchange is kept
//! as data, so that a transcript can teach what happened. What a client must verify are
//! [`Check`]s: a list of named results, of which the first broken one ends the flow.

mod access_token;
mod answer;
mod arrival;
mod assertion;
mod authorization_response;
mod call;
mod caller;
mod challenge;
mod check;
mod client_credentials;
mod code;
mod credentials;
mod device;
mod discovery;
mod error;
mod id_token;
mod introspect;
mod jwks;
mod jwt_bearer;
mod login;
mod loopback;
mod prover;
mod push;
mod refresh;
mod register;
mod request_object;
mod revoke;
mod signed_answer;
mod step;
mod summary;
#[cfg(test)]
mod tests;
mod token_exchange;
mod token_request;
mod userinfo;
mod verify;
mod wanted_login;

pub use access_token::{
    ACCESS_TOKEN_AUD, ACCESS_TOKEN_CLAIMS, ACCESS_TOKEN_CLIENT, ACCESS_TOKEN_EXP, ACCESS_TOKEN_ISS,
    ACCESS_TOKEN_KEY, ACCESS_TOKEN_SIGNATURE,
};
pub use answer::Answer;
pub use arrival::{Arrival, Carrier};
pub use assertion::AssertionMaker;
pub use authorization_response::{
    Keyring, RESPONSE_CODE, RESPONSE_ISS, RESPONSE_MODE, RESPONSE_ONCE, RESPONSE_STATE,
};
pub use call::{ApiAnswer, ApiCall, RESOURCE_METADATA, call, resource_metadata};
pub use caller::{Caller, Lesson};
pub use challenge::{Challenge, challenges};
pub use check::{Check, Checks, Criterion, Outcome};
pub use client_credentials::client_credentials;
pub use code::{CodeFlow, CodeSettings};
pub use credentials::Credentials;
pub use device::DeviceFlow;
pub use discovery::{AuthorizationServer, METADATA_ISSUER, METADATA_TLS, discover};
pub use error::{ClientError, ErrorResponse, ExitClass, Unverified};
pub use id_token::{
    ID_TOKEN_ALG, ID_TOKEN_AT_HASH, ID_TOKEN_AUD, ID_TOKEN_AZP, ID_TOKEN_CLAIMS, ID_TOKEN_EXP,
    ID_TOKEN_IAT, ID_TOKEN_ISS, ID_TOKEN_NONCE, ID_TOKEN_PRESENT, ID_TOKEN_SIGNATURE,
};
pub use introspect::introspect;
pub use jwks::Jwks;
pub use jwt_bearer::jwt_bearer;
pub use login::{Browser, Consent, CookieJar, Person};
pub use loopback::{LoopbackListener, parse_callback};
pub use prover::Prover;
pub use push::{PUSHED_LIFETIME, PUSHED_REFERENCE, PUSHED_STATUS, PushReason};
pub use refresh::refresh;
pub use register::{
    REGISTRATION_ORIGIN, Registration, delete_registration, read_registration, register,
    update_registration,
};
pub use request_object::RequestSigner;
pub use revoke::revoke;
pub use signed_answer::{
    RESPONSE_JWT, RESPONSE_JWT_ALG, RESPONSE_JWT_AUD, RESPONSE_JWT_EXP, RESPONSE_JWT_ISS,
    RESPONSE_JWT_SIGNATURE,
};
pub use step::{Received, Sent, Step, Steps};
pub use token_exchange::{ExchangeSettings, token_exchange};
pub use token_request::{
    Granted, TOKEN_BOUND, TOKEN_PRESENT, TOKEN_SCOPE, TOKEN_TYPE, TokenTarget,
};
pub use userinfo::{USERINFO_SUB, userinfo};
pub use verify::{Expectation, Verified, verify_tokens};
pub use wanted_login::{LOGIN_ACR, LOGIN_AGE};
