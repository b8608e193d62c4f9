//! What happened: every exchange once, with the decisions made in it, in a bounded ring.

use crate::rule::DecisionRecord;

/// The decisions of one exchange, in the order they fell. A handler puts them into the extensions
/// of its response; the trace layer takes them out and records them. They never reach the wire.
#[derive(Clone, Debug, Default)]
pub struct Decisions(pub Vec<DecisionRecord>);
