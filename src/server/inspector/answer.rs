//! Answers of the inspector: documents with a schema, and refusals that name their rule. Whoever
//! reads them holds the inspector's token, or learns no more than the rule's public text.

use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};

use crate::rule::{DecisionRecord, Fact, INSPECTOR_TOKEN, Rule};
use crate::server::reply::{empty, json, request_refusal, set, status, with_decisions};

/// A refusal of the inspector (`oauthlab.refusal/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RefusalView {
    schema: String,
    error: String,
    error_description: String,
    rule: String,
    fix: String,
}

/// What was asked for is not in the ring. The guard turns it into a refusal.
#[derive(Clone, Debug)]
pub(super) struct NotKept(pub(super) String);

impl IntoResponse for NotKept {
    fn into_response(self) -> Response {
        let mut response = empty(StatusCode::NOT_FOUND);
        response.extensions_mut().insert(self);
        response
    }
}

/// A document.
pub(super) fn document<T: Serialize>(value: &T) -> Response {
    json(StatusCode::OK, value)
}

/// A refusal of a request that cannot be read.
pub(super) fn refusal(rule: &'static Rule, facts: (Fact, Fact)) -> Response {
    let (refused, record) = request_refusal(rule, facts);
    refused_by(refused.rule, record)
}

/// A refusal with the decision behind it.
pub(super) fn refused_by(rule: &'static Rule, record: DecisionRecord) -> Response {
    let view = RefusalView {
        schema: "oauthlab.refusal/v1".to_owned(),
        error: rule.face.error.as_str().to_owned(),
        error_description: rule.face.description.to_owned(),
        rule: rule.id.to_owned(),
        fix: rule.fix.to_owned(),
    };
    let mut response = json(status(rule), &view);
    if *rule == INSPECTOR_TOKEN {
        set(&mut response, WWW_AUTHENTICATE, "Bearer");
    }
    with_decisions(response, vec![record])
}

/// What every answer carries: no cache, no frame, no guessing, no other origin.
pub(super) fn sealed(mut response: Response) -> Response {
    set(&mut response, CACHE_CONTROL, "no-store");
    set(&mut response, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, REFERRER_POLICY, "no-referrer");
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    set(&mut response, policy, "same-origin");
    response
}
