//! The public keys of a client: by value, or fetched from where it says (RFC 7591 §2, `jwks` and
//! `jwks_uri`). Whoever fetches them is guarded, and does not let a stranger make it fetch at will.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Client, Issuer};
use crate::clock::{Clock, Timestamp};
use crate::fetch::{FetchError, Guarded, Response};
use crate::protocol::ClientKeys;
use crate::protocol::jose::{Jwk, JwkSet};

/// Fetched keys are kept for as long as their `Cache-Control` says, within these bounds.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);
/// How long they are kept when it says nothing.
const UNSAID: Duration = Duration::from_secs(300);
/// A failure is remembered for this long, and keys are fetched for an unknown key id at most once
/// in this time.
const REFETCH: Duration = Duration::from_secs(10);
/// At most this many keys of a set are read, and so many URIs remembered.
const MAX_KEYS: usize = 64;
const MAX_URIS: usize = 512;

/// Why a client has no usable keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// It registered none.
    #[error("the client registered neither jwks nor jwks_uri")]
    Unregistered,
    /// Its `jwks_uri` did not answer as it should.
    #[error("jwks_uri cannot be fetched: {0}")]
    Unfetched(#[from] FetchError),
    /// It answered with another status than 200.
    #[error("jwks_uri answered with status {0}")]
    Status(u16),
    /// What it answered is no key set.
    #[error("jwks_uri answered with something that is no JWK Set")]
    NotAKeySet,
}

/// Keys that were fetched, by their URI.
#[derive(Debug, Default)]
pub(super) struct FetchedKeys(Mutex<HashMap<String, Arc<Slot>>>);

/// One URI. An async lock, held while fetching: many waiters share one fetch.
#[derive(Debug, Default)]
struct Slot(tokio::sync::Mutex<Option<Fetched>>);

#[derive(Clone, Debug)]
struct Fetched {
    keys: Result<JwkSet, NoKeys>,
    at: Timestamp,
    until: Timestamp,
}

impl Issuer {
    /// The public keys of a client.
    pub async fn client_keys(&self, client: &Client) -> Result<JwkSet, NoKeys> {
        self.client_keys_for(client, None).await
    }

    /// As `client_keys`, for a signature that names its key: kept keys without it are fetched again,
    /// if they are not quite new.
    pub async fn client_keys_for(
        &self,
        client: &Client,
        kid: Option<&str>,
    ) -> Result<JwkSet, NoKeys> {
        self.keys_of(&client.metadata.keys, kid).await
    }

    /// The keys that somebody has, by value or by reference.
    pub(super) async fn keys_of(
        &self,
        registered: &ClientKeys,
        kid: Option<&str>,
    ) -> Result<JwkSet, NoKeys> {
        match (&registered.jwks, &registered.jwks_uri) {
            (Some(keys), _) => Ok(keys.clone()),
            (None, Some(uri)) => self.fetched_keys.get(uri, kid, &self.outgoing, &self.clock).await,
            (None, None) => Err(NoKeys::Unregistered),
        }
    }
}

impl FetchedKeys {
    async fn get(
        &self,
        uri: &str,
        kid: Option<&str>,
        outgoing: &Guarded,
        clock: &Clock,
    ) -> Result<JwkSet, NoKeys> {
        let slot = self.slot(uri);
        let mut kept = slot.0.lock().await;
        let now = clock.now();
        if let Some(fetched) = kept.as_ref().filter(|fetched| fetched.serves(kid, now)) {
            return fetched.keys.clone();
        }
        let fetched = match outgoing.get(uri).await {
            Ok(answer) => Fetched::of(&answer, now),
            Err(error) => Fetched { keys: Err(error.into()), at: now, until: now.plus(REFETCH) },
        };
        let keys = fetched.keys.clone();
        *kept = Some(fetched);
        keys
    }

    /// The slot of a URI. At the bound all others are forgotten: they are a cache.
    fn slot(&self, uri: &str) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_URIS && !slots.contains_key(uri) {
            slots.clear();
        }
        Arc::clone(slots.entry(uri.to_owned()).or_default())
    }
}

impl Fetched {
    fn of(answer: &Response, now: Timestamp) -> Self {
        let keys =
            if answer.status == 200 { read(answer) } else { Err(NoKeys::Status(answer.status)) };
        let kept = if keys.is_ok() { freshness(answer) } else { REFETCH };
        Self { keys, at: now, until: now.plus(kept) }
    }

    /// Whether these will do: not stale, and with the key that is asked for unless they are new.
    fn serves(&self, kid: Option<&str>, now: Timestamp) -> bool {
        let has_key = match (&self.keys, kid) {
            (Ok(keys), Some(kid)) => keys.keys.iter().any(|key| key.kid.as_deref() == Some(kid)),
            (Ok(_), None) | (Err(_), _) => true,
        };
        now < self.until && (has_key || now.since(self.at) < REFETCH)
    }
}

