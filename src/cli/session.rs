//! One run of a client command against one server: its steps, what is told of them, and what a
//! running lab adds to a refusal.

use std::cell::OnceCell;

use super::context::Context;
use super::inspector::Inspector;
use super::target::Target;
use super::transcript::Transcript;
use crate::client::{AuthorizationServer, Caller, ClientError, Prover, Steps, discover};
use crate::error::{BrokenRule, Error};
use crate::trace::{FlowId, Redactor};

/// A run.
pub(super) struct Session<'c> {
    pub(super) context: &'c Context,
    pub(super) target: Target,
    pub(super) steps: Steps,
    transcript: Transcript,
    prover: OnceCell<Prover>,
}

impl<'c> Session<'c> {
    /// Finds the server and begins a flow.
    pub(super) async fn open(context: &'c Context) -> Result<Self, Error> {
        let target = Target::find(context).await?;
        let flow = FlowId::from_bytes(context.random.bytes("flow")?);
        let redactor = Redactor::new(&context.random.bytes("tag")?, !context.global.show_secrets);
        let transcript = Transcript::new(redactor);
        let steps = Steps::of_flow(flow);
        Ok(Self { context, target, steps, transcript, prover: OnceCell::new() })
    }

    /// What flows call with.
    pub(super) fn caller(&self) -> Caller<'_> {
        Caller::from((&self.target.http, &self.steps)).proving(self.prover())
    }

    /// From now on tokens are bound to this key, or are used with it. The first one stays.
    pub(super) fn prove(&self, prover: Prover) {
        // A second one would be of another token, and a run is about one.
        let _ = self.prover.set(prover);
    }

    /// What tokens are bound to, or used with.
    pub(super) fn prover(&self) -> Option<&Prover> {
        self.prover.get()
    }

    /// The server's metadata.
    pub(super) async fn server(&self) -> Result<AuthorizationServer, Error> {
        Ok(discover(self.caller(), self.target.issuer.as_str()).await?)
    }

    /// Shows the steps that were not shown yet, if anybody wants to see them.
    pub(super) async fn show_steps(&self) {
        let inspector = Inspector::of(&self.target);
        self.transcript.show(&self.context.terminal, &self.steps, inspector).await;
    }

    /// Ends the run: shows and reports the steps, and asks the lab which rule refused.
    pub(super) async fn end<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        self.show_steps().await;
        let inspector = Inspector::of(&self.target);
        if let Some((inspector, report)) = inspector.zip(self.transcript.report(&self.steps)) {
            // The lab may be without an inspector, or be gone: the answer stands all the same.
            let _ = inspector.report(&report).await;
        }
        match result {
            Err(Error::Client { error, advice, .. }) => {
                Err(self.explained(error, advice, inspector).await)
            }
            other => other,
        }
    }

    async fn explained(
        &self,
        error: Box<ClientError>,
        advice: Option<String>,
        inspector: Option<Inspector<'_>>,
    ) -> Error {
        let steps = self.steps.snapshot();
        let step = Some(steps.len()).filter(|len| *len > 0);
        // An error in a redirect, or on a page, names no exchange: it is the last one then.
        let last = || steps.iter().rev().find_map(|step| step.trace_id.clone());
        let trace = error.trace_id().map(str::to_owned).or_else(last);
        let rule = match (inspector, trace) {
            (Some(inspector), Some(trace)) => broken_rule(inspector, &trace).await,
            _ => None,
        };
        Error::Client { error, step, rule, advice }
    }
}

/// The rule that the lab refused by, which the wire does not tell.
async fn broken_rule(inspector: Inspector<'_>, trace: &str) -> Option<Box<BrokenRule>> {
    let view = inspector.trace(trace, false).await.ok()??;
    let id = view.summary.refused_by?;
    let rulings = view.decisions.into_iter().flat_map(|decision| decision.rulings);
    let ruling = rulings.into_iter().find(|ruling| ruling.rule == id)?;
    Some(Box::new(BrokenRule {
        id,
        title: ruling.title,
        spec: ruling.spec,
        fix: ruling.fix,
        trace: trace.to_owned(),
    }))
}
