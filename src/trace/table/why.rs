//! `why`: every ruling of each decision in the docket's order; for a broken rule what would have
//! been right, what came, which characters differ, what the rule stops, and how to put it right.

use super::{Line, Style, cut, fitted, labelled, padded, visible, width};
use crate::trace::diff::{DiffView, Piece};
use crate::trace::escape;
use crate::trace::view::{
    DecisionView, Ended, FactView, RulingView, TraceSummary, VerdictView, WhyView,
};

/// Longest text that is compared character by character in one row.
const MAX_ROW: usize = 400;

/// The table, `columns` wide.
pub fn why(view: &WhyView, columns: usize) -> Vec<Line> {
    let columns = columns.max(60);
    let mut lines = vec![head(&view.summary)];
    if view.decisions.is_empty() {
        lines.push(Line::of(Style::Muted, "Nothing was decided in this exchange."));
    }
    for decision in &view.decisions {
        lines.push(Line::blank());
        lines.extend(self::decision(decision, columns));
    }
    lines
}

/// What was asked and how it ended, in a line.
pub(super) fn head(summary: &TraceSummary) -> Line {
    let (style, ending) = ending(summary);
    let asked = format!("{} {}", visible(&summary.method), fitted(&summary.path, 80));
    Line::of(Style::Heading, asked)
        .and(Style::Muted, " → ")
        .and(style, ending)
        .and(Style::Muted, format!("  {}  trace ", visible(&summary.time)))
        .and(Style::Name, visible(&summary.id))
}

pub(super) fn ending(summary: &TraceSummary) -> (Style, String) {
    match (summary.ended, summary.status) {
        (Ended::Answered, Some(status)) if summary.refused_by.is_some() => {
            (Style::Bad, status.to_string())
        }
        (Ended::Answered, Some(status)) if status >= 400 => (Style::Bad, status.to_string()),
        (Ended::Answered, Some(status)) => (Style::Good, status.to_string()),
        (Ended::Answered, None) => (Style::Warning, "?".to_owned()),
        (Ended::Abandoned, _) => (Style::Warning, "the client left".to_owned()),
        (Ended::Panicked, _) => (Style::Bad, "the handler failed".to_owned()),
    }
}

/// A decision: its question, the answer, and a row for each rule.
pub(super) fn decision(decision: &DecisionView, columns: usize) -> Vec<Line> {
    let question = Line::of(Style::Heading, visible(&decision.title))
        .and(Style::Muted, format!("  {}", visible(&decision.docket)));
    let answer = match &decision.refused_by {
        Some(rule) => Line::of(Style::Bad, "no: ").and(Style::Name, visible(rule)),
        None => Line::of(Style::Good, "yes"),
    };
    let names = decision.rulings.iter().map(|ruling| width(&ruling.rule)).max().unwrap_or(0);
    let mut lines = vec![question, answer];
    for ruling in &decision.rulings {
        lines.extend(self::ruling(ruling, names, columns));
    }
    lines
}

fn ruling(ruling: &RulingView, names: usize, columns: usize) -> Vec<Line> {
    let (mark, style) = match ruling.verdict {
        VerdictView::Holds => ("✓", Style::Good),
        VerdictView::Broken => ("✗", Style::Bad),
        VerdictView::Waived => ("~", Style::Warning),
        VerdictView::NotApplicable => ("·", Style::Muted),
        VerdictView::NotEvaluated => ("–", Style::Muted),
    };
    let row = Line::of(style, format!("  {mark} "))
        .and(Style::Name, padded(&visible(&ruling.rule), names))
        .and(Style::Plain, "  ");
    let left = columns.saturating_sub(names + 6).max(20);
    match ruling.verdict {
        VerdictView::Holds => {
            vec![row.and(Style::Muted, cut(&held(ruling), left))]
        }
        VerdictView::NotApplicable => vec![row.and(Style::Muted, "nothing to judge")],
        VerdictView::NotEvaluated => {
            let blocker = ruling.blocked_by.as_deref().unwrap_or("an earlier rule");
            vec![row.and(Style::Muted, format!("not judged: blocked by {}", visible(blocker)))]
        }
        VerdictView::Broken | VerdictView::Waived => {
            let mut lines = vec![row.and(style, cut(&visible(&ruling.title), left))];
            lines.extend(broken(ruling, columns));
            lines
        }
    }
}

/// What came and, where that is another text, what was expected; else what the rule says.
fn held(ruling: &RulingView) -> String {
    match (fact(&ruling.expected), fact(&ruling.got)) {
        (_, None) => visible(&ruling.title),
        (Some(expected), Some(got)) if expected != got => format!("{got}  (expected {expected})"),
        (_, Some(got)) => got,
    }
}

fn broken(ruling: &RulingView, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if ruling.verdict == VerdictView::Waived {
        lines.extend(labelled("waived", "by a weakness of this lab", Style::Warning, columns));
    }
    match &ruling.diff {
        Some(diff) => lines.extend(compared(diff, &ruling.expected, columns)),
        None => {
            for (label, fact) in [("expected", &ruling.expected), ("received", &ruling.got)] {
                let text = self::fact(fact).unwrap_or_else(|| "(nothing)".to_owned());
                lines.extend(labelled(label, &text, Style::Plain, columns));
            }
        }
    }
    lines.extend(labelled("stops", &visible(&ruling.stops), Style::Plain, columns));
    lines.extend(labelled("fix", &visible(&ruling.fix), Style::Plain, columns));
    lines.extend(labelled("spec", &visible(&ruling.spec), Style::Name, columns));
    lines
}

/// Both texts below each other, with carets below the characters that differ.
fn compared(diff: &DiffView, expected: &FactView, columns: usize) -> Vec<Line> {
    let mut lines = compared_row("expected", &diff.expected);
    lines.extend(compared_row("received", &diff.got));
    if let Some(note) = &diff.note {
        lines.extend(labelled("", &visible(note), Style::Warning, columns));
    }
    if let FactView::AnyOf(all) = expected {
        let closest: String = diff.expected.iter().map(|piece| piece.text.as_str()).collect();
        for other in all.iter().filter(|other| **other != closest) {
            lines.extend(labelled("or", &visible(other), Style::Plain, columns));
        }
    }
    lines
}

fn compared_row(label: &str, pieces: &[Piece]) -> Vec<Line> {
    let mut row = Line::of(Style::Muted, format!("      {}", padded(label, 10)));
    let mut carets = String::new();
    for piece in pieces {
        let shown: String = piece.text.chars().map(escape::ascii).collect();
        let shown: String = shown.chars().take(MAX_ROW.saturating_sub(carets.len())).collect();
        carets.push_str(&if piece.differs { "^" } else { " " }.repeat(shown.len()));
        row = row.and(if piece.differs { Style::Differs } else { Style::Plain }, shown);
    }
    if carets.contains('^') {
        let under = Line::of(Style::Plain, " ".repeat(16)).and(Style::Differs, carets.trim_end());
        vec![row, under]
    } else {
        vec![row]
    }
}

/// A fact in words; `None` when nothing is there.
fn fact(fact: &FactView) -> Option<String> {
    match fact {
        FactView::Absent => None,
        FactView::Public(text) | FactView::Secret(text) => Some(visible(text)),
        FactView::AnyOf(texts) if texts.is_empty() => None,
        FactView::AnyOf(texts) => {
            Some(texts.iter().map(|text| visible(text)).collect::<Vec<_>>().join(" or "))
        }
    }
}
