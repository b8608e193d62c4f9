//! Who makes the calls of a flow: the HTTPS client, the steps in which they are recorded, and the
//! key that is proven with them.

use http::HeaderName;

use super::answer::Answer;
use super::check::Check;
use super::error::ClientError;
use super::prover::Prover;
use super::step::{Partial, Steps};
use super::summary;
use crate::fetch::{Http, Request};
use crate::trace::FLOW_HEADER;

const FLOW: HeaderName = HeaderName::from_static(FLOW_HEADER);

/// What a step teaches.
#[derive(Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What happens: `Ask for tokens`.
    pub title: &'static str,
    /// Why it is done.
    pub why: &'static str,
    /// Where it is written: `RFC 6749 §4.1.3`.
    pub spec: &'static str,
}

/// Makes calls. `&http` alone is a caller that records nothing; `(&http, &steps)` records.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    http: &'a Http,
    steps: Option<&'a Steps>,
    prover: Option<&'a Prover>,
}

impl<'a> From<&'a Http> for Caller<'a> {
    fn from(http: &'a Http) -> Self {
        Self { http, steps: None, prover: None }
    }
}

impl<'a> From<(&'a Http, &'a Steps)> for Caller<'a> {
    fn from((http, steps): (&'a Http, &'a Steps)) -> Self {
        Self { http, steps: Some(steps), prover: None }
    }
}

impl<'a> Caller<'a> {
    /// The same, and with a key that is proven to whoever issues or takes tokens (RFC 9449).
    #[must_use]
    pub fn proving(self, prover: Option<&'a Prover>) -> Self {
        Self { prover, ..self }
    }

    /// What it proves a key with.
    pub(super) const fn prover(&self) -> Option<&'a Prover> {
        self.prover
    }

    /// Sends a request and records the exchange.
    pub async fn send(&self, lesson: &Lesson, request: Request) -> Result<Answer, ClientError> {
        let endpoint = summary::endpoint(&request.url);
        let request = match self.steps.and_then(Steps::flow) {
            Some(flow) => request.header(FLOW, flow.as_str()),
            None => request,
        };
        let sent = self.steps.map(|_| summary::sent(&request));
        let result = self.http.send(request).await;
        let step = self.steps.and_then(|steps| {
            let partial = match &result {
                Ok(response) => Partial {
                    sent,
                    received: Some(summary::received(response)),
                    trace_id: response.trace_id().map(str::to_owned),
                    failed: None,
                },
                Err(error) => {
                    Partial { sent, failed: Some(error.to_string()), ..Partial::default() }
                }
            };
            steps.push(lesson, partial)
        });
        match result {
            Ok(response) => Ok(Answer { response, endpoint, step }),
            Err(source) => Err(ClientError::Fetch { endpoint, source }),
        }
    }

    /// Records that a browser came to our redirect URI with these parameters, still encoded.
    pub(super) fn arrived(&self, lesson: &Lesson, parameters: &str) -> Option<usize> {
        let received = Some(summary::arrived(parameters));
        let partial = Partial { received, ..Partial::default() };
        self.steps.and_then(|steps| steps.push(lesson, partial))
    }

    /// Notes what was checked in a step.
    pub(super) fn checked(&self, step: Option<usize>, checks: &[Check]) {
        if let (Some(steps), Some(step)) = (self.steps, step) {
            steps.checked(step, checks);
        }
    }
}
