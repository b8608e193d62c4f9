//! Watching a lab: what is counted, whether it can work, and what its log says and hides.

mod health;
mod log;
pub(crate) mod metrics;
mod printed;
