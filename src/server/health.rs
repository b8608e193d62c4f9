//! `/health/live` and `/health/ready`, for whoever restarts processes and routes requests: the
//! first says that the process answers, the second that it can do its work now.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use http::header::{RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{Method, StatusCode};
use serde_json::json;

use super::reply::{json, method_not_allowed, set};
use crate::protocol::IssuerUrl;
use crate::trace::Endpoint;

/// Where the probes are, below the path of the issuer.
pub(super) const LIVE: &str = "/health/live";
pub(super) const READY: &str = "/health/ready";

/// Why a lab takes no requests now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unready {
    /// In a few words, without facts of anybody's request.
    pub reason: &'static str,
    /// Whole seconds until it is worth asking again.
    pub retry_after: u64,
}

/// An answer about readiness, in its own time.
pub type Verdict<'a> = Pin<Box<dyn Future<Output = Result<(), Unready>> + Send + 'a>>;

/// Whether the lab can do its work. Bounded in time, and cheap however often it is asked: anybody
/// may ask.
pub trait Readiness: Send + Sync + fmt::Debug {
    /// Asks.
    fn ready(&self) -> Verdict<'_>;
}

/// Adds both probes to a server's routes; `issuer` is for the refusal of a wrong method.
pub fn around(
    router: Router,
    base: &str,
    issuer: IssuerUrl,
    readiness: Arc<dyn Readiness>,
) -> Router {
    let (live, ready) = (format!("{base}{LIVE}"), format!("{base}{READY}"));
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let path = request.uri().path();
        let asked = [&live, &ready].iter().position(|own| own.as_str() == path);
        let (issuer, readiness) = (issuer.clone(), Arc::clone(&readiness));
        async move {
            let method = request.method().clone();
            let answer = match asked {
                None => return next.run(request).await,
                Some(_) if !matches!(method, Method::GET | Method::HEAD) => {
                    method_not_allowed(&issuer, "GET, HEAD", method.as_str())
                }
                Some(0) => is_live(),
                Some(_) => is_ready(&*readiness).await,
            };
            finished(answer, &method)
        }
    }))
}

pub(super) fn is_live() -> Response {
    json(StatusCode::OK, &json!({ "status": "live" }))
}

pub(super) async fn is_ready(readiness: &dyn Readiness) -> Response {
    match readiness.ready().await {
        Ok(()) => json(StatusCode::OK, &json!({ "status": "ready" })),
        Err(Unready { reason, retry_after }) => {
            let document = json!({ "status": "unready", "reason": reason });
            let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &document);
            set(&mut response, RETRY_AFTER, &retry_after.to_string());
            response
        }
    }
}

fn finished(mut response: Response, method: &Method) -> Response {
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response.extensions_mut().insert(Endpoint("health"));
    if *method == Method::HEAD { response.map(|_| Body::empty()) } else { response }
}
