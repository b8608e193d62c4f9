//! What the lab says of itself, beside requests: events of `tracing`, queued where they happen and
//! printed elsewhere, so that nobody waits for a terminal.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::cli::colour::Paint;
use crate::cli::escape;
use crate::clock::Clock;
use crate::trace::rfc3339;

/// Events that wait to be printed; more are lost, and counted.
const QUEUE: usize = 4096;
/// Characters of one value.
const LONGEST: usize = 1024;

/// One event (`oauthlab.event/v1`).
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    schema: &'static str,
    time: String,
    level: &'static str,
    target: String,
    message: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Takes events in.
#[derive(Debug)]
pub(super) struct Queue {
    sender: mpsc::Sender<Told>,
    lost: Arc<AtomicU64>,
    clock: Clock,
}

/// Gives them out.
#[derive(Debug)]
pub(super) struct Events {
    receiver: mpsc::Receiver<Told>,
    lost: Arc<AtomicU64>,
}

pub(super) fn queue(clock: Clock) -> (Queue, Events) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    (Queue { sender, lost: Arc::clone(&lost), clock }, Events { receiver, lost })
}

impl<S: Subscriber> Layer<S> for Queue {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut read = Read::default();
        event.record(&mut read);
        let told = Told {
            schema: "oauthlab.event/v1",
            time: rfc3339(self.clock.now()),
            level: name(*event.metadata().level()),
            target: event.metadata().target().to_owned(),
            message: read.message,
            fields: read.fields,
        };
        if self.sender.try_send(told).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Events {
    /// The next one. Pending for ever where nobody tells any more.
    pub(super) async fn next(&mut self) -> Told {
        match self.receiver.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }

    /// One that waits already.
    pub(super) fn waiting(&mut self) -> Option<Told> {
        self.receiver.try_recv().ok()
    }

    /// How many were lost since this was asked last.
    pub(super) fn lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

impl Told {
    pub(super) fn json(&self) -> String {
        escape::json(&serde_json::to_string(self).unwrap_or_default())
    }

    pub(super) fn human(&self, paint: Paint) -> String {
        let time = self.time.split_once('T').map_or("", |(_, time)| time);
        let level = match self.level {
            "error" | "warn" => paint.bad(self.level),
            _ => paint.dim(self.level),
        };
        let mut line = format!("{} {level} {}", paint.dim(time), escape::line(&self.message));
        for (name, value) in &self.fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // Writing to a string cannot fail.
            let _ = write!(line, "  {}{}", paint.dim(format!("{name}=")), escape::line(&text));
        }
        line
    }
}

#[derive(Default)]
struct Read {
    message: String,
    fields: Map<String, Value>,
}

impl Read {
    fn keep(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Read {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text: String = value.chars().take(LONGEST).collect();
        if field.name() == "message" {
            self.message = text;
        } else {
            self.keep(field, text.into());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::clock::Timestamp;
    use crate::protocol::Secret;

    fn told(tell: impl FnOnce()) -> Events {
        let (queue, events) = queue(Clock::manual(Timestamp::from_secs(1_700_000_000)));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(queue), tell);
        events
    }

    #[test]
    fn an_event_is_one_line_however_its_values_look() {
        let mut events = told(|| {
            let secret = Secret::new("canary");
            tracing::warn!(verb = "put", tries = 3, ?secret, text = "a\u{1b}[2J\nb", "it failed");
        });
        let told = events.waiting().unwrap();
        let human = told.human(Paint(false));
        assert!(human.starts_with("22:13:20.000Z warn it failed  "), "{human}");
        assert!(human.contains("text=a\\u{1b}[2J\\u{a}b") && human.contains("tries=3"), "{human}");
        let json: Value = serde_json::from_str(&told.json()).unwrap();
        assert_eq!(json["schema"], "oauthlab.event/v1");
        assert_eq!((&json["tries"], &json["verb"]), (&3.into(), &"put".into()));
        assert!(!(human + &told.json()).contains("canary"));
    }

    #[test]
    fn nobody_waits_for_a_full_queue_and_what_is_lost_is_counted() {
        let mut events = told(|| (0..QUEUE + 7).for_each(|_| tracing::info!("again")));
        assert_eq!((events.lost(), events.lost()), (7, 0));
        assert!((0..QUEUE).all(|_| events.waiting().is_some()) && events.waiting().is_none());
    }
}
