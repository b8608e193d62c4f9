//! Refusals of an API: status, challenge and body from the broken rule (RFC 6750 §3, RFC 9728 §5.1).

use axum::response::Response;
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use crate::protocol::{BearerChallenge, ErrorCode};
use crate::resource::{Need, NoteTrouble, ProtectedApi, ResourceServer};
use crate::rule::{BEARER_PRESENTED, DecisionRecord, Fact, Refusal, Rule};
use crate::server::reply::{
    empty, json, no_store, oauth_error, request_refusal, resource_status, set, status,
    with_decisions,
};
use crate::trace::Decisions;

/// Who refuses, and what would have been enough.
#[derive(Clone, Copy)]
pub(super) struct Refusing<'a> {
    pub(super) server: &'a ResourceServer,
    pub(super) api: &'a ProtectedApi,
    /// `None` where no scope would help.
    pub(super) need: Option<&'a Need>,
    /// Whether the token came with the scheme `DPoP`.
    pub(super) dpop: bool,
}

impl Refusing<'_> {
    /// A refusal by an API's rule.
    pub(super) fn refuse(&self, refusal: Refusal, records: Vec<DecisionRecord>) -> Response {
        let rule = refusal.rule;
        // A request without credentials gets no error information (RFC 6750 §3.1).
        let is_bare = *rule == BEARER_PRESENTED;
        let mut response = if is_bare {
            no_store(empty(status(rule)))
        } else {
            json(resource_status(rule), &oauth_error(self.server.issuer(), rule))
        };
        if is_about_the_token(rule) {
            let step_up = rule.face.error == ErrorCode::InsufficientUserAuthentication;
            let wanted = self.need.filter(|_| step_up).map(Need::step_up);
            let challenge = BearerChallenge {
                error: (!is_bare).then_some(rule.face.error),
                error_description: (!is_bare).then_some(rule.face.description),
                scope: self.need.and_then(Need::challenge).map(str::to_owned),
                resource_metadata: Some(self.api.metadata_url()),
                acr_values: wanted.map(|wanted| wanted.acr.join(" ")).filter(|acr| !acr.is_empty()),
                max_age: wanted
                    .and_then(|wanted| wanted.max_age)
                    .map(|age| age.as_secs().to_string()),
                algs: Some(self.server.proof_algorithms().join(" ")),
                dpop: self.dpop,
            };
            set(&mut response, WWW_AUTHENTICATE, &challenge.header());
        }
        with_decisions(response, records)
    }
}

/// Whether another token, or the same one sent differently, would help.
fn is_about_the_token(rule: &'static Rule) -> bool {
    match rule.face.error {
        ErrorCode::InvalidToken
        | ErrorCode::InsufficientScope
        | ErrorCode::InsufficientUserAuthentication
        | ErrorCode::InvalidDpopProof
        | ErrorCode::UseDpopNonce => true,
        ErrorCode::InvalidRequest => rule.id.starts_with("bearer."),
        _ => false,
    }
}

/// A refusal that has nothing to do with the token: of the body, or for want of a record.
pub(super) fn refuse(
    server: &ResourceServer,
    refusal: Refusal,
    records: Vec<DecisionRecord>,
) -> Response {
    let rule = refusal.rule;
    with_decisions(json(status(rule), &oauth_error(server.issuer(), rule)), records)
}

/// A refusal that came after another decision: the record shows both, in the order they fell.
pub(super) fn after(record: DecisionRecord, mut refused: Response) -> Response {
    let later = refused.extensions_mut().remove::<Decisions>().unwrap_or_default();
    let records = std::iter::once(record).chain(later.0).collect();
    with_decisions(refused, records)
}

/// The notes could not be decided about.
pub(super) fn trouble(
    server: &ResourceServer,
    trouble: &NoteTrouble,
    mut records: Vec<DecisionRecord>,
) -> Response {
    let (refusal, record) =
        request_refusal(trouble.rule(), ("no trouble".into(), Fact::public(trouble)));
    records.push(record);
    refuse(server, refusal, records)
}

/// The answer to something that was done, with nothing to show.
pub(super) fn done(records: Vec<DecisionRecord>) -> Response {
    with_decisions(no_store(empty(StatusCode::NO_CONTENT)), records)
}
