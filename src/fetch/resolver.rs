//! From names to addresses. `localhost` and every name below it is this machine (RFC 6761 §6.3):
//! no name server is asked, so that none can send plain `http` elsewhere.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::Service;

use super::guard::Reach;
use crate::protocol::is_loopback_host;

/// The system's resolver, but for the names of this machine. With a reach, it gives out only the
/// addresses within it.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    system: GaiResolver,
    reach: Option<Arc<Reach>>,
}

/// No address of this name may be reached.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name may be reached")]
pub(super) struct OutOfReach;

impl Resolver {
    pub(super) fn new(reach: Option<Arc<Reach>>) -> Self {
        Self { system: GaiResolver::new(), reach }
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, io::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if is_loopback_host(&name.as_str().to_ascii_lowercase()) {
            // The port is filled in by the connector.
            let here: Vec<SocketAddr> =
                vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
            return Box::pin(std::future::ready(Ok(here.into_iter())));
        }
        let asked = self.system.call(name.clone());
        let reach = self.reach.clone();
        Box::pin(async move {
            let found = asked.await?;
            let admitted = match reach {
                None => found.collect(),
                Some(reach) => reach.filter(name.as_str(), found),
            };
            if admitted.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, OutOfReach));
            }
            Ok(admitted.into_iter())
        })
    }
}
