//! Replies: from a decision to a response. The one place that picks status, headers and body of a
//! refusal; endpoints only say which face it has.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION, PRAGMA, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::protocol::{BearerChallenge, ErrorCode, IssuerUrl, OAuthError};
use crate::rule::{self, Decision, DecisionRecord, Fact, Judge, NoWaivers, Refusal, Rule};
use crate::trace::{self, Decisions};

/// `DPoP-Nonce` (RFC 9449 §8.1).
pub(super) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A response with the decisions behind it, which only the trace layer reads. Whoever is put off is
/// told for how long, if that is known.
pub(super) fn with_decisions(mut response: Response, records: Vec<DecisionRecord>) -> Response {
    let wait = records.iter().filter_map(|record| record.again_in).max();
    if let Some(seconds) = retry_after(response.status(), wait)
        && !response.headers().contains_key(RETRY_AFTER)
    {
        set(&mut response, RETRY_AFTER, &seconds.to_string());
    }
    response.extensions_mut().insert(Decisions(records));
    response
}

/// With the nonce that the next `DPoP` proof needs (RFC 9449 §8).
pub(super) fn with_nonce(mut response: Response, nonce: Option<String>) -> Response {
    if let Some(nonce) = nonce {
        set(&mut response, DPOP_NONCE, &nonce);
    }
    response
}

/// A JSON body. Never cached: it may hold tokens (RFC 6749 §5.1).
pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => no_store(raw(status, "application/json", body)),
        Err(_) => raw(StatusCode::INTERNAL_SERVER_ERROR, "application/json", b"{}".to_vec()),
    }
}

/// A body as it is.
pub(super) fn raw(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, media_type);
    response
}

/// Without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// 303: the browser goes there with GET, whatever it sent (RFC 9700 §4.12).
pub(super) fn see_other(location: &str) -> Response {
    let mut response = no_store(empty(StatusCode::SEE_OTHER));
    set(&mut response, LOCATION, location);
    response
}

/// Adds `Cache-Control: no-store` and its older sister.
pub(super) fn no_store(mut response: Response) -> Response {
    set(&mut response, CACHE_CONTROL, "no-store");
    set(&mut response, PRAGMA, "no-cache");
    response
}

/// Sets a header; a value that is no header value is left out.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The wire form of a broken rule.
pub(super) fn oauth_error(issuer: &IssuerUrl, rule: &'static Rule) -> OAuthError {
    OAuthError {
        error: rule.face.error,
        description: rule.face.description,
        uri: issuer.endpoint(&format!("/rules/{}", rule.face.page)),
    }
}

/// The path that was asked for: who puts a token into one shall not find it in a log.
pub(super) fn asked_path(path: &str) -> Fact {
    Fact::public(trace::path(path).hidden())
}

/// The status of a rule's face.
pub(super) fn status(rule: &'static Rule) -> StatusCode {
    StatusCode::from_u16(rule.face.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// As [`status`], at a protected resource: a proof that will not do is 401 there (RFC 9449 §7.1, §9).
pub(super) fn resource_status(rule: &'static Rule) -> StatusCode {
    match rule.face.error {
        ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => StatusCode::UNAUTHORIZED,
        _ => status(rule),
    }
}

/// In how many seconds it is worth trying again (RFC 9110 §10.2.3): rounded up, so that it works then.
fn retry_after(status: StatusCode, wait: Option<Duration>) -> Option<u64> {
    let seconds = |wait: Duration| wait.as_millis().div_ceil(1000).max(1);
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            Some(wait.map_or(60, |wait| u64::try_from(seconds(wait)).unwrap_or(u64::MAX)))
        }
        StatusCode::SERVICE_UNAVAILABLE => Some(5),
        _ => None,
    }
}

