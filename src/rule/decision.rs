//! A decision is data: the outcome, what it does to the world, and every ruling behind it.

use std::time::Duration;

use super::{Docket, Rule, Ruling};

/// The result of one decision point. `E` is the deciding module's own list of effects, applied once
/// after the outcome is known; a refusal may have effects too (a burnt code, a counted failure).
#[derive(Clone, Debug)]
#[must_use = "a decision has effects that must be applied"]
pub struct Decision<T, E> {
    /// The value, or the rule that refused.
    pub outcome: Result<T, Refusal>,
    /// What has to be written.
    pub effects: Vec<E>,
    /// Why.
    pub record: DecisionRecord,
}

/// Why a decision fell as it did: one ruling for every rule of the docket, in its order.
#[derive(Clone, Debug)]
pub struct DecisionRecord {
    /// The decision point.
    pub docket: &'static Docket,
    /// All rulings.
    pub rulings: Vec<Ruling>,
    /// In what time a request that a rate refused would not be refused for it, where that is known.
    pub again_in: Option<Duration>,
}

/// A refusal: the rule that is named on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first broken rule in the docket's order.
    pub rule: &'static Rule,
}
