//! Seeded canaries: a random secret is put into every place where one can stand, and must not be
//! found in anything that is shown; without redaction it must be, or the test proves nothing.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::sample::{Sample, decision};
use super::step::{Step, StepCheck, StepOutcome, StepReport, Steps};
use super::view::{FlowsView, TracesView, WhyView};
use super::{Entry, FlowId, Redactor, STEPS_SCHEMA, stitch, table};
use crate::clock::Timestamp;
use crate::protocol::Secret;
use crate::random::Random;
use crate::rule::{DOCKETS, Fact};

/// Names of secret parameters, known ones and unknown ones.
const SECRETS: [&str; 16] = [
    "code",
    "state",
    "nonce",
    "code_verifier",
    "client_secret",
    "refresh_token",
    "access_token",
    "id_token",
    "token",
    "password",
    "csrf",
    "interaction",
    "registration_access_token",
    "client_assertion",
    "made_up",
    "x",
];

/// An exchange with the canary everywhere: names, values, URLs, headers, documents, paths, facts.
fn everywhere(canary: &str) -> Sample {
    let pairs: Vec<String> = SECRETS.iter().map(|name| format!("{name}={canary}")).collect();
    let pairs = pairs.join("&");
    let members: Vec<String> =
        SECRETS.iter().map(|name| format!(r#""{name}":"{canary}""#)).collect();
    let members = members.join(",");
    let url = format!("https://{canary}@app.example/{canary}/cb?{pairs}&{canary}#{pairs}");
    let jwt_part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let jwt = format!("{}.{}.{canary}", jwt_part(r#"{"alg":"ES256"}"#), jwt_part("{}"));
    let basic = STANDARD.encode(format!("web:{canary}"));
    let mut sample =
        Sample::new(5, "POST", &format!("/x/{canary}?{pairs}&{canary}&redirect_uri={url}"));
    sample.form = format!("{pairs}&{canary}&assertion={jwt}");
    sample.headers = vec![
        ("authorization", format!("Basic {basic}")),
        ("authorization", format!("Bearer {canary}")),
        ("authorization", format!("Odd {canary}")),
        ("authorization", canary.to_owned()),
        ("cookie", format!("__Host-session={canary}; {canary}; {canary}=1")),
        ("x-api-key", canary.to_owned()),
        ("dpop", canary.to_owned()),
    ];
    sample.answer_headers = vec![
        ("location", url),
        ("set-cookie", format!("__Host-session={canary}; Path=/; HttpOnly")),
    ];
    sample.answer = format!(
        r#"{{{members},"access_token":"{jwt}","inner":{{"list":[{{{members}}},"{canary}"]}},"{canary}":1}}"#
    );
    let secret = || Fact::secret(Some(&Secret::new(canary)));
    sample.decisions = DOCKETS
        .iter()
        .map(|docket| {
            let broken: Vec<_> =
                docket.rules.iter().map(|rule| (*rule, secret(), secret())).collect();
            decision(docket, &broken)
        })
        .collect();
    sample
}

fn steps(canary: &str) -> Steps {
    let text = || Some(format!("it was {canary}, then"));
    let check = StepCheck { title: canary.to_owned(), holds: false, expected: text(), got: text() };
    let step = Step {
        title: canary.to_owned(),
        detail: text(),
        spec: text(),
        trace: None,
        outcome: StepOutcome::Rejected,
        checks: vec![check],
    };
    let flow = FlowId::from_bytes([5; 12]);
    let report = StepReport { schema: STEPS_SCHEMA.to_owned(), flow, steps: vec![step] };
    Steps::read(report, Timestamp::default()).unwrap()
}

/// Everything that can be shown of them, as text.
fn shown(redactor: &Redactor, canary: &str) -> String {
    let mut sample = everywhere(canary);
    sample.flow = Some(FlowId::from_bytes([5; 12]));
    let exchange = Arc::new(sample.exchange());
    let entries = [Entry::Exchange(Arc::clone(&exchange)), Entry::Steps(Arc::new(steps(canary)))];
    let flows = stitch(&entries);
    let trace = redactor.trace(&exchange, None);
    let flow = redactor.flow(&flows[0]);
    let why: WhyView = redactor.why(&exchange);
    let traces = TracesView { schema: String::new(), traces: vec![redactor.summary(&exchange)] };
    let list = FlowsView { schema: String::new(), flows: vec![redactor.flow_summary(&flows[0])] };
    let mut out = String::new();
    out += &serde_json::to_string(&trace).unwrap();
    out += &serde_json::to_string(&flow).unwrap();
    out += &serde_json::to_string(&why).unwrap();
    out += &serde_json::to_string(&traces).unwrap();
    out += &serde_json::to_string(&list).unwrap();
    for columns in [60, 100, 4000] {
        out += &table::plain(&table::why(&why, columns));
        out += &table::plain(&table::exchange(&trace, columns));
        out += &table::plain(&table::flow(&flow, columns));
        out += &table::plain(&table::flows(&list, columns));
        out += &table::plain(&table::traces(&traces, columns));
    }
    out + &format!("{exchange:?}{flows:?}{redactor:?}")
}

/// The canary, or a part of it that would be of use.
fn found(text: &str, canary: &str) -> bool {
    let chars: Vec<char> = canary.chars().collect();
    chars.windows(12).any(|window| text.contains(&window.iter().collect::<String>()))
}

#[test]
fn no_secret_is_ever_shown() {
    let random = Random::seeded("canary");
    let redactor = Redactor::new(&random.bytes::<32>("key").unwrap(), true);
    for _ in 0..50 {
        let canary = random.token("canary").unwrap();
        let shown = shown(&redactor, &canary);
        let at = shown.find(&canary[..12]).unwrap_or(0);
        let around = || shown.get(at.saturating_sub(200)..at + 100);
        assert!(!found(&shown, &canary), "{canary} in {:?}", around());
    }
}

#[test]
fn a_lab_that_does_not_redact_shows_them() {
    let canary = Random::seeded("canary").token("canary").unwrap();
    let redactor = Redactor::new(&[1; 32], false);
    assert!(found(&shown(&redactor, &canary), &canary));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_secret_of_another_alphabet_is_shown_either(
        canary in prop_oneof!["[0-9a-f]{40,64}", "[A-Za-z0-9_~-]{42}[0-9]", "[A-Z0-9]{36}"]
    ) {
        let redactor = Redactor::new(&[9; 32], true);
        prop_assert!(!found(&shown(&redactor, &canary), &canary));
    }

    #[test]
    fn tables_hold_no_control_and_no_direction_characters(text in any::<String>()) {
        let mut sample = Sample::new(6, "GET", "/authorize");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &text).append_pair(&text, "1").finish();
        sample.form = form;
        let rule = &crate::rule::REDIRECT_URI_REGISTERED;
        let broken = (rule, Fact::any_of([format!("{text}x")]), Fact::public(&text));
        sample.decisions = vec![decision(&crate::rule::AUTHORIZE, &[broken])];
        let exchange = sample.exchange();
        let redactor = Redactor::new(&[9; 32], true);
        let lines = [
            table::why(&redactor.why(&exchange), 80),
            table::exchange(&redactor.trace(&exchange, None), 80),
        ].concat();
        for c in lines.iter().flat_map(|line| &line.0).flat_map(|span| span.text.chars()) {
            prop_assert!(c == '\\' || super::visible(&c.to_string()) == c.to_string(), "{:?}", c);
        }
    }
}
