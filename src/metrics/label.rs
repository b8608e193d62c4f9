//! Labels. Every value comes from a list of ours, so that no stranger can make a new series.

use std::borrow::Cow;

use prometheus_client::encoding::EncodeLabelSet;

use crate::trace::{Ending, Endpoint, Exchange, Listener};

/// Where a request went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    pub(super) server: &'static str,
    pub(super) endpoint: Cow<'static, str>,
}

/// Where it went and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Requested {
    pub(super) server: &'static str,
    pub(super) endpoint: Cow<'static, str>,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Refused {
    pub(super) rule: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Pattern {
    pub(super) pattern: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Operation {
    pub(super) engine: &'static str,
    pub(super) verb: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Kept {
    pub(super) kind: &'static str,
}

impl Route {
    /// The pattern of the route, or what the handler calls itself; a path that leads nowhere is not
    /// named.
    pub(super) fn of(exchange: &Exchange, named: Option<Endpoint>) -> Self {
        let server = match exchange.listener {
            Listener::Issuer => "issuer",
            Listener::Resource => "resource",
            Listener::Inspector => "inspector",
        };
        let pattern = exchange.request.pattern.clone().map(Cow::Owned);
        let named = named.map(|Endpoint(name)| Cow::Borrowed(name));
        Self { server, endpoint: named.or(pattern).unwrap_or(Cow::Borrowed("none")) }
    }
}

impl Requested {
    pub(super) fn of(route: &Route, exchange: &Exchange) -> Self {
        let Route { server, endpoint } = route.clone();
        let outcome = match &exchange.ending {
            Ending::Abandoned => "abandoned",
            Ending::Panicked => "error",
            Ending::Answered(response) if response.status >= 500 => "error",
            Ending::Answered(response) if response.status >= 400 => "refused",
            // Some refusals are redirects, or say nothing but `active: false`.
            Ending::Answered(_) if exchange.refused_by().is_some() => "refused",
            Ending::Answered(_) => "success",
        };
        Self { server, endpoint, outcome }
    }
}
