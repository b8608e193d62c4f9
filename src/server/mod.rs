//! HTTP in, HTTP out.

pub mod listener;
