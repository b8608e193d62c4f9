//! Exchanges for tests: the steps of a code flow, with any value put into any field.

use std::time::Duration;

use super::exchange::{Ending, Exchange, FlowId, Listener, RequestRecord, ResponseRecord, TraceId};
use crate::clock::Timestamp;
use crate::protocol::Secret;
use crate::rule::{
    AUTHORIZE, CODE_CLIENT, CODE_KNOWN, Decision, DecisionRecord, Docket, Fact, Judge, NoWaivers,
    PKCE_VERIFIER, Rule, TOKEN_CODE,
};

/// What an exchange is made of, as the wire has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) number: u8,
    pub(crate) flow: Option<FlowId>,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) form: String,
    pub(crate) status: u16,
    pub(crate) answer_headers: Vec<(&'static str, String)>,
    pub(crate) answer: String,
    pub(crate) decisions: Vec<DecisionRecord>,
}

pub(crate) const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA-a-code-of-43-chars-x";
pub(crate) const STATE: &str = "af0ifjsldkj-a-state-of-many-chars";

impl Sample {
    pub(crate) fn new(number: u8, method: &'static str, target: &str) -> Self {
        Self { number, method, target: target.to_owned(), status: 200, ..Self::default() }
    }

    /// An authorization request that is answered with a code at once.
    pub(crate) fn authorization() -> Self {
        let target = format!("/authorize?response_type=code&client_id=web&state={STATE}");
        let location = format!("http://127.0.0.1:8/callback?code={CODE}&state={STATE}");
        let mut sample = Self::new(1, "GET", &target);
        sample.status = 303;
        sample.answer_headers = vec![("location", location)];
        sample.decisions = vec![decision(&AUTHORIZE, &[])];
        sample
    }

    pub(crate) fn exchange(self) -> Exchange {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let json = "application/json";
        let form = "application/x-www-form-urlencoded";
        Exchange {
            trace: TraceId::from_bytes([self.number; 12]),
            at: Timestamp::from_secs(1_700_000_000 + u64::from(self.number)),
            took: Duration::from_micros(1234),
            listener: Listener::Issuer,
            flow: self.flow,
            request: RequestRecord {
                method: self.method.to_owned(),
                pattern: Some("/pattern".to_owned()),
                path: super::path(path),
                query: super::query(Some(query)),
                headers: super::request_headers(&headers(&self.headers)),
                body: super::body(form, self.form.as_bytes()),
            },
            ending: Ending::Answered(ResponseRecord {
                status: self.status,
                headers: super::response_headers(&headers(&self.answer_headers)),
                body: super::body(json, self.answer.as_bytes()),
            }),
            decisions: self.decisions,
        }
    }
}

fn headers(pairs: &[(&'static str, String)]) -> http::HeaderMap {
    let pair = |(name, value): &(&'static str, String)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

/// A broken rule with what was expected and what came.
pub(crate) type Broken = (&'static Rule, Fact, Fact);

/// A decision in which every rule of the docket is judged, and all hold but these.
pub(crate) fn decision(docket: &'static Docket, broken: &[Broken]) -> DecisionRecord {
    let mut judge = Judge::new(docket, &NoWaivers);
    for rule in docket.rules {
        match broken.iter().find(|(other, ..)| other == rule) {
            Some((_, expected, got)) => {
                judge.check(rule, false, || (expected.clone(), got.clone()));
            }
            None => {
                judge.check(rule, true, || (Fact::Absent, Fact::Absent));
            }
        }
    }
    let decision: Decision<(), ()> = judge.conclude(Ok(((), Vec::new())));
    decision.record
}

/// A token request with a verifier that does not fit.
pub(crate) fn refused_token_request() -> Exchange {
    let mut sample = Sample::new(2, "POST", "/token");
    sample.form = format!(
        "grant_type=authorization_code&client_id=web&code={CODE}&code_verifier=wrong-{}",
        "v".repeat(40)
    );
    sample.status = 400;
    sample.answer =
        r#"{"error":"invalid_grant","error_description":"The grant is unknown"}"#.into();
    let mut record = decision(
        &TOKEN_CODE,
        &[(
            &PKCE_VERIFIER,
            Fact::fixed("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            Fact::fixed("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cm"),
        )],
    );
    for ruling in &mut record.rulings {
        if ruling.rule == &CODE_KNOWN {
            ruling.got = Fact::secret(Some(&Secret::new(CODE)));
        }
        if ruling.rule == &CODE_CLIENT {
            ruling.got = Fact::fixed("web");
        }
    }
    sample.decisions = vec![record];
    sample.exchange()
}
