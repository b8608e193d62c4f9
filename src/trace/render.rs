//! From records to documents: the one place where secrets become fingerprints.

use std::time::UNIX_EPOCH;

use super::diff::diff;
use super::exchange::{Ending, Exchange, Field, refused_by};
use super::redact::Redactor;
use super::step::{KeptCheck, KeptStep};
use super::text::{Label, Text};
use super::view::{
    self, CheckView, DecisionView, Ended, FactView, FieldView, RequestView, ResponseView,
    RulingView, StepView, TraceSummary, TraceView, VerdictView, WhyView,
};
use crate::clock::Timestamp;
use crate::rule::{DecisionRecord, Fact, Rule, Ruling, Verdict};

impl Redactor {
    /// An exchange as a document; `flow` is the id of its flow.
    pub fn trace(&self, exchange: &Exchange, flow: Option<String>) -> TraceView {
        let request = &exchange.request;
        TraceView {
            schema: view::TRACE.to_owned(),
            summary: self.summary(exchange),
            flow,
            request: RequestView {
                pattern: request.pattern.clone(),
                query: self.fields(&request.query),
                headers: self.fields(&request.headers),
                body: self.fields(&request.body),
            },
            response: exchange.response().map(|response| ResponseView {
                headers: self.fields(&response.headers),
                body: self.fields(&response.body),
            }),
            decisions: exchange.decisions.iter().map(|decision| self.decision(decision)).collect(),
        }
    }

    /// Why an exchange ended as it did.
    pub fn why(&self, exchange: &Exchange) -> WhyView {
        self.trace(exchange, None).into()
    }

    /// An exchange in a line.
    pub fn summary(&self, exchange: &Exchange) -> TraceSummary {
        let (status, ended) = match &exchange.ending {
            Ending::Answered(response) => (Some(response.status), Ended::Answered),
            Ending::Abandoned => (None, Ended::Abandoned),
            Ending::Panicked => (None, Ended::Panicked),
        };
        TraceSummary {
            id: exchange.trace.to_string(),
            time: rfc3339(exchange.at),
            micros: u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
            listener: exchange.listener,
            method: exchange.request.method.clone(),
            path: self.text(&exchange.request.path),
            status,
            ended,
            refused_by: exchange.refused_by().map(|rule| rule.id.to_owned()),
        }
    }

    fn fields(&self, fields: &[Field]) -> Vec<FieldView> {
        let view = |field: &Field| FieldView {
            name: self.text(&field.name),
            value: self.text(&field.value),
            jwt: self.jwt(&field.value),
        };
        fields.iter().map(view).collect()
    }

    /// A decision with all its rulings.
    pub fn decision(&self, decision: &DecisionRecord) -> DecisionView {
        DecisionView {
            docket: decision.docket.id.to_owned(),
            title: decision.docket.title.to_owned(),
            refused_by: refused_by(decision).map(|rule| rule.id.to_owned()),
            rulings: decision.rulings.iter().map(|ruling| self.ruling(ruling)).collect(),
        }
    }

    fn ruling(&self, ruling: &Ruling) -> RulingView {
        let Ruling { rule, verdict, expected, got } = ruling;
        let (verdict, blocked_by) = match verdict {
            Verdict::Holds => (VerdictView::Holds, None),
            Verdict::Broken => (VerdictView::Broken, None),
            Verdict::Waived => (VerdictView::Waived, None),
            Verdict::NotApplicable => (VerdictView::NotApplicable, None),
            Verdict::NotEvaluated(blocker) => (VerdictView::NotEvaluated, Some(blocker.id)),
        };
        let differs = matches!(verdict, VerdictView::Broken | VerdictView::Waived);
        let compared = match got.alternatives().as_slice() {
            [only] if differs => Some(*only),
            _ => None,
        };
        RulingView {
            rule: rule.id.to_owned(),
            title: rule.title.to_owned(),
            verdict,
            blocked_by: blocked_by.map(str::to_owned),
            expected: self.fact(rule, expected),
            got: self.fact(rule, got),
            diff: compared.and_then(|got| diff(expected.alternatives(), got)),
            spec: rule.spec.to_owned(),
            stops: rule.stops.to_owned(),
            fix: rule.fix.to_owned(),
        }
    }

    fn fact(&self, rule: &Rule, fact: &Fact) -> FactView {
        match fact {
            Fact::Absent => FactView::Absent,
            Fact::Public(text) => FactView::Public(text.clone().into_owned()),
            Fact::AnyOf(texts) => FactView::AnyOf(texts.clone()),
            Fact::Secret(secret) => FactView::Secret(self.secret(label(rule), secret)),
        }
    }

    /// A step of our own client.
    pub fn step(&self, step: &KeptStep) -> StepView {
        let shown = |text: &Option<Text>| text.as_ref().map(|text| self.text(text));
        let check = |check: &KeptCheck| CheckView {
            title: self.text(&check.title),
            holds: check.holds,
            expected: shown(&check.expected),
            got: shown(&check.got),
        };
        StepView {
            title: self.text(&step.title),
            detail: shown(&step.detail),
            spec: shown(&step.spec),
            outcome: step.outcome,
            checks: step.checks.iter().map(check).collect(),
        }
    }
}

/// What the secret of a rule is called: rules are named after what they judge.
fn label(rule: &Rule) -> Label {
    let judged = rule.id.split_once('.').map_or(rule.id, |(judged, _)| judged);
    match judged {
        "code" => "code",
        "pkce" => "verifier",
        "refresh" => "refresh_token",
        "client" => "client_secret",
        "login" => "password",
        "state" => "state",
        "nonce" => "nonce",
        "form" => "csrf",
        "interaction" => "interaction",
        "session" => "session",
        "bearer" | "resource" | "userinfo" => "access_token",
        "registration" | "manage" => "registration_token",
        "inspector" => "inspector_token",
        "token" | "introspect" | "revoke" | "grant" => "token",
        _ => "secret",
    }
}

/// A point in time as people and logs have it: RFC 3339, in UTC, with milliseconds.
pub fn rfc3339(at: Timestamp) -> String {
    let since_epoch = at.since(Timestamp::default());
    let time = UNIX_EPOCH.checked_add(since_epoch).unwrap_or(UNIX_EPOCH);
    humantime::format_rfc3339_millis(time).to_string()
}
