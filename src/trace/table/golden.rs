//! What `why` and `trace` look like, kept in `fixtures/golden/why`. `UPDATE_GOLDEN=1` rewrites.

use std::path::Path;

use super::super::sample::{Sample, decision, refused_token_request};
use super::super::view::{FlowsView, TracesView, WhyView};
use super::super::{Entry, Exchange, Redactor, Ring, stitch};
use super::{Line, Style, exchange, flow, flows, plain, traces, why};
use crate::protocol::Secret;
use crate::rule::{
    AUTHORIZE, AUTHORIZE_CLIENT_KNOWN, CLIENT_SECRET, Fact, Judge, NoWaivers,
    REDIRECT_URI_REGISTERED, Rule, SCOPE_KNOWN, TOKEN_CLIENT_CREDENTIALS, TOKEN_CODE, Waivers,
};

fn redactor() -> Redactor {
    Redactor::new(&[1; 32], true)
}

fn shown(exchange: &Exchange) -> Vec<Line> {
    why(&redactor().why(exchange), 100)
}

fn is_golden(name: &str, lines: &[Line]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/why").join(name);
    let text = plain(lines);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{name} differs; UPDATE_GOLDEN=1 rewrites it");
}

fn refused(
    docket: &'static crate::rule::Docket,
    rule: &'static Rule,
    facts: (Fact, Fact),
) -> Exchange {
    let mut sample = Sample::new(3, "POST", "/token");
    sample.status = rule.face.status;
    sample.decisions = vec![decision(docket, &[(rule, facts.0, facts.1)])];
    sample.exchange()
}

#[test]
fn a_verifier_that_does_not_fit() {
    is_golden("pkce-verifier.txt", &shown(&refused_token_request()));
}

#[test]
fn a_redirect_uri_that_nearly_fits_one_of_several() {
    let registered = ["https://app.example/callback", "http://127.0.0.1/callback"];
    let got = Fact::fixed("https://app.example/callback/");
    let facts = (Fact::any_of(registered), got);
    is_golden("redirect-uri.txt", &shown(&refused(&AUTHORIZE, &REDIRECT_URI_REGISTERED, facts)));
}

#[test]
fn a_redirect_uri_with_letters_that_only_look_alike() {
    let got = Fact::fixed("https://\u{430}pp.example/c\u{200b}b\u{202e}");
    let facts = (Fact::fixed("https://app.example/cb"), got);
    is_golden("look-alike.txt", &shown(&refused(&AUTHORIZE, &REDIRECT_URI_REGISTERED, facts)));
}

#[test]
fn a_secret_that_is_wrong_is_never_compared() {
    let facts = (
        Fact::Secret(Secret::new("the-registered-secret")),
        Fact::Secret(Secret::new("the-registered-secres")),
    );
    is_golden("client-secret.txt", &shown(&refused(&TOKEN_CODE, &CLIENT_SECRET, facts)));
}

#[test]
fn a_scope_with_a_typing_error() {
    let known = ["openid", "notes:read", "notes:write"];
    let facts = (Fact::any_of(known), Fact::any_of(["notes:raed"]));
    let exchange = refused(&TOKEN_CLIENT_CREDENTIALS, &SCOPE_KNOWN, facts);
    is_golden("scope.txt", &shown(&exchange));
}

#[test]
fn later_stages_that_were_never_reached() {
    let mut judge = Judge::new(&AUTHORIZE, &NoWaivers);
    judge.check(AUTHORIZE.rules[0], true, || (Fact::fixed("client_id"), Fact::fixed("wbe")));
    let facts = || (Fact::fixed("a registered client"), Fact::fixed("wbe"));
    let end = judge.require::<()>(&AUTHORIZE_CLIENT_KNOWN, None, facts);
    let outcome = end.map(|()| ((), Vec::<()>::new())).map_err(|blocked| (blocked, Vec::new()));
    let mut sample = Sample::new(4, "GET", "/authorize?client_id=wbe");
    sample.status = 400;
    sample.decisions = vec![judge.conclude(outcome).record];
    is_golden("blocked.txt", &shown(&sample.exchange()));
}

