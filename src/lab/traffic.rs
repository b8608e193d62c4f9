//! What the listeners count by themselves, joined to the metrics.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::server::listener::Traffic;

/// The connections of every server.
#[derive(Debug)]
pub(super) struct Connections(pub(super) Vec<(&'static str, Arc<Traffic>)>);

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Connections by server and by what became of them";
        let mut family =
            encoder.encode_descriptor("oauthlab_connections", help, None, MetricType::Counter)?;
        for (server, traffic) in &self.0 {
            for (event, count) in [
                ("accepted", traffic.accepted()),
                ("over_limit", traffic.over_limit()),
                ("gave_way", traffic.gave_way()),
                ("failed_handshake", traffic.failed_handshakes()),
                ("accept_error", traffic.accept_errors()),
            ] {
                let labels = [("server", *server), ("event", event)];
                let counter = ConstCounter::new(count);
                counter.encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
