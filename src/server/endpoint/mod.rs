//! The authorization server's endpoints: one file each, 15 to 40 lines of rendering.

pub(super) mod account;
pub(super) mod authorize;
pub(super) mod consent;
pub(super) mod device;
pub(super) mod device_authorization;
pub(super) mod introspect;
pub(super) mod jwks;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod metadata;
pub(super) mod par;
pub(super) mod public;
pub(super) mod register;
pub(super) mod revoke;
pub(super) mod token;
pub(super) mod userinfo;

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::issuer::{PresentedClient, PresentedSender};
use crate::protocol::{Form, Secret};

/// The variable segment of the path. One that is not UTF-8 is read as empty: it names nothing, and
/// the endpoint says so in its own words.
#[derive(Debug)]
pub(super) struct Segment(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(read.map(|Path(segment)| segment).unwrap_or_default()))
    }
}

/// What a back-channel request carries about its client.
fn presented_client(headers: &HeaderMap, form: &Form, sender: PresentedSender) -> PresentedClient {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    // A header that is no text, and a second one, are presented as something that cannot be read.
    let header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(one), None) => Some(one.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => Some(""),
    };
    PresentedClient::read(header, form, sender)
}

/// The token of a single, well-formed `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim_start_matches(' ')))
}
