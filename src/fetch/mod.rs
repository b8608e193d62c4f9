//! Outgoing HTTP: one small TLS client, and the guard for URLs that strangers name.
