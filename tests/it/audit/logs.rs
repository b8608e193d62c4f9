//! The log of a server, shown to an audit.

use std::path::PathBuf;

use oauthlab::audit::{Selection, Verdict};

use super::labs::{Running, data, strict, told, with_verdict};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_with_a_password_leaks_and_one_without_does_not() {
    let data = data();
    let lab = Running::start(strict(), &data).await;
    let password = lab.target().users[0].password.clone();
    let path: PathBuf = data.path().join("server.log");
    let line = format!("DEBUG form: username=alice&password={}\n", password.expose());
    for (log, expected) in [
        ("INFO alice logged in\n", Verdict::Pass),
        (line.as_str(), Verdict::Fail),
        ("", Verdict::Inconclusive),
    ] {
        std::fs::write(&path, log).unwrap();
        let mut target = lab.target();
        target.server_log = Some(path.clone());
        let selection = Selection::of(&["log-leak".to_owned()], &[]).unwrap();
        let report = lab.audit_target(target, selection).await;
        assert_eq!(with_verdict(&report, expected), ["log-leak"], "{}", told(&report));
    }
}
