//! The guard in front of every API: reads the token of a request, and asks whether it will do.

use axum::extract::Request;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::answer::Refusing;
use crate::resource::{Access, Need, Presented, ProtectedApi, ResourceServer};
use crate::rule::DecisionRecord;

/// Who may pass, and why.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) access: Access,
    pub(super) record: DecisionRecord,
}

/// What of a request is looked at: headers and query.
pub(super) fn call(request: &Request) -> (&HeaderMap, Option<&str>) {
    (request.headers(), request.uri().query())
}

/// Lets a request pass, or gives the refusal to send.
pub(super) async fn guard(
    server: &ResourceServer,
    api: &ProtectedApi,
    need: &Need,
    (headers, query): (&HeaderMap, Option<&str>),
) -> Result<Passed, Response> {
    let authorization = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let presented = Presented::new(authorization, query);
    let decision = server.authorize(api, &presented, need).await;
    match decision.outcome {
        Ok(access) => Ok(Passed { access, record: decision.record }),
        Err(refusal) => {
            let refusing = Refusing { server, api, need: Some(need) };
            Err(refusing.refuse(refusal, vec![decision.record]))
        }
    }
}
