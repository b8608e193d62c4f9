//! Exchanges become flows: what belongs together, and what does not.

use std::sync::Arc;

use super::super::sample::{CODE, STATE, Sample, decision, refused_token_request};
use super::super::step::{Step, StepOutcome, StepReport};
use super::super::view::{EntryView, OutcomeView};
use super::super::{Redactor, STEPS_SCHEMA, TraceId};
use super::*;
use crate::rule::{Fact, INTROSPECT, RESOURCE, RESOURCE_AUDIENCE, TOKEN_CODE};

const TOKEN: &str = "an-opaque-access-token-of-43-characters-xyz";

fn entries(samples: impl IntoIterator<Item = Sample>) -> Vec<Entry> {
    samples.into_iter().map(|sample| Entry::Exchange(Arc::new(sample.exchange()))).collect()
}

fn token_response() -> Sample {
    let mut sample = Sample::new(2, "POST", "/token");
    sample.form = format!("grant_type=authorization_code&client_id=web&code={CODE}");
    sample.answer = format!(r#"{{"access_token":"{TOKEN}","username":"alice"}}"#);
    sample.decisions = vec![decision(&TOKEN_CODE, &[])];
    sample
}

/// An API call that is refused for its audience.
fn api_call(token: &str) -> Sample {
    let mut sample = Sample::new(4, "GET", "/mcp");
    sample.headers = vec![("authorization", format!("Bearer {token}"))];
    sample.status = 401;
    let broken = (&RESOURCE_AUDIENCE, Fact::fixed("mcp"), Fact::fixed("notes"));
    sample.decisions = vec![decision(&RESOURCE, &[broken])];
    sample
}

fn introspection() -> Sample {
    let mut sample = Sample::new(3, "POST", "/introspect");
    sample.form = format!("token={TOKEN}");
    sample.headers = vec![("authorization", "Basic bm90ZXMtYXBpOnM=".to_owned())];
    sample.decisions = vec![decision(&INTROSPECT, &[])];
    sample
}

fn redactor() -> Redactor {
    Redactor::new(&[1; 32], true)
}

#[test]
fn code_token_introspection_and_call_are_one_flow() {
    let samples = [Sample::authorization(), token_response(), introspection(), api_call(TOKEN)];
    let flows = stitch(&entries(samples));
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].exchanges.len(), 4);
    let summary = redactor().flow_summary(&flows[0]);
    assert_eq!(summary.title, "authorization_code by web for alice: refused");
    let refusal = summary.refusal.unwrap();
    assert_eq!(refusal.rule, "resource.audience");
    assert_eq!(refusal.trace, flows[0].exchanges[3].trace.as_str());
}

#[test]
fn a_flow_that_ends_with_a_token_is_granted() {
    let flows = stitch(&entries([Sample::authorization(), token_response()]));
    assert_eq!(redactor().flow_summary(&flows[0]).outcome, OutcomeView::Granted);
    let flows = stitch(&entries([Sample::authorization()]));
    assert_eq!(redactor().flow_summary(&flows[0]).outcome, OutcomeView::Open);
}

#[test]
fn strangers_are_flows_of_their_own() {
    let flows = stitch(&entries([Sample::authorization(), api_call("another-token")]));
    assert_eq!(flows.len(), 2);
}

/// A token that was not born in the record may be shared by many: an initial access token, for one.
#[test]
fn a_token_from_elsewhere_joins_nothing() {
    let mut second = api_call("shared");
    second.number = 9;
    let flows = stitch(&entries([api_call("shared"), second]));
    assert_eq!(flows.len(), 2);
}

#[test]
fn a_state_joins_only_when_it_is_long_enough_to_be_random() {
    let asked = |number, state: &str| {
        let mut sample = Sample::new(number, "GET", &format!("/authorize?state={state}"));
        sample.decisions = vec![decision(&crate::rule::AUTHORIZE, &[])];
        sample
    };
    assert_eq!(stitch(&entries([asked(1, STATE), asked(2, STATE)])).len(), 1);
    assert_eq!(stitch(&entries([asked(1, "xyz"), asked(2, "xyz")])).len(), 2);
}

#[test]
fn what_decides_nothing_and_shares_nothing_is_no_flow() {
    let mut metadata = Sample::new(9, "GET", "/.well-known/openid-configuration");
    metadata.answer = r#"{"issuer":"https://localhost:9443"}"#.to_owned();
    assert!(stitch(&entries([metadata.clone()])).is_empty());
    metadata.flow = Some(FlowId::from_bytes([7; 12]));
    assert_eq!(stitch(&entries([metadata])).len(), 1);
}

#[test]
fn the_name_that_the_client_gives_wins_and_what_is_born_there_follows() {
    let mut named = Sample::authorization();
    named.flow = Some(FlowId::from_bytes([7; 12]));
    let flows = stitch(&entries([named, token_response(), api_call(TOKEN)]));
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].id, FlowId::from_bytes([7; 12]));
    assert!(flows[0].is(flows[0].exchanges[2].trace.as_str()));
}

#[test]
fn steps_stand_behind_their_exchange() {
    let id = FlowId::from_bytes([7; 12]);
    let step = |title: &str, trace| Step {
        title: title.to_owned(),
        detail: None,
        spec: None,
        trace,
        outcome: StepOutcome::Done,
        checks: Vec::new(),
    };
    let about = Some(TraceId::from_bytes([1; 12]));
    let steps = vec![step("last", None), step("first", about)];
    let report = StepReport { schema: STEPS_SCHEMA.to_owned(), flow: id.clone(), steps };
    let mut all = entries([Sample::authorization(), token_response()].map(|mut sample| {
        sample.flow = Some(id.clone());
        sample
    }));
    let steps = Steps::read(report, Timestamp::default()).unwrap();
    all.push(Entry::Steps(Arc::new(steps)));
    let flows = stitch(&all);
    assert_eq!(flows.len(), 1);
    let view = redactor().flow(&flows[0]);
    let order: Vec<_> = view
        .entries
        .iter()
        .map(|entry| match entry {
            EntryView::Exchange(trace) => trace.summary.path.as_str(),
            EntryView::Step(step) => step.title.as_str(),
        })
        .collect();
    assert_eq!(order, ["/authorize", "first", "/token", "last"]);
}

#[test]
fn the_same_entries_give_the_same_flows() {
    let samples = || [Sample::authorization(), token_response(), api_call("x"), introspection()];
    let ids = |entries: Vec<Entry>| -> Vec<String> {
        stitch(&entries).iter().map(|flow| flow.id.to_string()).collect()
    };
    assert_eq!(ids(entries(samples())), ids(entries(samples())));
    let mut all = entries(samples());
    all.push(Entry::Exchange(Arc::new(refused_token_request())));
    assert_eq!(stitch(&all)[0].newest, 4);
}
