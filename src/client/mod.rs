//! oauthlab as a client, against our own server or any other. One file a flow.
//!
//! A flow takes a [`Caller`]: the HTTPS client, and the [`Steps`] in which every exchange is kept
//! as data, so that a transcript can teach what happened. What a client must verify are
//! [`Check`]s: a list of named results, of which the first broken one ends the flow.

mod answer;
mod caller;
mod challenge;
mod check;
mod client_credentials;
mod credentials;
mod discovery;
mod error;
mod introspect;
mod jwks;
mod refresh;
mod register;
mod revoke;
mod step;
mod summary;
mod token_request;
mod userinfo;

pub use answer::Answer;
pub use caller::{Caller, Lesson};
pub use challenge::{Challenge, challenges};
pub use check::{Check, Checks, Criterion, Outcome};
pub use client_credentials::client_credentials;
pub use credentials::Credentials;
pub use discovery::{AuthorizationServer, METADATA_ISSUER, METADATA_TLS, discover};
pub use error::{ClientError, ErrorResponse, ExitClass, Unverified};
pub use introspect::introspect;
pub use jwks::Jwks;
pub use refresh::refresh;
pub use register::{
    REGISTRATION_ORIGIN, Registration, delete_registration, read_registration, register,
    update_registration,
};
pub use revoke::revoke;
pub use step::{Received, Sent, Step, Steps};
pub use token_request::{Granted, TOKEN_PRESENT, TOKEN_SCOPE, TOKEN_TYPE, TokenTarget};
pub use userinfo::{USERINFO_SUB, userinfo};
