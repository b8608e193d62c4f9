//! One line for each request that the lab answered, as it happens. Secrets are tags, as everywhere.

use std::convert::Infallible;

use serde::Serialize;

use super::LogFormat;
use super::settings::Settings;
use crate::cli::colour::Paint;
use crate::cli::context::Context;
use crate::cli::escape;
use crate::cli::terminal::Level;
use crate::trace::view::TraceSummary;
use crate::trace::{Entry, Listener, Redactor, Ring};

/// A line of `--log-format json`.
#[derive(Serialize)]
struct Logged<'s> {
    schema: &'static str,
    #[serde(flatten)]
    summary: &'s TraceSummary,
}

/// Tells of every exchange from now on, if anybody wants to hear of it.
pub(super) async fn follow(context: &Context, settings: &Settings, ring: &Ring) -> Infallible {
    let (format, level) = match settings.log_format {
        Some(format) => (format, Level::Normal),
        None => (LogFormat::Human, settings.level()),
    };
    let key = context.random.bytes("log");
    let (true, Ok(key)) = (context.terminal.level() >= level, key) else {
        return std::future::pending().await;
    };
    let redactor = Redactor::new(&key, true);
    let mut place = ring.total();
    loop {
        let (next, entries) = ring.after(place).await;
        place = next;
        for entry in entries {
            let Entry::Exchange(exchange) = entry else { continue };
            // Whoever looks at the lab shall not see himself looking.
            if exchange.listener == Listener::Inspector {
                continue;
            }
            let summary = redactor.summary(&exchange);
            let line = match format {
                LogFormat::Human => human(context.terminal.err_paint(), &summary),
                LogFormat::Json => {
                    let logged = Logged { schema: "oauthlab.log/v1", summary: &summary };
                    escape::json(&serde_json::to_string(&logged).unwrap_or_default())
                }
            };
            context.terminal.say(&line);
        }
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
