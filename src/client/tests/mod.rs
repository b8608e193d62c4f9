//! The client against a small server of the test's own, which misbehaves in one way at a time.

mod answers;
mod api;
mod code_flow;
mod discovery;
#[expect(clippy::unused_async, reason = "handlers of axum are async functions")]
mod dpop;
mod registration;
#[expect(clippy::unused_async, reason = "handlers of axum are async functions")]
mod server;
