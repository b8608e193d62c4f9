//! Checks that wait until something expires, under a clock that is moved by hand.

use oauthlab::audit::{self, Options, Permitted, Selection, Silent, Target, Verdict};
use oauthlab::clock::Clock;
use oauthlab::config::Config;

use super::labs::{Running, data, strict, weak};

/// What a slow check says of a lab. Lab and audit share the clock, so that nobody waits.
async fn verdict(config: Config, id: &str) -> Verdict {
    let clock = Clock::manual(Clock::system().now());
    let lab = Running::start_at(clock.clone(), config, &data()).await;
    let permitted = Permitted { slow: true, ..Permitted::default() };
    let target = Target { permitted, ..lab.target() };
    let only = Selection::of(&[id.to_owned()], &[]).unwrap();
    let options = Options { clock, ..Options::default() };
    let report = audit::run(target, only, options, &Silent).await.unwrap();
    report.results[0].verdict()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_check_passes_at_a_strict_lab_and_fails_at_one_with_its_weakness() {
    for id in ["access-token-no-expiry"] {
        assert_eq!(verdict(strict(), id).await, Verdict::Pass, "{id}");
        assert_eq!(verdict(weak(id), id).await, Verdict::Fail, "{id}");
    }
}
