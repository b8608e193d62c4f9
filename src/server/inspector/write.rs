//! Writing: our own client reports the steps that no server sees.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::InspectorState;
use super::answer::refusal;
use crate::rule::{self, Fact};
use crate::server::listener::{BodyError, read_body};
use crate::server::reply;
use crate::trace::{MAX_STEPS, STEPS_SCHEMA, StepReport, Steps, is_json};

/// Takes a report; its steps become part of the flow that it names.
pub(super) async fn steps(State(state): State<InspectorState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(is_json) {
        let facts = (Fact::fixed("application/json"), Fact::optional(content_type));
        return refusal(&rule::REQUEST_MEDIA_TYPE, facts);
    }
    let bytes = match read_body(body).await {
        Ok(bytes) => bytes,
        Err(error @ BodyError::TooLarge) => {
            let facts = (Fact::fixed("at most 64 KiB"), Fact::public(error));
            return refusal(&rule::REQUEST_SIZE, facts);
        }
        Err(error @ (BodyError::TooSlow | BodyError::Broken)) => {
            let facts = (Fact::fixed("a whole body"), Fact::public(error));
            return refusal(&rule::REQUEST_ENCODING, facts);
        }
    };
    let report: Option<StepReport> = serde_json::from_slice(&bytes).ok();
    let Some(steps) = report.and_then(|report| Steps::read(report, state.0.clock.now())) else {
        let expected = format!("{STEPS_SCHEMA} with at most {MAX_STEPS} steps");
        let facts = (Fact::public(expected), Fact::fixed("something else"));
        return refusal(&rule::REQUEST_ENCODING, facts);
    };
    let kept = steps.steps.len();
    state.0.ring.report(steps);
    reply::json(StatusCode::ACCEPTED, &json!({ "schema": "oauthlab.reported/v1", "steps": kept }))
}
