//! Proofs of possession against a server that has one fault: what the client sends, how often, and
//! what it believes.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::server::{NOW, http};
use crate::client::{
    self, ApiCall, AuthorizationServer, Caller, ClientError, Credentials, Criterion, ExitClass,
    Expectation, Granted, Prover, Steps, TokenTarget, verify_tokens,
};
use crate::clock::Clock;
use crate::protocol::dpop::{Proof, token_hash};
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthorizationServerMetadata, IssuerUrl, Secret};
use crate::random::Random;

/// The one thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    IgnoresTheProof,
    BindsToAnotherKey,
    BindsToNoKey,
    /// Its nodes do not know each other's nonces.
    RefusesItsOwnNonce,
    NamesNoNonce,
}

#[derive(Clone)]
struct Server {
    origin: String,
    fault: Fault,
    key: SigningKey,
    /// Every proof that came.
    proofs: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            fault,
            key: SigningKey::generate(Algorithm::Es256).unwrap(),
            proofs: Arc::default(),
        };
        let router = Router::new()
            .route("/token", post(Self::token))
            .route("/notes", get(Self::notes))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// The key of a proof that has our nonce; else the answer that asks for it.
    fn proven(&self, headers: &HeaderMap, uri: &str) -> Result<(String, Option<String>), Response> {
        let text = headers.get("dpop").unwrap().to_str().unwrap().to_owned();
        let proof = Proof::parse(&text).unwrap();
        assert!(proof.verifies() && proof.claims.iat == NOW.secs());
        assert_eq!(proof.claims.htu, format!("{}{uri}", self.origin));
        let mut proofs = self.proofs.lock().unwrap();
        assert!(!proofs.contains(&text), "each proof is new");
        let known = proof.claims.nonce.is_some() && self.fault != Fault::RefusesItsOwnNonce;
        let shown = (proof.thumbprint(), proof.claims.ath.clone());
        proofs.push(text);
        if known {
            return Ok(shown);
        }
        let mut answer = StatusCode::UNAUTHORIZED.into_response();
        if uri == "/token" {
            let body = Json(json!({ "error": "use_dpop_nonce" }));
            answer = (StatusCode::BAD_REQUEST, body).into_response();
        }
        let headers = answer.headers_mut();
        headers.insert("www-authenticate", "DPoP error=\"use_dpop_nonce\"".parse().unwrap());
        if self.fault != Fault::NamesNoNonce {
            headers.insert("dpop-nonce", format!("nonce-{}", proofs.len()).parse().unwrap());
        }
        Err(answer)
    }

    async fn token(State(server): State<Self>, headers: HeaderMap) -> Response {
        let jkt = match server.proven(&headers, "/token") {
            Ok((jkt, _)) => jkt,
            Err(answer) => return answer,
        };
        let cnf = match server.fault {
            Fault::BindsToAnotherKey => json!({ "jkt": "another" }),
            Fault::BindsToNoKey => Value::Null,
            _ => json!({ "jkt": jkt }),
        };
        let now = NOW.secs();
        let claims = json!({
            "iss": server.origin, "sub": "app", "aud": "api", "exp": now + 60, "iat": now,
            "jti": "j", "client_id": "app", "cnf": cnf,
        });
        let token = server.key.sign("at+jwt", &claims).unwrap();
        let kind = if server.fault == Fault::IgnoresTheProof { "Bearer" } else { "DPoP" };
        let body = json!({ "access_token": token.expose(), "token_type": kind });
        Json(body).into_response()
    }

    async fn notes(State(server): State<Self>, headers: HeaderMap) -> Response {
        let (_, ath) = match server.proven(&headers, "/notes") {
            Ok(shown) => shown,
            Err(answer) => return answer,
        };
        let header = headers.get("authorization").unwrap().to_str().unwrap();
        let token = header.strip_prefix("DPoP ").unwrap();
        assert_eq!(ath, Some(token_hash(&Secret::new(token))));
        "notes".into_response()
    }

    fn known(&self) -> AuthorizationServer {
        let metadata = AuthorizationServerMetadata {
            token_endpoint: Some(format!("{}/token", self.origin)),
            ..AuthorizationServerMetadata::default()
        };
        AuthorizationServer::known(IssuerUrl::parse(&self.origin).unwrap(), metadata)
    }

    fn sent(&self) -> usize {
        self.proofs.lock().unwrap().len()
    }
}

fn prover() -> Prover {
    Prover::generate(Clock::manual(NOW), Random::system()).unwrap()
}

