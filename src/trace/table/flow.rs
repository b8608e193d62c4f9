//! `trace`: lists of flows and exchanges, one flow step by step, one exchange in full.

use serde_json::Value;

use super::why::{decision, ending, head};
use super::{Line, Style, fitted, labelled, padded, visible, width};
use crate::trace::Listener;
use crate::trace::step::StepOutcome;
use crate::trace::view::{
    EntryView, FieldView, FlowSummary, FlowView, FlowsView, OutcomeView, StepView, TraceSummary,
    TraceView, TracesView,
};

/// Flows, one a line and the first refusal of each below it.
pub fn flows(view: &FlowsView, columns: usize) -> Vec<Line> {
    if view.flows.is_empty() {
        return vec![Line::of(Style::Muted, "No flow yet.")];
    }
    view.flows.iter().flat_map(|flow| flow_head(flow, columns)).collect()
}

fn flow_head(flow: &FlowSummary, columns: usize) -> Vec<Line> {
    let style = match flow.outcome {
        OutcomeView::Refused => Style::Bad,
        OutcomeView::Granted => Style::Good,
        OutcomeView::Open => Style::Muted,
    };
    let title = fitted(&flow.title, columns.saturating_sub(54).max(30));
    let mut lines = vec![
        Line::of(Style::Name, visible(&flow.id))
            .and(Style::Muted, format!("  {}  ", visible(&flow.time)))
            .and(style, title),
    ];
    if let Some(refusal) = &flow.refusal {
        let line = Line::of(Style::Bad, "  ✗ ")
            .and(Style::Name, visible(&refusal.rule))
            .and(Style::Plain, format!("  not so: {}", visible(&refusal.title)));
        lines.push(line);
    }
    lines
}

/// Exchanges, one a line.
pub fn traces(view: &TracesView, columns: usize) -> Vec<Line> {
    if view.traces.is_empty() {
        return vec![Line::of(Style::Muted, "No exchange yet.")];
    }
    view.traces.iter().map(|summary| trace_line(summary, columns)).collect()
}

fn trace_line(summary: &TraceSummary, columns: usize) -> Line {
    let (style, ending) = ending(summary);
    let asked = format!("{} {}", visible(&summary.method), visible(&summary.path));
    let room = columns.saturating_sub(70).max(20);
    let line = Line::of(Style::Name, visible(&summary.id))
        .and(
            Style::Muted,
            format!("  {}  {}  ", visible(&summary.time), listener(summary.listener)),
        )
        .and(Style::Plain, padded(&super::cut(&asked, room), room))
        .and(style, format!("  {ending}"));
    match &summary.refused_by {
        Some(rule) => line.and(Style::Name, format!("  {}", visible(rule))),
        None => line,
    }
}

const fn listener(listener: Listener) -> &'static str {
    match listener {
        Listener::Issuer => "issuer   ",
        Listener::Resource => "resource ",
        Listener::Inspector => "inspector",
    }
}

/// One flow step by step: what was sent, what came back, what the client verified.
pub fn flow(view: &FlowView, columns: usize) -> Vec<Line> {
    let columns = columns.max(60);
    let mut lines = flow_head(&view.summary, columns);
    let mut number = 0;
    for entry in &view.entries {
        lines.push(Line::blank());
        match entry {
            EntryView::Exchange(trace) => {
                number += 1;
                lines.push(
                    Line::of(Style::Muted, format!("{number}. ")).joined(head(&trace.summary)),
                );
                lines.extend(parameters(trace, columns));
                lines.extend(trace.decisions.iter().map(|decision| {
                    let asked = Line::of(Style::Muted, "      ")
                        .and(Style::Plain, visible(&decision.title));
                    match &decision.refused_by {
                        Some(rule) => {
                            asked.and(Style::Bad, " no: ").and(Style::Name, visible(rule))
                        }
                        None => asked.and(Style::Good, " yes"),
                    }
                }));
            }
            EntryView::Step(step) => lines.extend(self::step(step, columns)),
        }
    }
    lines
}

