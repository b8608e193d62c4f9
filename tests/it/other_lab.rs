//! APIs that stand apart from their issuer: `--only resource --issuer URL`, against a lab of another
//! process. Bound tokens must be as bound there (RFC 7662 §2.2, RFC 9449 §6.2, RFC 8705 §3.2).

use std::time::Duration;

use oauthlab::config::{Api, Config, StepUp, TokenValidation};
use oauthlab::lab::Only;
use oauthlab::protocol::{IssuerUrl, ResourceUri, ScopeToken, Secret};
use oauthlab::tls::ClientIdentity;
use serde_json::Value;

use super::support::http::{Answer, Request};
use super::support::keyed::{CHAINED, add, vouched};
use super::support::lab::{CI_SECRET, TestLab};
use super::support::proof::{Proof, ProofKey};
use super::support::run::Home;

const SHARED: &str = "the-secret-of-the-apis-at-both-labs";
const MACHINE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "mirror:read")];

/// An API that says who calls, and the secret that both labs know.
fn configure(config: &mut Config, validation: TokenValidation) {
    config.resource.client_secret = Some(Secret::new(SHARED));
    config.apis.push(Api {
        name: "mirror".to_owned(),
        path: "/mirror".to_owned(),
        scopes: vec![(ScopeToken::parse("mirror:read").unwrap(), "Look".to_owned())],
        validation,
        identifiers: Vec::new(),
        requires_bound_tokens: false,
        step_up: StepUp::default(),
    });
    add(config);
    for client in &mut config.clients {
        client.metadata.scope = None;
        let wishes = &mut client.metadata.wishes;
        wishes.tls_client_certificate_bound_access_tokens = client.id.as_str() == CHAINED;
    }
}

/// A lab with everything, and the APIs of another one that take its tokens as if for themselves.
struct Pair {
    issuer: TestLab,
    apis: TestLab,
}

impl Pair {
    fn start(validation: TokenValidation, secret: &str) -> Self {
        let issuer = TestLab::with(|config| configure(config, validation));
        let apis = TestLab::launch(
            |config| {
                configure(config, validation);
                config.resource.client_secret = Some(Secret::new(secret));
                for api in &mut config.apis {
                    let theirs = ResourceUri::parse(&issuer.api(&api.path)).unwrap();
                    api.identifiers.push(theirs);
                }
            },
            |options| {
                options.data = issuer.data().clone();
                options.clock = issuer.clock().clone();
                options.only = Some(Only::Resource);
                options.issuer = Some(IssuerUrl::parse(issuer.issuer()).unwrap());
            },
        );
        Self { issuer, apis }
    }

    fn token(&self, proof: Option<&str>) -> String {
        let request = Request::form(self.issuer.at("/token"), &MACHINE).basic("ci", CI_SECRET);
        let request = proof.iter().fold(request, |request, proof| request.header("DPoP", proof));
        self.issuer.send(request).expect(200).member("access_token")
    }

    fn now(&self) -> u64 {
        self.issuer.clock().now().secs()
    }

    fn mirror(&self) -> String {
        self.apis.api("/mirror")
    }

    /// A call with a bound token and a proof that was right before it was changed.
    fn proved(&self, token: &str, key: &ProofKey, change: impl FnOnce(Proof) -> Proof) -> Answer {
        let proof = key.proof("GET", &self.mirror(), self.now()).for_token(token);
        let call = Request::get(self.mirror()).header("Authorization", &format!("DPoP {token}"));
        self.apis.send(call.header("DPoP", &key.sign(&change(proof))))
    }

    /// A call with a bearer token, over a connection with this certificate.
    fn certified(&self, token: &str, identity: Option<&ClientIdentity>) -> Answer {
        let call = Request::get(self.mirror()).bearer(token);
        match identity {
            Some(identity) => self.apis.net_as(identity).send(&call),
            None => self.apis.send(&call),
        }
    }
}

/// A 401 with a challenge of this scheme and error.
#[track_caller]
fn challenged(answer: &Answer, scheme: &str, error: &str) {
    assert_eq!(answer.status, 401, "{}", answer.whole());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with(scheme), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
}

fn by_both_validations(test: impl Fn(&Pair)) {
    for validation in [TokenValidation::Introspection, TokenValidation::Jwt] {
        test(&Pair::start(validation, SHARED));
    }
}

