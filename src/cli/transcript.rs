//! The transcript that teaches: numbered steps on stderr, with why, where it is written, what was
//! checked here and what the lab checked there. Secrets are tags, the same in every step.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::colour::Paint;
use super::escape;
use super::inspector::Inspector;
use super::terminal::{Level, Terminal};
use crate::client::{Check, Outcome, Step, Steps};
use crate::rule::Fact;
use crate::trace::view::{TraceView, VerdictView};
use crate::trace::{
    Field, MAX_STEPS, Redactor, STEPS_SCHEMA, Step as ReportedStep, StepCheck, StepOutcome,
    StepReport, Text, TraceId,
};

/// Steps as they are shown and reported.
pub(super) struct Transcript {
    redactor: Redactor,
    shown: AtomicUsize,
}

impl Transcript {
    pub(super) const fn new(redactor: Redactor) -> Self {
        Self { redactor, shown: AtomicUsize::new(0) }
    }

    /// Prints the steps that are new since the last call: on a terminal, or with `-v`.
    pub(super) async fn show(
        &self,
        terminal: &Terminal,
        steps: &Steps,
        inspector: Option<Inspector<'_>>,
    ) {
        let level = terminal.level();
        if level == Level::Quiet || (level == Level::Normal && !terminal.is_watched()) {
            return;
        }
        let first = self.shown.swap(steps.len(), Ordering::Relaxed);
        for step in steps.snapshot().iter().skip(first) {
            let trace = match (inspector, &step.trace_id) {
                (Some(inspector), Some(id)) => inspector.trace(id, false).await.ok().flatten(),
                _ => None,
            };
            let lines = self.lines(terminal.err_paint(), level, step, trace.as_ref());
            terminal.say(&lines.join("\n"));
        }
    }

    /// One step: what, why, where it is written, and how much was checked. With `-v` every check,
    /// with `-vv` the wire.
    fn lines(
        &self,
        paint: Paint,
        level: Level,
        step: &Step,
        trace: Option<&TraceView>,
    ) -> Vec<String> {
        let mark = match outcome(step) {
            StepOutcome::Done => paint.good("✓"),
            StepOutcome::Refused | StepOutcome::Rejected => paint.bad("✗"),
        };
        let spec = paint.dim(step.spec);
        let mut lines = vec![format!("{mark} {}. {}  {spec}", step.number, paint.bold(step.title))];
        lines.push(format!("     {}", paint.dim(step.why)));
        if level >= Level::Wire {
            lines.extend(self.wire(paint, step));
        }
        if let Some(failed) = &step.failed {
            lines.push(format!("     {} {}", paint.bad("✗"), escape::line(failed)));
        }
        for check in &step.checked {
            lines.extend(self.check(paint, level, check));
        }
        if let Some(trace) = trace {
            lines.extend(server_checks(paint, level, trace));
        }
        lines
    }

    fn wire(&self, paint: Paint, step: &Step) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(sent) = &step.sent {
            let target = format!("{} {}", sent.method, sent.url);
            lines.push(format!("     {} {}", paint.link("→"), escape::line(&target)));
            let fields = sent.query.iter().chain(&sent.headers).chain(&sent.body);
            lines.extend(fields.map(|field| self.field(paint, field)));
        }
        if let Some(received) = &step.received {
            let status = received.status.map_or("a redirect".to_owned(), |code| code.to_string());
            lines.push(format!("     {} {status}", paint.link("←")));
            let fields = received.headers.iter().chain(&received.fields);
            lines.extend(fields.map(|field| self.field(paint, field)));
        }
        lines
    }

    fn field(&self, paint: Paint, Field { name, value }: &Field) -> String {
        let shown = |text: &Text| escape::line(&self.redactor.text(text));
        format!("         {} {}", paint.dim(shown(name) + ":"), shown(value))
    }

    fn check(&self, paint: Paint, level: Level, check: &Check) -> Option<String> {
        let title = check.criterion.title;
        let spec = paint.dim(check.criterion.spec);
        match check.outcome {
            Outcome::Broken => {
                let (expected, got) = (self.fact(&check.expected), self.fact(&check.got));
                let mark = paint.bad("✗");
                let facts = format!("expected {expected}, got {got}");
                Some(format!("     {mark} {title}  {spec}\n         {}", escape::line(&facts)))
            }
            Outcome::Holds if level >= Level::Steps => {
                Some(format!("     {} {title}  {spec}", paint.good("✓")))
            }
            Outcome::NotApplicable(why) if level >= Level::Steps => {
                Some(format!("     {} {title}: {why}", paint.dim("–")))
            }
            Outcome::Holds | Outcome::NotApplicable(_) => None,
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Absent => "nothing".to_owned(),
            Fact::Public(text) => format!("`{text}`"),
            Fact::AnyOf(texts) => format!("one of {}", texts.join(", ")),
            Fact::Secret(secret) => self.redactor.text(&Text::secret("token", secret.expose())),
        }
    }

    /// The steps for the inspector of a lab, which sees its own side only.
    pub(super) fn report(&self, steps: &Steps) -> Option<StepReport> {
        let flow = steps.flow()?.clone();
        let steps: Vec<_> = steps.snapshot().iter().take(MAX_STEPS).map(|s| self.told(s)).collect();
        let schema = STEPS_SCHEMA.to_owned();
        (!steps.is_empty()).then_some(StepReport { schema, flow, steps })
    }

    fn told(&self, step: &Step) -> ReportedStep {
        let made = step.checked.iter().filter(|c| !matches!(c.outcome, Outcome::NotApplicable(_)));
        let checks = made.map(|check| StepCheck {
            title: check.criterion.title.to_owned(),
            holds: check.outcome == Outcome::Holds,
            expected: Some(self.fact(&check.expected)),
            got: Some(self.fact(&check.got)),
        });
        ReportedStep {
            title: step.title.to_owned(),
            detail: Some(step.why.to_owned()),
            spec: Some(step.spec.to_owned()),
            trace: step.trace_id.as_deref().and_then(TraceId::parse),
            outcome: outcome(step),
            checks: checks.collect(),
        }
    }
}

