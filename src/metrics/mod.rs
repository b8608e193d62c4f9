//! How much of it? Counters and histograms over what the trace layer records and the store does, in
//! the `OpenMetrics` text format.
//!
//! Names and labels are bounded: routes, rules, verbs and kinds of ours; never a client, a user, an
//! address, or a path that a stranger typed.

mod abuse;
mod label;
mod store;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub use abuse::PATTERNS;
pub use store::MeteredStore;

use crate::clock::{Clock, Timestamp};
use crate::store::Store;
use crate::trace::{Endpoint, Exchange};
use label::{Kept, Operation, Pattern, Refused, Requested, Route};

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Timed<L> = Family<L, Histogram, fn() -> Histogram>;

/// Everything that is counted of one lab.
pub struct Metrics {
    // Locked to register and to render, never while a request is answered.
    registry: Mutex<Registry>,
    requests: Family<Requested, Counter>,
    refusals: Family<Refused, Counter>,
    abuse: Family<Pattern, Counter>,
    duration: Timed<Route>,
    operations: Timed<Operation>,
    failures: Family<Operation, Counter>,
    live: Family<Kept, Gauge>,
    store: OnceLock<Arc<dyn Store>>,
}

/// From half a millisecond to eight seconds.
fn of_requests() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 15))
}

/// From two microseconds to half a second.
fn of_operations() -> Histogram {
    Histogram::new(exponential_buckets(0.000_002, 4.0, 10))
}

impl Metrics {
    /// Nothing counted yet, for a lab that begins now.
    pub fn new(began: Timestamp) -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            requests: Family::default(),
            refusals: Family::default(),
            abuse: Family::default(),
            duration: Family::new_with_constructor(of_requests),
            operations: Family::new_with_constructor(of_operations),
            failures: Family::default(),
            live: Family::default(),
            store: OnceLock::new(),
        };
        // A series that begins at its first event hides that event from every rate.
        for pattern in PATTERNS {
            drop(metrics.abuse.get_or_create_owned(&Pattern { pattern }));
        }
        metrics.register(began);
        metrics
    }

    fn register(&self, began: Timestamp) {
        let mut all = self.registry();
        let started: Gauge = Gauge::default();
        started.set(i64::try_from(began.secs()).unwrap_or_default());
        let help = "Start time of the process since unix epoch in seconds";
        all.register_with_unit("process_start_time", help, Unit::Seconds, started);
        let ours = all.sub_registry_with_prefix("oauthlab");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "The program", build);
        let help = "Answered requests by server, endpoint and outcome";
        ours.register("requests", help, self.requests.clone());
        let help = "Refused decisions by the rule that refused";
        ours.register("refusals", help, self.refusals.clone());
        let help = "What looks like an attack, by its pattern";
        ours.register("abuse", help, self.abuse.clone());
        let help = "Time from a request to its answer";
        ours.register_with_unit("request_duration", help, Unit::Seconds, self.duration.clone());
        let help = "Time that the store took, by engine and verb";
        let name = "store_operation_duration";
        ours.register_with_unit(name, help, Unit::Seconds, self.operations.clone());
        let help = "Operations that the store refused or failed, by engine and verb";
        ours.register("store_failures", help, self.failures.clone());
        ours.register("live_records", "Live records by kind", self.live.clone());
    }

    /// Counts an exchange. Where no route's pattern names the endpoint, its handler does.
    pub fn observe(&self, exchange: &Exchange, named: Option<Endpoint>) {
        let route = Route::of(exchange, named);
        let requested = Requested::of(&route, exchange);
        self.requests.get_or_create(&requested).inc();
        self.duration.get_or_create(&route).observe(exchange.took.as_secs_f64());
        if let Some(rule) = exchange.refused_by() {
            self.refusals.get_or_create(&Refused { rule: rule.id }).inc();
        }
        for pattern in abuse::patterns(exchange) {
            self.abuse.get_or_create(&Pattern { pattern }).inc();
            tracing::warn!(pattern, trace = %exchange.trace, "this looks like an attack");
        }
    }

    /// A store whose every verb is measured.
    pub fn metered(
        &self,
        store: Arc<dyn Store>,
        engine: &'static str,
        clock: Clock,
    ) -> MeteredStore {
        // The first one is the lab's.
        let _ = self.store.set(Arc::clone(&store));
        MeteredStore::new(store, clock, |verb| {
            let operation = Operation { engine, verb };
            let took = self.operations.get_or_create_owned(&operation);
            (took, self.failures.get_or_create_owned(&operation))
        })
    }

    /// Something else that is counted elsewhere, and asked for when somebody reads.
    pub fn join(&self, collector: Box<dyn Collector>) {
        self.registry().register_collector(collector);
    }

    /// All of it, as [`MEDIA_TYPE`].
    pub async fn text(&self) -> String {
        if let Some(store) = self.store.get()
            && let Ok(census) = store.census().await
        {
            for (kind, records) in census {
                let records = i64::try_from(records).unwrap_or(i64::MAX);
                self.live.get_or_create(&Kept { kind: kind.name() }).set(records);
            }
        }
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry());
        text
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
