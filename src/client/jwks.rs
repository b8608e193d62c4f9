//! A server's public keys (RFC 7517 §5), kept for a while. A token that names an unknown key makes
//! us fetch again, but no oftener than a stranger with made-up key ids should be able to.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::caller::{Caller, Lesson};
use super::error::ClientError;
use crate::clock::{Clock, Timestamp};
use crate::fetch::{Http, Request};
use crate::protocol::jose::{Jwk, JwkSet, JwsHeader};

const LESSON: Lesson = Lesson {
    title: "Fetch the public keys",
    why: "A signature says nothing until it is verified with a key that the issuer itself publishes.",
    spec: "RFC 7517 §5",
};

/// Kept keys are used for this long.
const FRESH: Duration = Duration::from_secs(600);
/// Keys are fetched for an unknown key id at most once in this time.
const REFETCH: Duration = Duration::from_secs(10);
/// At most this many keys of a set are read.
const MAX_KEYS: usize = 64;

/// The keys of one `jwks_uri`. Clones share them.
#[derive(Clone, Debug)]
pub struct Jwks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: Http,
    uri: String,
    clock: Clock,
    // An async mutex, held while fetching: many waiters share one fetch.
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    keys: Arc<JwkSet>,
    at: Timestamp,
}

impl Jwks {
    /// The keys at this URI. Nothing is fetched yet.
    pub fn new(http: Http, uri: impl Into<String>, clock: Clock) -> Self {
        Self(Arc::new(Inner { http, uri: uri.into(), clock, kept: Mutex::new(None) }))
    }

    /// The keys, at most ten minutes old.
    pub async fn kept(&self) -> Result<Arc<JwkSet>, ClientError> {
        self.at_most(FRESH, Caller::from(&self.0.http)).await
    }

    /// Newer keys, for a token that names a key which the kept ones do not have. At most ten
    /// seconds old: within that time the kept ones come back.
    pub async fn newer(&self) -> Result<Arc<JwkSet>, ClientError> {
        self.at_most(REFETCH, Caller::from(&self.0.http)).await
    }

    /// The keys for a token with this header: kept ones if they have its key, else newer ones.
    pub async fn for_token(&self, header: &JwsHeader) -> Result<Arc<JwkSet>, ClientError> {
        self.for_token_by(Caller::from(&self.0.http), header).await
    }

    pub(super) async fn for_token_by(
        &self,
        caller: Caller<'_>,
        header: &JwsHeader,
    ) -> Result<Arc<JwkSet>, ClientError> {
        let keys = self.at_most(FRESH, caller).await?;
        let known = header.kid.is_none() || keys.keys.iter().any(|key| key.kid == header.kid);
        if known { Ok(keys) } else { self.at_most(REFETCH, caller).await }
    }

    async fn at_most(&self, age: Duration, by: Caller<'_>) -> Result<Arc<JwkSet>, ClientError> {
        let Inner { uri, clock, kept, .. } = &*self.0;
        let mut kept = kept.lock().await;
        let now = clock.now();
        if let Some(found) = kept.as_ref().filter(|found| now.since(found.at) < age) {
            return Ok(Arc::clone(&found.keys));
        }
        let request =
            Request::get(uri.as_str()).accept("application/jwk-set+json, application/json");
        let answer = by.send(&LESSON, request).await?;
        let members: Map<String, Value> = answer.success()?;
        let Some(Value::Array(keys)) = members.get("keys") else {
            let detail = "its JSON lacks the member keys".to_owned();
            return Err(ClientError::Malformed { endpoint: answer.endpoint, detail });
        };
        // A key that we cannot read is left out, as RFC 7517 §5 says; the others still serve.
        let read = |key: &Value| serde_json::from_value::<Jwk>(key.clone()).ok();
        let keys = Arc::new(JwkSet { keys: keys.iter().take(MAX_KEYS).filter_map(read).collect() });
        *kept = Some(Kept { keys: Arc::clone(&keys), at: now });
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::routing::get;
    use axum::{Json, Router};
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::fetch::Roots;

    async fn server(fetches: Arc<AtomicUsize>) -> String {
        let keys = move || {
            let count = fetches.fetch_add(1, Ordering::SeqCst) + 1;
            let kid = format!("key-{count}");
            let broken = json!({ "kty": 5 });
            async move { Json(json!({ "keys": [broken, { "kty": "EC", "kid": kid }] })) }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/jwks", listener.local_addr().unwrap());
        let router = Router::new().route("/jwks", get(keys));
        tokio::spawn(async move { axum::serve(listener, router).await });
        uri
    }

    fn names(kid: &str) -> JwsHeader {
        serde_json::from_value(json!({ "alg": "ES256", "kid": kid })).unwrap()
    }

    #[tokio::test]
    async fn an_unknown_key_id_fetches_again_but_not_again_and_again() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let uri = server(Arc::clone(&fetches)).await;
        let http = Http::new(Roots::System, Duration::from_secs(5)).unwrap();
        let clock = Clock::manual(Timestamp::from_secs(1_000));
        let jwks = Jwks::new(http, uri, clock.clone());

        let keys = jwks.for_token(&names("key-1")).await.unwrap();
        assert_eq!(keys.keys.len(), 1, "the key that cannot be read is left out");
        for _ in 0..5 {
            jwks.for_token(&names("made-up")).await.unwrap();
        }
        assert_eq!(fetches.load(Ordering::SeqCst), 1);

        clock.advance(REFETCH);
        let keys = jwks.for_token(&names("key-2")).await.unwrap();
        assert_eq!(keys.keys[0].kid.as_deref(), Some("key-2"));
        clock.advance(FRESH.saturating_sub(Duration::from_secs(1)));
        jwks.kept().await.unwrap();
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
        clock.advance(Duration::from_secs(1));
        jwks.kept().await.unwrap();
        assert_eq!(fetches.load(Ordering::SeqCst), 3);
    }
}
