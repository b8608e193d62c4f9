//! Everything that needs a running piece of the lab: one binary, one folder or file a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it saw"
)]

mod abuse;
mod architecture;
mod audit;
mod cli;
mod client;
mod client_document;
mod clientauth;
mod cluster;
mod docs;
mod hostile;
mod install;
mod interop;
mod listener;
mod logout;
mod metadata;
mod other_lab;
mod parameters;
mod profiles;
mod resource;
mod rules;
mod sessions;
mod store;
mod support;
mod tls;
mod watching;
