//! The good flows. Each is the request of many probes without their fault, run once and shared.

use std::sync::Arc;

use super::Evidence;
use crate::audit::finding::{Outcome, Tried};
use crate::audit::probe::{Exchange, Grant, Line, Probe, Trouble, Visit};
use crate::audit::target::Client;

/// A good flow and what came of it.
#[derive(Clone, Debug)]
pub struct Control {
    /// What was done.
    pub what: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// The tokens, if it worked.
    pub grant: Option<Grant>,
    /// What was sent and came back.
    pub exchanges: Vec<Exchange>,
    /// What the browser saw, if there was one: its exchanges are the first ones.
    pub visits: Vec<Visit>,
}

impl Control {
    /// The tokens, or why a check cannot go on.
    pub fn grant(&self) -> Result<&Grant, Trouble> {
        let failed =
            || Trouble::Basis(format!("the control failed: {}: {}", self.what, self.outcome));
        self.grant.as_ref().ok_or_else(failed)
    }
}

impl Evidence {
    pub(super) async fn run_controls(&mut self, line: &Arc<Line>) -> Result<(), Trouble> {
        self.controls.confidential = match &self.clients.confidential {
            Some(client) => Some(self.code_flow(line, client, CONFIDENTIAL).await?),
            None => None,
        };
        self.controls.public = match &self.clients.public {
            Some(client) if client.is_confidential() => {
                Some(self.code_flow(line, client, KEYED).await?)
            }
            Some(client) => Some(self.code_flow(line, client, PUBLIC).await?),
            None => None,
        };
        self.controls.machine = match &self.clients.machine {
            Some(client) => Some(self.machine_flow(line, client).await?),
            None => None,
        };
        self.controls.api = self.read_api(line).await?;
        Ok(())
    }

    async fn code_flow(
        &self,
        line: &Arc<Line>,
        client: &Client,
        what: &'static str,
    ) -> Result<Control, Trouble> {
        let probe = Probe::new(line);
        let Ok(session) = self.session() else {
            let outcome = Outcome::Unclear("nobody can log in".to_owned());
            let (grant, exchanges, visits) = (None, Vec::new(), Vec::new());
            return Ok(Control { what, outcome, grant, exchanges, visits });
        };
        let mut session = session.watched();
        let scope = self.reading_scope(client);
        let granted = probe.grant(&self.endpoints, client, &mut session, &scope).await;
        let control = self.control(probe, client, what, granted).await?;
        Ok(Control { visits: session.into_visits(), ..control })
    }

    async fn machine_flow(&self, line: &Arc<Line>, client: &Client) -> Result<Control, Trouble> {
        let probe = Probe::new(line);
        let scope = self.machine_scope(client);
        let granted = probe.machine_grant(&self.endpoints, client, &scope).await;
        self.control(probe, client, MACHINE, granted).await
    }

    /// The scope that a client asks for itself: what reading at the first API needs.
    pub fn machine_scope(&self, client: &Client) -> String {
        client.allowed(self.apis.first().and_then(super::Api::read_scope))
    }

    /// A grant is accepted when its token works.
    async fn control(
        &self,
        probe: Probe,
        client: &Client,
        what: &'static str,
        granted: Result<Grant, Trouble>,
    ) -> Result<Control, Trouble> {
        let (outcome, grant) = match granted {
            Ok(grant) => {
                let outcome = self.works(&probe, client, &grant.tokens.access_token).await?;
                (outcome, Some(grant))
            }
            // A basis that is missing is an answer; a wire that is dead is none.
            Err(Trouble::Basis(why)) => (Outcome::Refused(why), None),
            Err(trouble) => return Err(trouble),
        };
        let (exchanges, visits) = (probe.into_exchanges(), Vec::new());
        Ok(Control { what, outcome, grant, exchanges, visits })
    }

    async fn read_api(&self, line: &Arc<Line>) -> Result<Option<Control>, Trouble> {
        let (Some(api), Some(public)) = (self.apis.first(), &self.controls.public) else {
            return Ok(None);
        };
        let Some(grant) = &public.grant else { return Ok(None) };
        let probe = Probe::new(line);
        let answer = probe.call(api, Some(&grant.tokens.access_token)).await?;
        let outcome = answer.access_outcome();
        let (grant, exchanges, visits) = (Some(grant.clone()), probe.into_exchanges(), Vec::new());
        Ok(Some(Control { what: API, outcome, grant, exchanges, visits }))
    }
}

const CONFIDENTIAL: &str = "code flow with PKCE of a confidential client";
const PUBLIC: &str = "code flow with PKCE of a public client";
const KEYED: &str = "code flow with PKCE of a client with a key";
const MACHINE: &str = "client credentials";
const API: &str = "reading at the API with a good token";

impl super::Controls {
    /// The code flow of the confidential client, as a control.
    pub fn of_confidential(&self) -> Tried {
        tried(self.confidential.as_ref(), CONFIDENTIAL)
    }

    /// The code flow of the public client, as a control.
    pub fn of_public(&self) -> Tried {
        tried(self.public.as_ref(), PUBLIC)
    }

    /// Client credentials, as a control.
    pub fn of_machine(&self) -> Tried {
        tried(self.machine.as_ref(), MACHINE)
    }

    /// Reading at the first API, as a control.
    pub fn of_api(&self) -> Tried {
        tried(self.api.as_ref(), API)
    }
}

fn tried(control: Option<&Control>, what: &str) -> Tried {
    let not_run = || Outcome::Unclear("it could not be run".to_owned());
    let outcome = control.map_or_else(not_run, |control| control.outcome.clone());
    Tried { what: control.map_or(what, |control| control.what).to_owned(), outcome }
}
