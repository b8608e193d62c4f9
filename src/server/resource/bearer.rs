//! The guard in front of every API: reads the token of a request, and asks whether it will do.

use axum::extract::Request;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::answer::Refusing;
use crate::protocol::{PeerCertificate, Secret};
use crate::resource::{Access, Need, Presented, PresentedKeys, ProtectedApi, ResourceServer};
use crate::rule::DecisionRecord;

/// Who may pass, and why.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) access: Access,
    pub(super) record: DecisionRecord,
    /// Whether the token came with the scheme `DPoP`: a later refusal speaks to that caller.
    pub(super) dpop: bool,
}

/// What of a request is looked at.
pub(super) fn call(request: &Request) -> Presented {
    let all = |name| request.headers().get_all(name).iter().map(HeaderValue::as_bytes);
    let text = |value: &[u8]| Secret::new(String::from_utf8_lossy(value).into_owned());
    Presented::new(all(AUTHORIZATION), request.uri().query()).with_keys(PresentedKeys {
        dpop: all(DPOP).map(text).collect(),
        certificate: request.extensions().get::<PeerCertificate>().cloned(),
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
    })
}

/// The nonce that the next `DPoP` proof of this caller needs. A request without proof needs none.
pub(super) fn nonce_due(server: &ResourceServer, request: &Request) -> Option<String> {
    let proves = request.headers().contains_key(DPOP);
    proves.then(|| server.dpop_nonce_due(&call(request))).flatten()
}

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Lets a request pass, or gives the refusal to send.
pub(super) async fn guard(
    server: &ResourceServer,
    api: &ProtectedApi,
    need: &Need,
    presented: Presented,
) -> Result<Passed, Response> {
    let decision = server.authorize(api, &presented, need).await;
    match decision.outcome {
        Ok(access) => Ok(Passed { access, record: decision.record, dpop: presented.is_dpop() }),
        Err(refusal) => {
            let refusing = Refusing { server, api, need: Some(need), dpop: presented.is_dpop() };
            Err(refusing.refuse(refusal, vec![decision.record]))
        }
    }
}
