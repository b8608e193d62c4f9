//! One line for each request that the lab answered, as it happens, and one for each event of its
//! own. Secrets are tags, as everywhere. At `debug` each request is followed by its rulings, at
//! `trace` by all that is known of it.

mod event;
mod filter;

use std::convert::Infallible;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;
use tracing::Level as Severity;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::LogFormat;
use super::settings::Settings;
use crate::cli::colour::Paint;
use crate::cli::context::Context;
use crate::cli::escape;
use crate::cli::terminal::Level;
use crate::trace::view::{TraceSummary, WhyView};
use crate::trace::{Entry, Exchange, Listener, Redactor, Ring, table};
use event::{Events, Told};
pub(super) use filter::LogFilter;

/// Columns of what follows a line.
const COLUMNS: usize = 100;

/// A line of `--log-format json`.
#[derive(Serialize)]
struct Logged<'s> {
    schema: &'static str,
    #[serde(flatten)]
    summary: &'s TraceSummary,
}

/// The log of one lab.
pub(super) struct Log {
    format: LogFormat,
    level: Level,
    filter: LogFilter,
    /// `None` where nobody wants to hear of anything.
    redactor: Option<Redactor>,
    events: Events,
    /// What of the ring was told already.
    place: u64,
}

impl Log {
    /// Listens from now on: what happens while the lab starts is told as well.
    pub(super) fn listen(context: &Context, settings: &Settings) -> Self {
        let is_asked_for = settings.log_format.is_some() || settings.log_filter.is_given;
        let level = if is_asked_for { Level::Normal } else { settings.level() };
        let (queue, events) = event::queue(context.clock.clone());
        let key = context.random.bytes("log").ok();
        let redactor = key.filter(|_| context.terminal.level() >= level);
        if redactor.is_some() {
            let layer = queue.with_filter(settings.log_filter.targets());
            // A process has one log; a second lab in it tells nobody.
            let _ =
                tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer));
        }
        Self {
            format: settings.log_format.unwrap_or(LogFormat::Human),
            level,
            filter: settings.log_filter.clone(),
            redactor: redactor.map(|key| Redactor::new(&key, true)),
            events,
            place: 0,
        }
    }

    /// From now on exchanges are told of: what came before was the lab looking at itself.
    pub(super) fn begin(&mut self, ring: &Ring) {
        self.place = ring.total();
    }

    /// Tells of every exchange and event, if anybody wants to hear of it.
    pub(super) async fn follow(&mut self, context: &Context, ring: &Ring) -> Infallible {
        loop {
            tokio::select! {
                // What happened to the lab first: it may be why a request ended as it did.
                biased;
                told = self.events.next() => self.tell(context, &told),
                arrived = ring.after(self.place) => self.tell_entries(context, arrived),
            }
        }
    }

    /// Tells of what waits still.
    pub(super) async fn rest(&mut self, context: &Context, ring: &Ring) {
        if let Ok(arrived) = timeout(Duration::ZERO, ring.after(self.place)).await {
            self.tell_entries(context, arrived);
        }
        while let Some(told) = self.events.waiting() {
            self.tell(context, &told);
        }
    }

    fn tell_entries(&mut self, context: &Context, (next, entries): (u64, Vec<Entry>)) {
        self.place = next;
        for entry in entries {
            match entry {
                // Whoever looks at the lab shall not see himself looking.
                Entry::Exchange(exchange) if exchange.listener != Listener::Inspector => {
                    for line in self.lines(context.terminal.err_paint(), &exchange) {
                        context.terminal.say_at(self.level, &line);
                    }
                }
                Entry::Exchange(_) | Entry::Steps(_) => {}
            }
        }
    }

    fn tell(&self, context: &Context, told: &Told) {
        let line = match self.format {
            LogFormat::Human => told.human(context.terminal.err_paint()),
            LogFormat::Json => told.json(),
        };
        context.terminal.say_at(self.level, &line);
        match self.events.lost() {
            0 => {}
            lost => tracing::warn!(lost, "events came faster than they could be told"),
        }
    }

    /// What is told of an exchange at the wanted level.
    fn lines(&self, paint: Paint, exchange: &Exchange) -> Vec<String> {
        let Some(redactor) = &self.redactor else { return Vec::new() };
        if !self.filter.wants(severity(exchange)) {
            return Vec::new();
        }
        let summary = redactor.summary(exchange);
        let whole = self.filter.wants(Severity::TRACE).then(|| redactor.trace(exchange, None));
        let why = self.filter.wants(Severity::DEBUG).then(|| redactor.why(exchange));
        let mut lines = Vec::new();
        match self.format {
            LogFormat::Human => {
                lines.push(human(paint, &summary));
                lines.extend(whole.map(|view| table::plain(&table::exchange(&view, COLUMNS))));
                let judged = why.filter(|why: &WhyView| !why.decisions.is_empty());
                lines.extend(judged.map(|view| table::plain(&table::why(&view, COLUMNS))));
            }
            LogFormat::Json => {
                let json =
                    |text: serde_json::Result<String>| escape::json(&text.unwrap_or_default());
                let logged = Logged { schema: "oauthlab.log/v1", summary: &summary };
                lines.push(json(serde_json::to_string(&logged)));
                match (whole, why) {
                    // It holds the rulings as well.
                    (Some(view), _) => lines.push(json(serde_json::to_string(&view))),
                    (None, Some(view)) => lines.push(json(serde_json::to_string(&view))),
                    (None, None) => {}
                }
            }
        }
        lines
    }
}

/// What is wrong with us is worse than what is wrong with a request.
fn severity(exchange: &Exchange) -> Severity {
    match exchange.response() {
        Some(response) if response.status >= 500 => Severity::ERROR,
        Some(_) | None => Severity::INFO,
    }
}

fn human(paint: Paint, summary: &TraceSummary) -> String {
    let time = summary.time.split_once('T').map_or("", |(_, time)| time);
    let asked = format!("{} {}", summary.method, summary.path);
    let status = match (summary.status, &summary.refused_by) {
        (Some(status), None) if status < 400 => paint.good(status),
        (Some(status), _) => paint.bad(status),
        (None, _) => paint.bad("no answer"),
    };
    let refused = match &summary.refused_by {
        Some(rule) => format!("  {}  {}", paint.bad(rule), paint.dim("oauthlab why ")),
        None => "  ".to_owned(),
    };
    let id = paint.dim(&summary.id);
    format!("{} {} → {status}{refused}{id}", paint.dim(time), escape::line(&asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::view::Ended;

    #[test]
    fn a_refusal_names_its_rule_and_the_command_that_explains_it() {
        let summary = TraceSummary {
            id: "73cc9522fbcc0991be29e0cb".to_owned(),
            time: "2026-11-24T07:39:14.750Z".to_owned(),
            micros: 800,
            listener: Listener::Issuer,
            method: "POST".to_owned(),
            path: "/token\u{1b}[2J".to_owned(),
            status: Some(400),
            ended: Ended::Answered,
            refused_by: Some("pkce.verifier".to_owned()),
        };
        assert_eq!(
            human(Paint(false), &summary),
            "07:39:14.750Z POST /token\\u{1b}[2J → 400  pkce.verifier  \
             oauthlab why 73cc9522fbcc0991be29e0cb"
        );
    }
}
