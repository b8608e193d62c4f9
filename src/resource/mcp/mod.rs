//! A minimal Model Context Protocol endpoint: Streamable HTTP with JSON answers only.
//!
//! Two eras on one endpoint (MCP 2026-07-28, Versioning, Backward Compatibility): requests that
//! carry their version in `_meta` are served without any state; `initialize` and its followers of
//! 2025-03-26 to 2025-11-25 are served without a session, which those revisions allow. JSON-RPC
//! batches, which only 2025-03-26 had, are refused.

mod call;
mod headers;
mod message;
mod reply;
mod tool;
mod version;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use headers::Headers;

use super::{Access, Effect, Origins};
use crate::clock::Timestamp;
use crate::protocol::IssuerUrl;
use crate::rule::{
    Blocked, Decision, DecisionRecord, Fact, Judge, MCP, MCP_JSON, MCP_ORIGIN, Waivers,
};
use call::Call;
use message::Message;
use reply::Seen;
use version::Era;

/// The endpoint, at one moment.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) origins: &'a Origins,
    pub(super) now: Timestamp,
    pub(super) waivers: &'a dyn Waivers,
}

/// What the endpoint answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// A JSON-RPC message; notifications get none.
    pub body: Option<Value>,
    /// Why.
    pub record: DecisionRecord,
}

impl Endpoint<'_> {
    /// The refusal of a page that may not call, before its token is looked at. `None`: it may.
    pub fn refuse_origin(&self, headers: &Headers) -> Option<Answer> {
        let mut judge = self.judge();
        self.origin(&mut judge, headers);
        let blocked = judge.stage().err()?;
        Some(self.answer_to(judge, Err(blocked), &Seen::default(), None))
    }

    /// The answer to one message of a caller whose token was accepted.
    pub fn answer(&self, headers: &Headers, body: &[u8], access: &Access) -> Answer {
        let (mut judge, mut seen) = (self.judge(), Seen::default());
        let call = self.read(&mut judge, &mut seen, headers, body);
        self.answer_to(judge, call, &seen, Some(access))
    }

    fn judge(&self) -> Judge<'_> {
        Judge::new(&MCP, self.waivers)
    }

    fn read(
        &self,
        judge: &mut Judge<'_>,
        seen: &mut Seen,
        headers: &Headers,
        body: &[u8],
    ) -> Result<Call, Blocked> {
        self.origin(judge, headers);
        let message = message::parse(body);
        if let Err(unreadable) = &message {
            seen.unreadable(unreadable);
        }
        let got = message.as_ref().err().map(ToString::to_string);
        let message: Message = judge.require(&MCP_JSON, message.ok(), || {
            ("one JSON-RPC 2.0 request or notification".into(), Fact::optional(got))
        })?;
        judge.stage()?;
        let era = Era::of(&message, headers);
        seen.message(&message, headers, era);
        headers::check(judge, &message, headers, era);
        version::check(judge, &message, headers, era);
        judge.stage()?;
        call::read(judge, seen, message, era)
    }

    fn origin(&self, judge: &mut Judge<'_>, headers: &Headers) {
        match &headers.origin {
            // Only browsers send it, and only a browser can be rebound.
            None => judge.not_applicable(&MCP_ORIGIN),
            Some(origin) => {
                judge.check(&MCP_ORIGIN, self.origins.admits(origin), || {
                    (Fact::any_of(self.origins.described()), Fact::public(origin))
                });
            }
        }
    }

    fn answer_to(
        &self,
        judge: Judge<'_>,
        call: Result<Call, Blocked>,
        seen: &Seen,
        access: Option<&Access>,
    ) -> Answer {
        let outcome = call.map(|call| (call, Vec::new())).map_err(|b| (b, Vec::new()));
        let decision: Decision<Call, Effect> = judge.conclude(outcome);
        let (status, body) = match (decision.outcome, access) {
            (Ok(call), Some(access)) => reply::result(&call, seen, access, self.now),
            (Ok(_), None) => (202, None),
            (Err(refusal), _) => reply::refusal(refusal.rule, seen, self.issuer),
        };
        Answer { status, body, record: decision.record }
    }
}