fn step(step: &StepView, columns: usize) -> Vec<Line> {
    let (mark, style) = match step.outcome {
        StepOutcome::Done => ("✓", Style::Good),
        StepOutcome::Refused | StepOutcome::Rejected => ("✗", Style::Bad),
    };
    let mut head = Line::of(style, format!("   {mark} ")).and(Style::Plain, visible(&step.title));
    if let Some(spec) = &step.spec {
        head = head.and(Style::Name, format!("  {}", visible(spec)));
    }
    let mut lines = vec![head];
    if let Some(detail) = &step.detail {
        lines.extend(labelled("", &visible(detail), Style::Muted, columns));
    }
    for check in &step.checks {
        let (mark, style) = if check.holds { ("✓", Style::Good) } else { ("✗", Style::Bad) };
        let title =
            Line::of(style, format!("      {mark} ")).and(Style::Plain, visible(&check.title));
        lines.push(title);
        for (label, side) in [("expected", &check.expected), ("received", &check.got)] {
            if let Some(text) = side.as_ref().filter(|_| !check.holds) {
                lines.extend(labelled(label, &visible(text), Style::Plain, columns));
            }
        }
    }
    lines
}

/// One exchange in full: all that was kept of it, and every ruling.
pub fn exchange(view: &TraceView, columns: usize) -> Vec<Line> {
    let columns = columns.max(60);
    let mut lines = vec![head(&view.summary)];
    let request = &view.request;
    lines.extend(block("request", &[&request.headers, &request.query, &request.body], columns));
    if let Some(response) = &view.response {
        lines.extend(block("response", &[&response.headers, &response.body], columns));
    }
    for decision in &view.decisions {
        lines.push(Line::blank());
        lines.extend(self::decision(decision, columns));
    }
    lines
}

fn block(title: &str, groups: &[&Vec<FieldView>], columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::of(Style::Heading, format!("  {title}"))];
    for field in groups.iter().flat_map(|group| group.iter()) {
        lines.extend(self::field(field, columns));
    }
    lines
}

/// What was sent beside headers, and what came back: `Location` and the body.
fn parameters(view: &TraceView, columns: usize) -> Vec<Line> {
    let sent = view.request.query.iter().chain(&view.request.body);
    let mut lines: Vec<Line> = sent.flat_map(|field| self::field(field, columns)).collect();
    if let Some(response) = &view.response {
        let telling =
            |field: &&FieldView| matches!(field.name.as_str(), "location" | "www-authenticate");
        let came = response.headers.iter().filter(telling).chain(&response.body);
        for line in came.flat_map(|field| self::field(field, columns)) {
            lines.push(Line::of(Style::Muted, "  ←").joined(line.without_indent()));
        }
    }
    lines
}

fn field(field: &FieldView, columns: usize) -> Vec<Line> {
    const NAME: usize = 24;
    let name = padded(&fitted(&field.name, 60), NAME);
    let room = columns.saturating_sub(width(&name) + 7).max(20);
    let value = match &field.jwt {
        Some(jwt) => visible(&jwt.tag),
        None => fitted(&field.value, room),
    };
    let mut lines = vec![Line::of(Style::Muted, format!("      {name} ")).and(Style::Plain, value)];
    for part in field.jwt.iter().flat_map(|jwt| [&jwt.header, &jwt.payload]) {
        let json = fitted(&compact(part), columns.saturating_sub(10).max(20));
        lines.push(Line::of(Style::Muted, "          ").and(Style::Muted, json));
    }
    lines
}

fn compact(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Line {
    fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Without the first three columns of its indent.
    fn without_indent(mut self) -> Self {
        if let Some(first) = self.0.first_mut().filter(|span| span.text.starts_with("   ")) {
            first.text.drain(..3);
        }
        self
    }
}