#[test]
fn tokens_of_another_lab_are_accepted_until_they_are_revoked_or_expire() {
    by_both_validations(|pair| {
        let token = pair.token(None);
        let answer = pair.certified(&token, None).expect(200).json();
        assert_eq!(answer["client_id"], "ci", "{answer}");
        challenged(&pair.certified("made-up", None), "Bearer", "invalid_token");
        pair.issuer.wait(Duration::from_secs(700));
        challenged(&pair.certified(&token, None), "Bearer", "invalid_token");
    });
    let pair = Pair::start(TokenValidation::Introspection, SHARED);
    let token = pair.token(None);
    pair.issuer.post_as_ci("/revoke", &[("token", &token)]).expect(200);
    challenged(&pair.certified(&token, None), "Bearer", "invalid_token");
}

#[test]
fn a_token_that_is_bound_to_a_key_works_with_a_proof_of_that_key_for_these_apis_alone() {
    by_both_validations(|pair| {
        let key = ProofKey::new();
        let proof = key.sign(&key.proof("POST", &pair.issuer.at("/token"), pair.now()));
        let token = pair.token(Some(&proof));
        pair.proved(&token, &key, |proof| proof).expect(200);
        // As a bearer token it is none.
        challenged(&pair.certified(&token, None), "Bearer", "invalid_token");
        let other = ProofKey::new();
        challenged(&pair.proved(&token, &other, |proof| proof), "DPoP", "invalid_token");
        let elsewhere = pair.issuer.api("/mirror");
        let moved = pair.proved(&token, &key, |proof| proof.with("htu", elsewhere));
        challenged(&moved, "DPoP", "invalid_dpop_proof");
    });
}

#[test]
fn a_token_that_is_bound_to_a_certificate_works_over_a_connection_with_it_alone() {
    by_both_validations(|pair| {
        let identity = vouched(&pair.issuer, CHAINED);
        let fields = [&MACHINE[..], &[("client_id", CHAINED)]].concat();
        let request = Request::form(pair.issuer.at("/token"), &fields);
        let answer = pair.issuer.net_as(&identity).send(&request).expect(200);
        let token = answer.member("access_token");
        pair.certified(&token, Some(&identity)).expect(200);
        challenged(&pair.certified(&token, None), "Bearer", "invalid_token");
        // The same name, another key.
        let other = vouched(&pair.issuer, CHAINED);
        challenged(&pair.certified(&token, Some(&other)), "Bearer", "invalid_token");
    });
}

#[test]
fn the_answer_to_the_apis_says_to_which_key_a_token_is_bound() {
    let pair = Pair::start(TokenValidation::Introspection, SHARED);
    let key = ProofKey::new();
    let proof = key.sign(&key.proof("POST", &pair.issuer.at("/token"), pair.now()));
    let token = pair.token(Some(&proof));
    let ask = Request::form(pair.issuer.at("/introspect"), &[("token", &token)]);
    let id = oauthlab::config::Config::builtin().unwrap().resource.client_id;
    let answer: Value = pair.issuer.send(ask.basic(id.as_str(), SHARED)).expect(200).json();
    assert_eq!(answer["cnf"]["jkt"], key.thumbprint().as_str(), "{answer}");
    assert_eq!(answer["token_type"], "DPoP");
}

#[test]
fn without_the_secret_that_the_issuer_knows_the_apis_are_out_of_order_and_say_why() {
    let pair = Pair::start(TokenValidation::Introspection, "another-secret-than-the-issuer-has");
    let answer = pair.certified(&pair.token(None), None).expect(503);
    let record = pair.apis.record_of(&answer).to_string();
    assert!(record.contains("invalid_client"), "{record}");
    // Signatures are checked without asking.
    let pair = Pair::start(TokenValidation::Jwt, "another-secret-than-the-issuer-has");
    pair.certified(&pair.token(None), None).expect(200);
}

#[test]
fn lone_apis_are_not_started_with_a_secret_that_nobody_else_can_know() {
    let home = Home::new();
    let serve = ["serve", "--only", "resource", "--issuer", "https://localhost:1"];
    let ports = ["--port", "0", "--resource-port", "0", "--inspector-port", "0", "--", "true"];
    let start = |file: &str| {
        let path = home.path().join("lab.yaml");
        std::fs::write(&path, file).unwrap();
        home.oauthlab(serve.into_iter().chain(["-c", path.to_str().unwrap()]).chain(ports)).output()
    };
    let refused = start("lab: lone\nresources: [{ name: mirror, path: /m }]\n").fails();
    assert!(refused.stderr.contains("resource.client.secret"), "{}", refused.stderr);
    start("lab: lone\nresource: { client: { secret: a-secret-that-the-issuer-has } }\n").ok();
    start("lab: lone\nresources: [{ name: mirror, path: /m, validation: jwt }]\n").ok();
}
