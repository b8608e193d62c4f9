//! Reading: exchanges, flows, rules, the lab.
//!
//! An exchange is named by its trace id, by `last` (the newest one that has a decision; with
//! `?refused=1` the newest refusal), or by `FLOW.N`: the N-th exchange of a flow, from 1.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::InspectorState;
use super::answer::{NotKept, document};
use crate::protocol::Form;
use crate::trace::view::{self, FlowsView, TracesView};
use crate::trace::{Entry, Exchange, Flow, TraceId, Which, explain, stitch};

/// Lists hold this many entries unless the request says otherwise …
const DEFAULT_LIMIT: usize = 50;
/// … and at most this many.
const MAX_LIMIT: usize = 500;

/// What a list or look-up is narrowed to.
struct Narrowed {
    limit: usize,
    refused: bool,
}

impl Narrowed {
    fn read(RawQuery(query): RawQuery) -> Self {
        let form = Form::parse_lenient(query.unwrap_or_default().as_bytes()).unwrap_or_default();
        let limit = form.get("limit").and_then(|limit| limit.parse().ok());
        Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
            refused: form.get("refused") == Some("1"),
        }
    }
}

/// Exchanges, newest first.
pub(super) async fn traces(State(state): State<InspectorState>, query: RawQuery) -> Response {
    let narrowed = Narrowed::read(query);
    let exchanges = state.0.ring.entries().into_iter().rev().filter_map(|entry| match entry {
        Entry::Exchange(exchange) => Some(exchange),
        Entry::Steps(_) => None,
    });
    let wanted = exchanges.filter(|e| !narrowed.refused || e.refused_by().is_some());
    let redactor = &state.0.redactor;
    document(&TracesView {
        schema: view::TRACES.to_owned(),
        traces: wanted.take(narrowed.limit).map(|e| redactor.summary(&e)).collect(),
    })
}

/// One exchange.
pub(super) async fn trace(
    State(state): State<InspectorState>,
    Path(id): Path<String>,
    query: RawQuery,
) -> Response {
    let flows = stitch(&state.0.ring.entries());
    let found = match (id.as_str(), Narrowed::read(query).refused) {
        ("last", false) => state.0.ring.find(&Which::Last),
        ("last", true) => state.0.ring.find(&Which::LastRefused),
        (id, _) => match TraceId::parse(id) {
            Some(id) => state.0.ring.find(&Which::Id(id)),
            None => nth(&flows, id),
        },
    };
    let Some(exchange) = found else { return NotKept(id).into_response() };
    let flow = flows.iter().find(|flow| flow.is(exchange.trace.as_str()));
    document(&state.0.redactor.trace(&exchange, flow.map(|flow| flow.id.to_string())))
}

/// `FLOW.N`.
fn nth(flows: &[Flow], id: &str) -> Option<Arc<Exchange>> {
    let (flow, number) = id.split_once('.')?;
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    find(flows, flow)?.exchanges.get(index).cloned()
}

/// Flows, the one with the newest entry first.
pub(super) async fn flows(State(state): State<InspectorState>, query: RawQuery) -> Response {
    let narrowed = Narrowed::read(query);
    let mut flows = stitch(&state.0.ring.entries());
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.newest));
    let summaries = flows.iter().map(|flow| state.0.redactor.flow_summary(flow));
    let wanted = summaries.filter(|flow| !narrowed.refused || flow.refusal.is_some());
    let flows = wanted.take(narrowed.limit).collect();
    document(&FlowsView { schema: view::FLOWS.to_owned(), flows })
}

/// One flow: by its id, by that of one of its exchanges, or `last`.
pub(super) async fn flow(State(state): State<InspectorState>, Path(id): Path<String>) -> Response {
    let flows = stitch(&state.0.ring.entries());
    match find(&flows, &id) {
        Some(flow) => document(&state.0.redactor.flow(flow)),
        None => NotKept(id).into_response(),
    }
}

fn find<'a>(flows: &'a [Flow], id: &str) -> Option<&'a Flow> {
    if id == "last" {
        flows.iter().max_by_key(|flow| flow.newest)
    } else {
        flows.iter().find(|flow| flow.is(id))
    }
}

/// All rules.
pub(super) async fn rules() -> Response {
    document(&json!({ "schema": "oauthlab.rules/v1", "rules": explain::rules() }))
}

/// One rule.
pub(super) async fn rule(Path(id): Path<String>) -> Response {
    match explain::rule(&id) {
        Some(rule) => document(&rule),
        None => NotKept(id).into_response(),
    }
}

/// The lab.
pub(super) async fn lab(State(state): State<InspectorState>) -> Response {
    document(&state.0.lab.view)
}

/// What became of the last logout tokens.
pub(super) async fn logouts(State(state): State<InspectorState>) -> Response {
    let authorization = state.0.lab.authorization.as_ref();
    let notices = authorization.map(|server| server.issuer().logout_notices()).unwrap_or_default();
    document(&json!({ "schema": "oauthlab.logouts/v1", "logouts": notices }))
}
