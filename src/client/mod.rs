//! oauthlab as a client, against our own server or any other. One file a flow.
//!
//! A flow takes a [`Caller`]: the HTTPS client, and the [`Steps`] in which every exchange is kept
//! as data, so that a transcript can teach what happened. What a client must verify are
//! [`Check`]s: a list of named results, of which the first broken one ends the flow.

mod answer;
mod caller;
mod check;
mod credentials;
mod error;
mod introspect;
mod jwks;
mod step;
mod summary;

pub use answer::Answer;
pub use caller::{Caller, Lesson};
pub use check::{Check, Checks, Criterion, Outcome};
pub use credentials::Credentials;
pub use error::{ClientError, ErrorResponse, ExitClass, Unverified};
pub use introspect::introspect;
pub use jwks::Jwks;
pub use step::{Field, Received, Sent, Step, Steps};
