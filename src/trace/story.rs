//! A flow in words and as a document: what was asked, by whom, for whom, and what came of it.

use std::sync::Arc;

use super::exchange::{Exchange, Field};
use super::flow::Flow;
use super::redact::{Redactor, claims};
use super::render::rfc3339;
use super::step::{StepOutcome, Steps};
use super::view::{self, EntryView, FlowSummary, FlowView, OutcomeView, RefusalView, StepView};

/// At most this many exchanges are shown of one flow: the newest.
const MAX_SHOWN: usize = 200;

impl Redactor {
    /// A flow in a line.
    pub fn flow_summary(&self, flow: &Flow) -> FlowSummary {
        let what = what(flow);
        let (client, user) = (client(flow), user(flow));
        let outcome = outcome(flow);
        let mut title = what.clone();
        if let Some(client) = &client {
            title = format!("{title} by {client}");
        }
        if let Some(user) = &user {
            title = format!("{title} for {user}");
        }
        let ending = match outcome {
            OutcomeView::Refused => "refused",
            OutcomeView::Granted => "granted",
            OutcomeView::Open => "open",
        };
        FlowSummary {
            id: flow.id.to_string(),
            time: rfc3339(flow.at),
            title: format!("{title}: {ending}"),
            what,
            client,
            user,
            outcome,
            refusal: refusal(flow),
            exchanges: flow.exchanges.len(),
        }
    }

    /// A flow with everything in it. A step stands behind the exchange that it belongs to.
    pub fn flow(&self, flow: &Flow) -> FlowView {
        let from = flow.exchanges.len().saturating_sub(MAX_SHOWN);
        let shown = flow.exchanges.get(from..).unwrap_or_default();
        let told = |exchange: Option<&Exchange>| -> Vec<StepView> {
            let belongs = |at: &Option<super::TraceId>| match (exchange, at) {
                (Some(exchange), Some(at)) => *at == exchange.trace,
                (None, at) => !shown.iter().any(|e| Some(&e.trace) == at.as_ref()),
                (Some(_), None) => false,
            };
            let steps = flow.steps.iter().flat_map(|steps| &steps.steps);
            steps.filter(|step| belongs(&step.trace)).map(|step| self.step(step)).collect()
        };
        let mut entries = Vec::new();
        for exchange in shown {
            let trace = self.trace(exchange, Some(flow.id.to_string()));
            entries.push(EntryView::Exchange(Box::new(trace)));
            entries.extend(told(Some(exchange)).into_iter().map(EntryView::Step));
        }
        entries.extend(told(None).into_iter().take(MAX_SHOWN).map(EntryView::Step));
        FlowView { schema: view::FLOW.to_owned(), summary: self.flow_summary(flow), entries }
    }
}

/// The grant type, or the decision point that the flow began with.
fn what(flow: &Flow) -> String {
    let granted = flow.exchanges.iter().find_map(|e| public(&e.request.body, "grant_type"));
    let dockets = || flow.exchanges.iter().flat_map(|e| &e.decisions).map(|d| d.docket.id);
    match granted {
        Some(grant_type) => grant_type,
        None if dockets().any(|id| id == "authorize") => "authorization_code".to_owned(),
        None => dockets().next().unwrap_or("client steps").to_owned(),
    }
}

/// The first client that is named.
fn client(flow: &Flow) -> Option<String> {
    flow.exchanges.iter().find_map(|exchange| {
        let request = &exchange.request;
        let asked =
            public(&request.query, "client_id").or_else(|| public(&request.body, "client_id"));
        asked.or_else(|| basic(exchange)).or_else(|| {
            exchange.response().and_then(|response| public(&response.body, "client_id"))
        })
    })
}

/// The client of Basic credentials, as the header shows it: `Basic web:…`.
fn basic(exchange: &Exchange) -> Option<String> {
    let header = field(&exchange.request.headers, "authorization")?;
    let super::Part::Public(shown) = header.value.parts().first()? else { return None };
    let id = shown.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))?.1;
    Some(id.strip_suffix(':').unwrap_or(id).to_owned())
}

/// Who logged in, else the subject that a token or an answer names.
fn user(flow: &Flow) -> Option<String> {
    let logged_in = flow.exchanges.iter().rev().find_map(|e| public(&e.request.body, "username"));
    logged_in.or_else(|| {
        let mut responses = flow.exchanges.iter().filter_map(|exchange| exchange.response());
        responses.find_map(|response| {
            let named =
                public(&response.body, "username").or_else(|| public(&response.body, "sub"));
            named.or_else(|| response.body.iter().find_map(subject))
        })
    })
}

/// The subject of an ID token. That of an access token may be the client itself (RFC 9068 §2.2).
fn subject(field: &Field) -> Option<String> {
    let id_token = field.value.secrets().find(|(label, _)| *label == "id_token");
    let claims = id_token.and_then(|(label, secret)| claims(label, secret))?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

fn outcome(flow: &Flow) -> OutcomeView {
    let rejected = |steps: &Arc<Steps>| {
        steps.steps.last().is_some_and(|step| step.outcome == StepOutcome::Rejected)
    };
    let decided = flow.exchanges.iter().rev().find(|exchange| !exchange.decisions.is_empty());
    let issued = |exchange: &Arc<Exchange>| {
        exchange.response().is_some_and(|response| {
            response.status == 200 && field(&response.body, "access_token").is_some()
        })
    };
    if decided.is_some_and(|exchange| exchange.refused_by().is_some())
        || flow.steps.last().is_some_and(rejected)
    {
        OutcomeView::Refused
    } else if flow.exchanges.iter().any(issued) {
        OutcomeView::Granted
    } else {
        OutcomeView::Open
    }
}

fn refusal(flow: &Flow) -> Option<RefusalView> {
    flow.exchanges.iter().find_map(|exchange| {
        let rule = exchange.refused_by()?;
        let trace = exchange.trace.to_string();
        Some(RefusalView { trace, rule: rule.id.to_owned(), title: rule.title.to_owned() })
    })
}

fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name.as_public() == Some(name))
}

fn public(fields: &[Field], name: &str) -> Option<String> {
    field(fields, name)?.value.as_public().filter(|text| !text.is_empty()).map(str::to_owned)
}
