//! oauthlab: an honest, complete OAuth lab in one binary.
//!
//! Every folder answers one question, and its name is the answer.
//!
//! | module | question |
//! |---|---|
//! | [`cli`] | what does the user type? |
//! | [`config`] | what does the YAML say? |
//! | [`protocol`] | what do the specs say? Pure: no I/O, no clock |
//! | [`rule`] | what must hold, and how is a decision recorded? |
//! | [`store`] | what do we remember? |
//! | [`issuer`] | what does the authorization server decide? No HTTP |
//! | [`resource`] | what does an API decide? No HTTP |
//! | [`deviation`] | how do we misbehave, on purpose? |
//! | [`trace`] | what happened? |
//! | [`metrics`] | how much of it? |
//! | [`server`] | HTTP in, HTTP out |
//! | [`fetch`] | what do we fetch over HTTP, for ourselves and for others? |
//! | [`client`] | oauthlab as a client, against any server |
//! | [`audit`] | what is wrong there? |
//! | [`report`] | how do findings leave? |
//! | [`tls`] | who vouches for the lab? |
//! | [`lab`] | how do the pieces become one running lab? |
//! | [`clock`], [`random`] | the only readers of time and of randomness |
//!
//! Arrows between them point one way; `tests/it/architecture.rs` holds the table and proves it.
//! The one idea: [`rule::Decision`]. A decision is data, so that terminal, inspector, audit and
//! lessons all read the same record of which rule held and which broke.

pub mod audit;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod deviation;
pub mod error;
pub mod fetch;
pub mod issuer;
pub mod lab;
pub mod metrics;
pub mod protocol;
pub mod random;
pub mod report;
pub mod resource;
pub mod rule;
pub mod server;
pub mod store;
pub mod tls;
pub mod trace;
