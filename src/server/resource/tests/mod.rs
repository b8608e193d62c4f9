//! The routes in process, over a fake issuer: what all of them share.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

mod api;
mod browser;
mod places;

use super::router;
use crate::config::{Api, Config, Profile, TlsMode, TokenValidation};
use crate::protocol::{Audience, IntrospectionResponse, ScopeToken};
use crate::resource::fixture::{Fake, active, configured};
use crate::rule::Verdict;
use crate::trace::Decisions;

const MCP: &str = "https://localhost:9444/mcp";

pub(super) struct Lab {
    fake: Fake,
    router: axum::Router,
}

fn lab_with(change: impl FnOnce(&mut Config)) -> Lab {
    let mut config = Config::builtin().unwrap();
    change(&mut config);
    let fake = Fake::default();
    fake.know("alice", active("alice", "web", "notes:read notes:write"));
    fake.know("bob", active("bob", "web", "notes:read notes:write"));
    fake.know("reader", active("alice", "web", "notes:read"));
    fake.know("machine", active("ci", "ci", "notes:read notes:write"));
    let aud = Audience::One(MCP.to_owned());
    fake.know("agent", IntrospectionResponse { aud, ..active("alice", "web", "mcp:tools") });
    let router = router(Arc::new(configured(&config, &fake)));
    Lab { fake, router }
}

fn lab() -> Lab {
    lab_with(|_| {})
}

struct Call(http::request::Builder, Body);

fn call(method: &str, path: &str) -> Call {
    Call(Request::builder().method(method).uri(path), Body::empty())
}

impl Call {
    fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    fn json(self, body: &Value) -> Self {
        Self(self.0.header("content-type", "application/json"), Body::from(body.to_string()))
    }

    async fn send(self, lab: &Lab) -> Response {
        lab.router.clone().oneshot(self.0.body(self.1).unwrap()).await.unwrap()
    }
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn challenge(response: &Response) -> &str {
    assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().count(), 1);
    header(response, "www-authenticate").unwrap()
}

async fn body(response: Response) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn broken(response: &Response) -> Vec<&'static str> {
    let decisions = response.extensions().get::<Decisions>().unwrap();
    let rulings = decisions.0.iter().flat_map(|record| &record.rulings);
    rulings.filter(|r| r.verdict == Verdict::Broken).map(|r| r.rule.id).collect()
}
