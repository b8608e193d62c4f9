//! Probes for whoever restarts processes and routes requests to them.

use super::super::support::http::Request;
use super::super::support::lab::TestLab;

#[test]
fn every_server_says_that_it_lives_and_is_ready() {
    let lab = TestLab::start();
    for server in [lab.at(""), lab.api(""), lab.inspector("")] {
        for (path, status) in [("/health/live", "live"), ("/health/ready", "ready")] {
            let url = format!("{server}{path}");
            let answer = lab.send(Request::get(&url)).expect(200);
            assert_eq!(answer.member("status"), status, "{url}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(lab.send(Request::new("HEAD", &url)).expect(200).text(), "");
            let posted = lab.send(Request::form(&url, &[])).expect(405);
            assert!(posted.header("allow").unwrap().starts_with("GET, HEAD"), "{url}");
        }
        assert_eq!(
            lab.send(Request::get(format!("{server}/health"))).expect(200).member("status"),
            "ok"
        );
    }
}

#[test]
fn the_probes_of_an_issuer_with_a_path_are_below_it() {
    let lab = TestLab::with(|config| {
        let url = format!("{}/tenant", config.issuer.url.as_str());
        config.issuer.url = oauthlab::protocol::IssuerUrl::parse(&url).unwrap();
    });
    assert!(lab.issuer().ends_with("/tenant"));
    lab.send(Request::get(lab.at("/health/ready"))).expect(200);
    let above = lab.issuer().strip_suffix("/tenant").unwrap();
    lab.send(Request::get(format!("{above}/health/ready"))).expect(404);
}
