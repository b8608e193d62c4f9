//! HTTP in, HTTP out. Endpoints parse, ask `issuer` or `resource` for a decision, and render it.

pub mod authorization;
mod cookie;
mod cors;
mod endpoint;
pub mod flood;
mod headers;
pub mod health;
pub mod inspector;
pub mod listener;
mod mangle;
mod page;
mod reply;
mod request;
pub mod resource;
mod session_page;
mod spoofed;
pub mod trace_layer;
