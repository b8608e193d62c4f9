//! Whom a lab trusts beside itself: clients that may exchange the tokens of others, and issuers whose
//! assertions are taken.

use std::collections::BTreeMap;

use crate::protocol::{ClientId, ClientKeys, Subject};

/// What a client may do by token exchange (RFC 8693), beside narrowing its own tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeConfig {
    /// Clients whose tokens it may exchange.
    pub from: Vec<ClientId>,
    /// Whether what it gets from them is silent about who acts (RFC 8693 §1.1).
    pub impersonate: bool,
}

/// An issuer whose assertions about users are taken (RFC 7523 §3).
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// Its exact identifier.
    pub issuer: String,
    /// The keys that it signs with, or where they are fetched.
    pub keys: ClientKeys,
    /// Its names of our users; `None` when it calls each by our own subject.
    pub subjects: Option<BTreeMap<String, Subject>>,
}

impl TrustedIssuer {
    /// Our user whom this issuer means.
    pub fn subject(&self, named: &str) -> Option<Subject> {
        match &self.subjects {
            Some(subjects) => subjects.get(named).cloned(),
            None => Subject::parse(named).ok(),
        }
    }
}