fn outcome(step: &Step) -> StepOutcome {
    let status = step.received.as_ref().and_then(|received| received.status);
    if step.checked.iter().any(|check| check.outcome == Outcome::Broken) {
        StepOutcome::Rejected
    } else if step.failed.is_some() || status.is_some_and(|status| status >= 400) {
        StepOutcome::Refused
    } else {
        StepOutcome::Done
    }
}

/// What the lab checked on its side: the names of the rules that hold, and each that does not.
fn server_checks(paint: Paint, level: Level, trace: &TraceView) -> Vec<String> {
    let rulings = || trace.decisions.iter().flat_map(|decision| &decision.rulings);
    let of = |verdict: VerdictView| rulings().filter(move |ruling| ruling.verdict == verdict);
    let names: Vec<&str> = of(VerdictView::Holds).map(|ruling| ruling.rule.as_str()).collect();
    let mut lines = Vec::new();
    if !names.is_empty() {
        let held = if level >= Level::Steps {
            format!("the lab checked {} rules: {}", names.len(), names.join(" "))
        } else {
            format!("the lab checked {} rules that hold", names.len())
        };
        lines.push(format!("     {}", paint.dim(escape::line(&held))));
    }
    for (verdict, word) in [(VerdictView::Broken, "broken"), (VerdictView::Waived, "waived")] {
        for ruling in of(verdict) {
            let name = escape::line(&format!("{} {word}: {}", ruling.rule, ruling.title));
            lines.push(format!("     {} {name}", paint.bad("✗")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Criterion, Received, Sent};
    use crate::protocol::Secret;

    const STATE: Criterion = Criterion {
        id: "response.state",
        title: "the state came back",
        spec: "RFC 6749 §10.12",
        stops: "forgery",
    };

    fn step(outcome: Outcome) -> Step {
        let secret = || Fact::Secret(Secret::new("canary-canary-canary-canary-canary-canary-x"));
        Step {
            number: 3,
            title: "Ask for tokens",
            why: "Because.",
            spec: "RFC 6749 §4.1.3",
            sent: Some(Sent {
                method: "POST".into(),
                url: "https://localhost/token".into(),
                query: Vec::new(),
                headers: Vec::new(),
                body: vec![
                    Field { name: Text::public("grant_type"), value: Text::public("x\u{1b}[2J") },
                    Field {
                        name: Text::public("code"),
                        value: Text::secret("code", "canary-code"),
                    },
                ],
            }),
            received: Some(Received { status: Some(200), headers: Vec::new(), fields: Vec::new() }),
            trace_id: None,
            checked: vec![Check { criterion: &STATE, expected: secret(), got: secret(), outcome }],
            failed: None,
        }
    }

    fn lines(level: Level, outcome: Outcome, redact: bool) -> String {
        let transcript = Transcript::new(Redactor::new(&[7; 32], redact));
        transcript.lines(Paint(false), level, &step(outcome), None).join("\n")
    }

    #[test]
    fn each_level_tells_more() {
        let short = lines(Level::Normal, Outcome::Holds, true);
        assert_eq!(short, "✓ 3. Ask for tokens  RFC 6749 §4.1.3\n     Because.");
        let lesson = lines(Level::Steps, Outcome::Holds, true);
        assert!(lesson.contains("✓ the state came back"));
        assert!(!lesson.contains("POST"));
        assert!(
            lines(Level::Wire, Outcome::Holds, true).contains("→ POST https://localhost/token")
        );
    }

    #[test]
    fn secrets_are_tags_and_untrusted_text_is_escaped_at_every_level() {
        for level in [Level::Normal, Level::Steps, Level::Wire] {
            let text = lines(level, Outcome::Broken, true);
            assert!(!text.contains("canary"), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
        }
        assert!(lines(Level::Wire, Outcome::Holds, true).contains("code: ⟨code #"));
        assert!(lines(Level::Wire, Outcome::Holds, false).contains("code: canary-code"));
    }

    #[test]
    fn a_broken_check_is_shown_even_when_little_is() {
        let text = lines(Level::Normal, Outcome::Broken, true);
        assert!(text.starts_with("✗ 3.") && text.contains("✗ the state came back"), "{text}");
    }
}