/// A refusal as JSON (RFC 6749 §5.2, RFC 7591 §3.2.2).
pub(super) fn refusal(
    issuer: &IssuerUrl,
    refusal: Refusal,
    records: Vec<DecisionRecord>,
) -> Response {
    let rule = refusal.rule;
    let response = json(status(rule), &oauth_error(issuer, rule));
    with_decisions(response, records)
}

/// A refusal of a back-channel request. Only a client that tried the `Authorization` header is
/// answered by a challenge for it (RFC 6749 §5.2): clients take any challenge for the whole answer.
/// The error is repeated in it for those.
pub(super) fn client_refusal(
    issuer: &IssuerUrl,
    headers: &HeaderMap,
    refused: Refusal,
    records: Vec<DecisionRecord>,
) -> Response {
    let face = &refused.rule.face;
    let challenged = face.error == ErrorCode::InvalidClient && headers.contains_key(AUTHORIZATION);
    let mut response = refusal(issuer, refused, records);
    if challenged {
        let (error, description) = (face.error, face.description);
        let challenge = format!(
            "Basic realm=\"oauthlab\", charset=\"UTF-8\", error=\"{error}\", \
             error_description=\"{description}\""
        );
        set(&mut response, WWW_AUTHENTICATE, &challenge);
    }
    response
}

/// A refusal of a bearer token at one of the issuer's own resources (RFC 6750 §3).
pub(super) fn bearer_refusal(
    issuer: &IssuerUrl,
    refusal: Refusal,
    records: Vec<DecisionRecord>,
) -> Response {
    token_refusal(issuer, refusal, records, BearerChallenge::default())
}

/// As [`bearer_refusal`], where the token may be bound to a key: `challenge` says what of proofs.
pub(super) fn token_refusal(
    issuer: &IssuerUrl,
    refusal: Refusal,
    records: Vec<DecisionRecord>,
    challenge: BearerChallenge,
) -> Response {
    let rule = refusal.rule;
    // A request without credentials gets no error code (RFC 6750 §3.1).
    let bare = *rule == rule::BEARER_PRESENTED;
    let challenge = BearerChallenge {
        error: (!bare).then_some(rule.face.error),
        error_description: (!bare).then_some(rule.face.description),
        ..challenge
    };
    let mut response = if bare {
        no_store(empty(status(rule)))
    } else {
        json(resource_status(rule), &oauth_error(issuer, rule))
    };
    set(&mut response, WWW_AUTHENTICATE, &challenge.header());
    with_decisions(response, records)
}

/// A decision about the request itself, made outside of any endpoint.
pub(super) fn request_refusal(
    rule: &'static Rule,
    facts: (Fact, Fact),
) -> (Refusal, DecisionRecord) {
    let mut judge = Judge::new(&rule::REQUEST, &NoWaivers);
    judge.check(rule, false, || facts);
    let decision: Decision<(), ()> = judge.conclude(Ok(((), Vec::new())));
    (Refusal { rule }, decision.record)
}

/// As [`refuse_request`], by a rate that admits such a request again after `wait`.
pub(super) fn put_off(
    issuer: &IssuerUrl,
    rule: &'static Rule,
    facts: (Fact, Fact),
    wait: Duration,
) -> Response {
    let (refused, mut record) = request_refusal(rule, facts);
    record.again_in = Some(wait);
    refusal(issuer, refused, vec![record])
}

/// As [`request_refusal`], as a JSON response.
pub(super) fn refuse_request(
    issuer: &IssuerUrl,
    rule: &'static Rule,
    facts: (Fact, Fact),
) -> Response {
    let (refused, record) = request_refusal(rule, facts);
    refusal(issuer, refused, vec![record])
}

/// 405 with the methods that there are (RFC 9110 §15.5.6).
pub(super) fn method_not_allowed(issuer: &IssuerUrl, allow: &'static str, got: &str) -> Response {
    let facts = (Fact::fixed(allow), Fact::public(got));
    let mut response = refuse_request(issuer, &rule::REQUEST_METHOD, facts);
    set(&mut response, ALLOW, allow);
    response
}