/// A key that cannot be read is left out (RFC 7517 §5); the others still serve.
fn read(answer: &Response) -> Result<JwkSet, NoKeys> {
    let mut members: Map<String, Value> = answer.json().map_err(|_| NoKeys::NotAKeySet)?;
    let Some(Value::Array(keys)) = members.remove("keys") else { return Err(NoKeys::NotAKeySet) };
    let read = |key| serde_json::from_value::<Jwk>(key).ok();
    Ok(JwkSet { keys: keys.into_iter().take(MAX_KEYS).filter_map(read).collect() })
}

/// `max-age` (RFC 9111 §5.2.2.1), bounded.
pub(super) fn freshness(answer: &Response) -> Duration {
    let directives = answer.header_all("cache-control").flat_map(|value| value.split(','));
    let mut said = UNSAID;
    for directive in directives.map(|directive| directive.trim().to_ascii_lowercase()) {
        if directive == "no-store" || directive == "no-cache" {
            return SHORTEST;
        }
        let age = directive.strip_prefix("max-age=");
        if let Some(secs) = age.and_then(|age| age.trim_matches('"').parse().ok()) {
            said = Duration::from_secs(secs);
        }
    }
    said.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::routing::get;
    use http::HeaderMap;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::fetch::{Reach, Roots};

    /// A server whose n-th answer has the key `key-n`, and one that can be read by nobody.
    async fn server(fetches: Arc<AtomicUsize>, cache: &'static str) -> String {
        let keys = move || {
            let count = fetches.fetch_add(1, Ordering::SeqCst) + 1;
            let key = json!({ "kty": "EC", "kid": format!("key-{count}") });
            let body = json!({ "keys": [{ "kty": 5 }, key] }).to_string();
            async move { ([("cache-control", cache)], body) }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/jwks", listener.local_addr().unwrap());
        let router = Router::new().route("/jwks", get(keys)).route("/no", get(|| async { "[]" }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        uri
    }

    fn means() -> (FetchedKeys, Guarded, Clock) {
        let reach = Reach { loopback: true, hosts: Vec::new() };
        let outgoing = Guarded::new(Roots::Lab(Vec::new()), reach).unwrap();
        (FetchedKeys::default(), outgoing, Clock::manual(Timestamp::from_secs(1_800_000_000)))
    }

    #[tokio::test]
    async fn keys_are_kept_as_long_as_their_server_says() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let uri = server(Arc::clone(&fetches), "public, max-age=120").await;
        let (kept, outgoing, clock) = means();
        for (advance, wanted) in [(0, 1), (119, 1), (1, 2)] {
            clock.advance(Duration::from_secs(advance));
            let keys = kept.get(&uri, None, &outgoing, &clock).await.unwrap();
            assert_eq!(keys.keys.len(), 1);
            assert_eq!(fetches.load(Ordering::SeqCst), wanted);
        }
    }

    #[tokio::test]
    async fn an_unknown_key_id_fetches_again_but_not_at_will() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let uri = server(Arc::clone(&fetches), "max-age=3600").await;
        let (kept, outgoing, clock) = means();
        for (advance, kid, wanted) in [
            (0, "key-1", 1),
            (0, "key-2", 1),
            (9, "key-2", 1),
            (1, "key-2", 2),
            (0, "made-up", 2),
            (10, "key-2", 2),
            (0, "made-up", 3),
        ] {
            clock.advance(Duration::from_secs(advance));
            kept.get(&uri, Some(kid), &outgoing, &clock).await.unwrap();
            assert_eq!(fetches.load(Ordering::SeqCst), wanted, "{kid} after {advance}");
        }
    }

    #[tokio::test]
    async fn what_is_no_key_set_is_said_and_remembered_shortly() {
        let uri = server(Arc::default(), "").await.replace("/jwks", "/no");
        let (kept, outgoing, clock) = means();
        let got = kept.get(&uri, None, &outgoing, &clock).await;
        assert_eq!(got, Err(NoKeys::NotAKeySet));
        let missing = uri.replace("/no", "/missing");
        let got = kept.get(&missing, None, &outgoing, &clock).await;
        assert_eq!(got, Err(NoKeys::Status(404)));
        let (_, sealed, _) = means_sealed();
        let inward = kept.get(&uri, None, &sealed, &clock).await;
        assert_eq!(inward, Err(NoKeys::NotAKeySet), "the failure is kept for ten seconds");
        clock.advance(REFETCH);
        let inward = kept.get(&uri, None, &sealed, &clock).await;
        assert!(matches!(inward, Err(NoKeys::Unfetched(FetchError::Refused(_)))), "{inward:?}");
    }

    fn means_sealed() -> (FetchedKeys, Guarded, Clock) {
        let (kept, _, clock) = means();
        (kept, Guarded::new(Roots::Lab(Vec::new()), Reach::default()).unwrap(), clock)
    }

    #[test]
    fn freshness_is_bounded() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("cache-control", value.parse().unwrap());
            freshness(&Response { status: 200, headers, body: Vec::new() }).as_secs()
        };
        let cases = [
            ("max-age=0", 60),
            ("max-age=999999999", 3600),
            ("Max-Age=\"600\"", 600),
            ("private", 300),
            ("max-age=600, no-cache", 60),
            ("max-age=-1", 300),
        ];
        for (value, secs) in cases {
            assert_eq!(of(value), secs, "{value}");
        }
    }
}
