//! Flows: exchanges and client steps that belong together. An exchange belongs to the flow that its
//! client named, else to the one that first showed a code, token or page id that it has too.
//! Worked out when asked, from what the ring still holds: the same entries give the same flows.

use std::collections::HashMap;
use std::sync::Arc;

use super::exchange::{Exchange, Field, FlowId, Listener};
use super::ring::Entry;
use super::step::Steps;
use super::text::{Label, Part};
use crate::clock::Timestamp;

/// One flow. It has at least one entry.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// When it began.
    pub at: Timestamp,
    /// Its exchanges, oldest first.
    pub exchanges: Vec<Arc<Exchange>>,
    /// What our own client told.
    pub steps: Vec<Arc<Steps>>,
    /// The place of its newest entry among all entries.
    pub newest: usize,
}

/// Secrets that join exchanges, the most telling first.
const JOINING: [Label; 11] = [
    "code",
    "interaction",
    "path",
    "request_uri",
    "device_code",
    "refresh_token",
    "access_token",
    "token",
    "id_token",
    "registration_token",
    "state",
];
/// Of these the request itself is the origin; all others are born in an answer.
const BORN_IN_REQUESTS: [Label; 3] = ["interaction", "path", "state"];
/// A `state` shorter than this is no random value, and says nothing about belonging together.
const MIN_STATE: usize = 16;

/// Joins entries into flows, in the order of their beginning. What decides nothing and shares
/// nothing (discovery, keys, health) belongs to no flow, unless its client says so.
pub fn stitch(entries: &[Entry]) -> Vec<Flow> {
    let mut stitcher = Stitcher::default();
    for (place, entry) in entries.iter().enumerate() {
        stitcher.place = place;
        match entry {
            Entry::Exchange(exchange) if exchange.listener == Listener::Inspector => {}
            Entry::Exchange(exchange) => stitcher.exchange(exchange),
            Entry::Steps(steps) => {
                let flow = stitcher.named(&steps.flow, steps.at);
                stitcher.change(flow, |flow| flow.steps.push(Arc::clone(steps)));
            }
        }
    }
    stitcher.flows
}

/// SHA-256 of a secret, with its place in [`JOINING`].
type Key = (usize, [u8; 32]);

#[derive(Default)]
struct Stitcher {
    place: usize,
    flows: Vec<Flow>,
    by_id: HashMap<FlowId, usize>,
    by_secret: HashMap<[u8; 32], usize>,
}

impl Stitcher {
    fn exchange(&mut self, exchange: &Arc<Exchange>) {
        let path = exchange.request.path.parts();
        let asked = keys(exchange.request_fields(), path);
        let answered = keys(exchange.response_fields(), &[]);
        let shared = asked.iter().find_map(|(_, hash)| self.by_secret.get(hash)).copied();
        let named = exchange.flow.as_ref().map(|id| self.named(id, exchange.at));
        let flow = match named.or(shared) {
            Some(flow) => flow,
            None if exchange.decisions.is_empty() && answered.is_empty() => return,
            None => self.named(&FlowId::of_first(&exchange.trace), exchange.at),
        };
        let is_origin = |(place, _): &Key| {
            JOINING.get(*place).is_some_and(|label| BORN_IN_REQUESTS.contains(label))
        };
        for (_, hash) in asked.into_iter().filter(is_origin).chain(answered) {
            self.by_secret.entry(hash).or_insert(flow);
        }
        self.change(flow, |flow| flow.exchanges.push(Arc::clone(exchange)));
    }

    fn named(&mut self, id: &FlowId, at: Timestamp) -> usize {
        *self.by_id.entry(id.clone()).or_insert_with(|| {
            let (exchanges, steps) = (Vec::new(), Vec::new());
            let newest = self.place;
            self.flows.push(Flow { id: id.clone(), at, exchanges, steps, newest });
            self.flows.len() - 1
        })
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut Flow)) {
        if let Some(flow) = self.flows.get_mut(at) {
            flow.newest = self.place;
            change(flow);
        }
    }
}

/// The joining secrets of fields and path, the most telling first.
fn keys<'a>(fields: impl Iterator<Item = &'a Field>, path: &'a [Part]) -> Vec<Key> {
    let parts = fields.flat_map(|field| field.value.parts()).chain(path);
    let mut keys: Vec<Key> = parts
        .filter_map(|part| match part {
            Part::Secret(label, secret) => Some((*label, secret)),
            Part::Public(_) => None,
        })
        .filter(|(label, secret)| *label != "state" || secret.expose().len() >= MIN_STATE)
        .filter_map(|(label, secret)| {
            let place = JOINING.iter().position(|joining| *joining == label)?;
            Some((place, secret.sha256()))
        })
        .collect();
    keys.sort_unstable();
    keys
}

impl Flow {
    /// Whether this is the flow of an id: its own, or that of one of its exchanges.
    pub fn is(&self, id: &str) -> bool {
        self.id.as_str() == id || self.exchanges.iter().any(|e| e.trace.as_str() == id)
    }
}

#[cfg(test)]
mod tests;
