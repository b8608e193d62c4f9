//! Two nodes are one lab: what begins at one ends at the other, and nothing works twice.

mod nodes;
mod proxy;

use std::time::{Duration, Instant};

use serde_json::json;

use self::nodes::{Cluster, KEYED_ID};
use super::store::Registered;
use super::store::races::{
    one_code_is_redeemed_once, one_token_is_refreshed_once, one_token_with_grace_has_one_successor,
};
use super::support::http::Request;
use super::support::served::Site;

const ALICE: (&str, &str) = ("alice", "alice");

#[test]
fn a_flow_begins_at_one_node_and_ends_at_the_other() {
    let cluster = Cluster::start();
    let (a, b) = (cluster.node(0), cluster.node(1));
    let client = Registered::new(&a, &json!({}));
    // Page by page over both nodes in turn.
    let mut browser = cluster.browser();
    let code = client.code(&cluster, &mut browser, ALICE);
    let tokens = client.redeem(&b, &code).expect(200);
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    assert_eq!(client.redeem(&a, &code).expect(400).member("error"), "invalid_grant");
    // The second use of a code revokes what the first one got, at both.
    assert!(!client.is_active(&b, &access) && !client.is_active(&a, &access));
    assert_eq!(client.refresh(&b, &refresh).expect(400).member("error"), "invalid_grant");
    // Logged in at both: no page asks for a password, and consent is remembered.
    for _ in 0..4 {
        let answer = browser.open(&client.authorize_url(&cluster)).expect(303);
        assert!(answer.location().contains("code="), "{}", answer.location());
    }
}

#[test]
fn what_is_revoked_at_one_node_is_refused_at_the_other_at_once() {
    let cluster = Cluster::start();
    let (a, b) = (cluster.node(0), cluster.node(1));
    let client = Registered::new(&b, &json!({}));
    let code = client.code(&cluster, &mut cluster.browser(), ALICE);
    let tokens = client.redeem(&a, &code).expect(200);
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    assert!(client.is_active(&b, &access));
    // An API that has just accepted it remembers that for some seconds, unless the lab is strict.
    let notes = || {
        let request = Request::get(cluster.resource("/notes")).bearer(&access);
        cluster.net().send(&request).status
    };
    client.post(&a, "/revoke", &[("token", &refresh)]).expect(200);
    assert!(!client.is_active(&b, &access));
    assert_eq!([notes(), notes()], [401, 401]);
}

#[test]
fn a_key_that_is_rotated_at_one_node_verifies_at_the_other() {
    let cluster = Cluster::start();
    let (a, b) = (cluster.node(0), cluster.node(1));
    let client = Registered::new(&a, &json!({}));
    let kids = |site: &dyn Site| {
        let keys = site.net().send(&Request::get(site.at("/jwks"))).expect(200).json();
        let keys = keys["keys"].as_array().unwrap();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kids(&a), kids(&b));
    let before = kids(&a).len();
    let rotate = ["keys", "rotate", "--alg", "ES256", "--server", "a"];
    cluster.home.oauthlab(rotate).output().ok();
    assert_eq!((kids(&a).len(), kids(&b)), (before + 1, kids(&a)));
    let code = client.code(&cluster, &mut cluster.browser(), ALICE);
    let token = client.redeem(&a, &code).expect(200).member("access_token");
    for _ in 0..4 {
        let request = Request::get(cluster.resource("/notes")).bearer(&token);
        cluster.net().send(&request).expect(200);
    }
}

#[test]
fn a_client_whose_key_the_lab_made_is_known_at_both_nodes_and_after_a_restart() {
    let mut cluster = Cluster::start();
    let token = |cluster: &Cluster, node| {
        // nginx hands each of them to another node.
        for _ in 0..4 {
            let flow = ["token", "--flow", "client-credentials", "--client", KEYED_ID];
            let arguments = flow.into_iter().chain(["--server", node, "-o", "none"]);
            cluster.home.oauthlab(arguments).output().ok();
        }
    };
    token(&cluster, "a");
    token(&cluster, "b");
    cluster.kill(0);
    cluster.serve(0);
    token(&cluster, "a");
    token(&cluster, "b");
}

#[test]
fn either_node_may_die_in_the_middle_of_a_flow() {
    let mut cluster = Cluster::start();
    let client = Registered::new(&cluster, &json!({}));
    let mut browser = cluster.browser();
    for node in 0..2 {
        let code = client.code(&cluster, &mut browser, ALICE);
        cluster.kill(node);
        let tokens = client.redeem(&cluster, &code).expect(200);
        assert!(client.is_active(&cluster, &tokens.member("access_token")));
        cluster.serve(node);
        assert!(client.is_active(&cluster.node(node), &tokens.member("access_token")));
    }
}

#[test]
fn of_many_who_redeem_a_code_over_two_nodes_one_does() {
    let cluster = Cluster::start();
    one_code_is_redeemed_once(&cluster);
}

#[test]
fn of_many_who_refresh_over_two_nodes_one_does_and_the_family_ends() {
    let cluster = Cluster::start();
    one_token_is_refreshed_once(&cluster);
}

#[test]
fn of_many_who_refresh_over_two_nodes_with_grace_all_get_the_same_successor() {
    let cluster = Cluster::with_grace();
    one_token_with_grace_has_one_successor(&cluster);
}

#[test]
fn without_redis_everything_says_so_and_with_it_everything_works_again() {
    let mut cluster = Cluster::start();
    let client = Registered::new(&cluster, &json!({}));
    let mut browser = cluster.browser();
    let code = client.code(&cluster, &mut browser, ALICE);
    let unused = client.code(&cluster, &mut browser, ALICE);
    let access = client.redeem(&cluster, &code).expect(200).member("access_token");
    cluster.redis.kill();
    for _ in 0..4 {
        let refused = client.redeem(&cluster, &unused).expect(503);
        assert_eq!(refused.member("error"), "temporarily_unavailable");
        assert!(refused.header("retry-after").is_some(), "{}", refused.whole());
        cluster.net().send(&Request::get(cluster.at("/health/live"))).expect(200);
    }
    // The answer of a moment ago counts for a second.
    let began = Instant::now();
    let health = || cluster.net().send(&Request::get(cluster.at("/health/ready")));
    let ready = loop {
        let answer = health();
        if answer.status == 503 || began.elapsed() > Duration::from_secs(30) {
            break answer.expect(503);
        }
    };
    assert!(ready.header("retry-after").is_some(), "{}", ready.whole());
    cluster.redis.restart();
    // Each node finds out by itself that its connection was dead, with its next request at most.
    for node in [cluster.node(0), cluster.node(1)] {
        let asked = || client.post(&node, "/introspect", &[("token", &access)]);
        let answer = (0..20).map(|_| asked()).find(|answer| answer.status == 200);
        assert_eq!(answer.unwrap().json()["active"], true, "what was answered was kept");
    }
    client.redeem(&cluster, &unused).expect(200);
    assert_eq!(client.redeem(&cluster, &code).expect(400).member("error"), "invalid_grant");
}
