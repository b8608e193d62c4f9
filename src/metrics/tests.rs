//! Series have bounded labels, and count what happened.

use super::*;
use crate::rule::{CODE_UNSPENT, Fact, TOKEN_CODE};
use crate::store::{Content, Key, Kind, MemoryStore};
use crate::trace::sample::{Sample, decision};

const START: Timestamp = Timestamp::from_secs(1_700_000_000);

fn refused() -> Exchange {
    let mut sample = Sample::new(1, "POST", "/token?client_id=mallory");
    sample.status = 400;
    let facts = (Fact::fixed("unspent"), Fact::fixed("spent"));
    sample.decisions = vec![decision(&TOKEN_CODE, &[(&CODE_UNSPENT, facts.0, facts.1)])];
    sample.exchange()
}

#[tokio::test]
async fn a_refused_request_is_counted_by_endpoint_rule_and_pattern() {
    let metrics = Metrics::new(START);
    metrics.observe(&refused(), None);
    metrics.observe(&refused(), None);
    let text = metrics.text().await;
    for line in [
        r#"oauthlab_requests_total{server="issuer",endpoint="/pattern",outcome="refused"} 2"#,
        r#"oauthlab_refusals_total{rule="code.unspent"} 2"#,
        r#"oauthlab_abuse_total{pattern="code_reuse"} 2"#,
        r#"oauthlab_abuse_total{pattern="replay"} 0"#,
        r#"oauthlab_request_duration_seconds_count{server="issuer",endpoint="/pattern"} 2"#,
        "process_start_time_seconds 1700000000",
        concat!(r#"oauthlab_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#),
    ] {
        assert!(text.lines().any(|own| own == line), "no {line} in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(!text.contains("mallory"));
}

#[tokio::test]
async fn no_stranger_makes_a_new_series() {
    let metrics = Metrics::new(START);
    let series = async || metrics.text().await.lines().count();
    let unmatched = |number: u8| {
        let mut exchange = Sample::new(number, "GET", &format!("/{number}/{number}")).exchange();
        exchange.request.pattern = None;
        exchange
    };
    metrics.observe(&unmatched(1), None);
    let before = series().await;
    for number in 2..50 {
        metrics.observe(&unmatched(number), None);
    }
    assert_eq!(series().await, before);
    metrics.observe(&unmatched(50), Some(Endpoint("notes")));
    assert!(metrics.text().await.contains(r#"endpoint="notes""#));
}

#[tokio::test]
async fn every_verb_is_measured_and_records_are_counted_by_kind() {
    let clock = Clock::manual(START);
    let metrics = Metrics::new(START);
    let store = Arc::new(MemoryStore::with_capacity(clock.clone(), 2));
    let store = metrics.metered(store, "memory", clock.clone());
    let until = START.plus(std::time::Duration::from_secs(9));
    for name in ["a", "b", "c"] {
        let put = store.put(Kind::Session, Key::of(&[name]), Content::new(Vec::new(), until)).await;
        assert_eq!(put.is_ok(), name != "c");
    }
    store.take(Kind::Session, Key::of(&["a"])).await.unwrap();
    let text = metrics.text().await;
    for line in [
        r#"oauthlab_store_operation_duration_seconds_count{engine="memory",verb="put"} 3"#,
        r#"oauthlab_store_operation_duration_seconds_count{engine="memory",verb="take"} 1"#,
        r#"oauthlab_store_failures_total{engine="memory",verb="put"} 1"#,
        r#"oauthlab_live_records{kind="session"} 1"#,
        r#"oauthlab_live_records{kind="code"} 0"#,
    ] {
        assert!(text.lines().any(|own| own == line), "no {line} in\n{text}");
    }
}
