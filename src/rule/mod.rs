//! What must hold, and the record of whether it did.
//!
//! A [`Rule`] is a constant with a stable id, its spec section, and text for people. A [`Judge`]
//! collects one [`Ruling`] a rule along a [`Docket`] (the rules of one decision point in their
//! fixed, published order). A [`Decision`] is the result with that record. Judging touches nothing:
//! effects are data, applied once, after the outcome.

mod assertion;
mod assertion_grant;
mod authorize;
mod certificate;
mod client;
mod client_document;
mod decision;
mod device;
mod docket;
mod exchange;
mod fact;
mod grant;
mod http;
mod judge;
mod logout;
mod password;
mod profile;
mod proof;
mod registration;
mod registry;
mod request_object;
mod resource;
mod sender;
mod session;
mod software_statement;
mod wish;

pub use assertion::*;
pub use assertion_grant::*;
pub use authorize::*;
pub use certificate::*;
pub use client::*;
pub use client_document::*;
pub use decision::{Decision, DecisionRecord, Refusal};
pub use device::*;
pub use docket::*;
pub use exchange::*;
pub use fact::Fact;
pub use grant::*;
pub use http::*;
pub use judge::{Blocked, Judge, NoWaivers, Ruling, Spent, Verdict, Waivers};
pub use logout::*;
pub use password::*;
pub use profile::*;
pub use proof::{PROOF_WINDOW, ProofRequest, Proven};
pub use registration::*;
pub use registry::{RULES, find, rule};
pub use request_object::*;
pub use resource::*;
pub use sender::*;
pub use session::*;
pub use software_statement::*;
pub use wish::*;

use crate::protocol::ErrorCode;

/// Something that must hold before a request is granted.
#[derive(Debug)]
pub struct Rule {
    /// Stable id: `pkce.verifier`.
    pub id: &'static str,
    /// What holds, as a sentence.
    pub title: &'static str,
    /// Where it is written: `RFC 7636 §4.6`.
    pub spec: &'static str,
    /// Why it exists: the attack or the accident that it stops.
    pub stops: &'static str,
    /// How the one who was refused puts it right.
    pub fix: &'static str,
    /// What the wire says when it is broken.
    pub face: Face,
}

/// Ids are unique, and judging compares rules all the time.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// The public face of a rule. Rules whose difference would help an attacker share one face.
#[derive(Debug, PartialEq, Eq)]
pub struct Face {
    /// The registered error code.
    pub error: ErrorCode,
    /// HTTP status of a direct answer; that of the code unless the rule is about HTTP itself.
    pub status: u16,
    /// `error_description`: plain ASCII without quote and backslash. States no fact of the request.
    pub description: &'static str,
    /// Id of the static page that `error_uri` names: the rule's own, or that of the shared face.
    pub page: &'static str,
}

impl Face {
    const fn new(error: ErrorCode, page: &'static str, description: &'static str) -> Self {
        Self { error, status: error.status(), description, page }
    }

    const fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}