/// A lab that is weak at one rule.
struct Weak(&'static Rule);

impl Waivers for Weak {
    fn waives(&self, rule: &'static Rule, _: &Fact, _: &Fact) -> bool {
        rule == self.0
    }
}

#[test]
fn a_rule_that_a_weakness_waives() {
    let weak = Weak(&REDIRECT_URI_REGISTERED);
    let mut judge = Judge::new(&AUTHORIZE, &weak);
    for rule in AUTHORIZE.rules {
        let holds = *rule != &REDIRECT_URI_REGISTERED;
        judge.check(rule, holds, || {
            let got = Fact::fixed("https://app.example.evil.example/cb");
            if holds {
                (Fact::Absent, Fact::Absent)
            } else {
                (Fact::fixed("https://app.example/cb"), got)
            }
        });
    }
    let mut sample = Sample::new(4, "GET", "/authorize?client_id=web");
    sample.status = 303;
    sample.decisions = vec![judge.conclude::<(), ()>(Ok(((), Vec::new()))).record];
    is_golden("waived.txt", &shown(&sample.exchange()));
}

#[test]
fn an_exchange_without_decisions_and_one_that_was_abandoned() {
    let mut quiet = Sample::new(8, "GET", "/jwks").exchange();
    let mut lines = shown(&quiet);
    quiet.ending = super::super::Ending::Abandoned;
    lines.extend(shown(&quiet));
    is_golden("nothing.txt", &lines);
}

#[test]
fn one_flow_and_the_lists() {
    let mut sample = Sample::authorization();
    sample.headers = vec![("cookie", "__Host-session=s3ss10n".to_owned())];
    let all = [sample.exchange(), refused_token_request()];
    let ring = Ring::default();
    let views: Vec<_> = all.iter().map(|exchange| redactor().summary(exchange)).collect();
    let in_full = redactor().trace(&all[1], None);
    for exchange in all {
        ring.record(exchange);
    }
    let stitched = stitch(&ring.entries());
    let summaries = stitched.iter().map(|flow| redactor().flow_summary(flow)).collect();
    let mut lines = flow(&redactor().flow(&stitched[0]), 100);
    lines.push(Line::blank());
    lines.extend(flows(&FlowsView { schema: String::new(), flows: summaries }, 100));
    lines.push(Line::blank());
    lines.extend(traces(&TracesView { schema: String::new(), traces: views }, 100));
    lines.push(Line::blank());
    lines.extend(exchange(&in_full, 100));
    is_golden("flow.txt", &lines);
}

#[test]
fn documents_survive_being_written_and_read() {
    let exchange = refused_token_request();
    let view: WhyView = redactor().why(&exchange);
    let json = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<WhyView>(&json).unwrap(), view);
    assert_eq!(view.schema, "oauthlab.why/v1");
    let trace = redactor().trace(&exchange, Some("f".to_owned()));
    let json = serde_json::to_string(&trace).unwrap();
    assert_eq!(serde_json::from_str::<super::super::view::TraceView>(&json).unwrap(), trace);
    let stitched = stitch(&[Entry::Exchange(std::sync::Arc::new(exchange))]);
    let flow = redactor().flow(&stitched[0]);
    let json = serde_json::to_string(&flow).unwrap();
    assert_eq!(serde_json::from_str::<super::super::view::FlowView>(&json).unwrap(), flow);
}

#[test]
fn broken_rules_and_differing_characters_have_a_style_of_their_own() {
    let lines = shown(&refused_token_request());
    let has = |style, text: &str| {
        lines.iter().flat_map(|line| &line.0).any(|s| s.style == style && s.text.contains(text))
    };
    assert!(has(Style::Bad, "✗") && has(Style::Differs, "m") && has(Style::Differs, "^"));
    assert!(has(Style::Name, "RFC 7636"));
}