/// Asks for tokens, and verifies them.
async fn ask(server: &Server, steps: &Steps, prover: &Prover) -> Result<Granted, ClientError> {
    let http = http();
    let caller = Caller::from((&http, steps)).proving(Some(prover));
    let known = server.known();
    let app = Credentials::basic("app", Secret::new("s"));
    let target = TokenTarget::default();
    let granted = client::client_credentials(caller, &known, &app, &target).await?;
    let expectation = Expectation {
        server: &known,
        client_id: "app",
        nonce: None,
        openid: false,
        resources: &[],
        acr_values: &[],
        max_age: None,
        now: NOW,
    };
    verify_tokens(caller, None, &granted, &expectation).await?;
    Ok(granted)
}

#[tokio::test]
async fn a_nonce_is_fetched_once_and_the_second_try_is_a_step_of_its_own() {
    let (server, steps, prover) = (Server::start(Fault::None).await, Steps::new(), prover());
    let granted = ask(&server, &steps, &prover).await.unwrap();
    assert_eq!(granted.jkt, Some(prover.thumbprint()));
    let told = steps.snapshot();
    let titles: Vec<_> = told.iter().map(|step| (step.number, step.title)).collect();
    let asked = "Ask for a token with the client's own credentials";
    assert_eq!(titles, [(1, asked), (2, "Ask again, with the server's nonce in the proof")]);
    assert!(told[1].why.contains("use_dpop_nonce") && told[1].spec == "RFC 9449 §8, §9");
    // The API is the same server here: what it wants is known already.
    let http = http();
    let caller = Caller::from((&http, &steps)).proving(Some(&prover));
    let url = format!("{}/notes", server.origin);
    let token = Some(&granted.tokens.access_token);
    let called = client::call(caller, &ApiCall::get(url), token).await.unwrap();
    assert_eq!((called.answer.response.status, server.sent()), (200, 3));
    let shown = format!("{:?}", steps.snapshot());
    let secrets = server.proofs.lock().unwrap();
    assert!(secrets.iter().all(|proof| !shown.contains(proof.as_str())), "proofs are secrets");
}

#[tokio::test]
async fn an_api_gets_its_nonce_as_well() {
    let (server, steps, prover) = (Server::start(Fault::None).await, Steps::new(), prover());
    let http = http();
    let caller = Caller::from((&http, &steps)).proving(Some(&prover));
    let url = format!("{}/notes?page=1", server.origin);
    let token = Secret::new("opaque");
    let called = client::call(caller, &ApiCall::get(url), Some(&token)).await.unwrap();
    assert!(called.refusal().is_none());
    assert_eq!((steps.len(), server.sent()), (2, 2));
}

#[tokio::test]
async fn a_token_that_is_not_bound_to_the_key_is_not_believed() {
    let cases: &[(Fault, &Criterion)] = &[
        (Fault::IgnoresTheProof, &client::TOKEN_BOUND),
        (Fault::BindsToAnotherKey, &client::ACCESS_TOKEN_KEY),
        (Fault::BindsToNoKey, &client::ACCESS_TOKEN_KEY),
    ];
    for (fault, criterion) in cases {
        let server = Server::start(*fault).await;
        let error = ask(&server, &Steps::new(), &prover()).await.unwrap_err();
        let ClientError::Unverified(unverified) = &error else { panic!("{fault:?}: {error:?}") };
        assert_eq!(unverified.failed.criterion.id, criterion.id, "{fault:?}");
        assert_eq!(error.class(), ExitClass::Unverified);
    }
    assert!(client::TOKEN_BOUND.stops.contains("ignored the proof"));
}

#[tokio::test]
async fn a_server_that_wants_nonce_after_nonce_is_asked_twice_and_no_more() {
    let server = Server::start(Fault::RefusesItsOwnNonce).await;
    let error = ask(&server, &Steps::new(), &prover()).await.unwrap_err();
    let ClientError::NonceRefused(refused) = &error else { panic!("{error:?}") };
    assert_eq!((refused.error.as_str(), server.sent()), ("use_dpop_nonce", 2));
    assert_eq!(error.class(), ExitClass::OAuthError);
    assert!(error.to_string().contains("refused the proof that has it"), "{error}");
    assert!(error.hint().contains("do not share their nonces"), "{}", error.hint());
}

#[tokio::test]
async fn a_server_that_wants_a_nonce_and_names_none_breaks_the_specification() {
    let server = Server::start(Fault::NamesNoNonce).await;
    let error = ask(&server, &Steps::new(), &prover()).await.unwrap_err();
    assert!(matches!(error, ClientError::Malformed { .. }), "{error:?}");
    assert_eq!((error.class(), server.sent()), (ExitClass::Unverified, 1));
}
