//! Logout tokens on their way to the clients (OpenID Connect Back-Channel Logout 1.0 §2.5): in the
//! background, few at once, each tried twice at most. What became of the last ones is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::fetch::{FetchError, Guarded};
use crate::issuer::Issuer;
use crate::protocol::{ClientId, Secret};

/// A client that is to be told that a session ended.
#[derive(Clone, Debug)]
pub struct LogoutNotice {
    /// The client.
    pub client_id: ClientId,
    /// Its `backchannel_logout_uri`.
    pub uri: String,
    /// The logout token.
    pub token: Secret,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeResult {
    /// The client.
    pub client_id: ClientId,
    /// When it was known, in seconds since the Unix epoch.
    pub at: u64,
    /// How often it was sent.
    pub attempts: u32,
    /// The status of the last answer; 200 and 204 are a yes (§2.8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Sends notices, and remembers what became of them.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Notices(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    outgoing: Guarded,
    clock: Clock,
    // Notices on their way or in line; more are not sent, and the results say so.
    line: Arc<Semaphore>,
    sending: Semaphore,
    // A std mutex: held to push or to copy, never across an await.
    results: Mutex<VecDeque<NoticeResult>>,
}

const IN_LINE: usize = 256;
const AT_ONCE: usize = 8;
const KEPT: usize = 100;
const ATTEMPTS: u32 = 2;

impl Notices {
    pub(in crate::issuer) fn new(outgoing: Guarded, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            outgoing,
            clock,
            line: Arc::new(Semaphore::new(IN_LINE)),
            sending: Semaphore::new(AT_ONCE),
            results: Mutex::default(),
        }))
    }

    fn send(&self, notice: LogoutNotice) {
        let Ok(place) = Arc::clone(&self.0.line).try_acquire_owned() else {
            let error = Some("too many notices are in line".to_owned());
            self.0.keep(notice.client_id, 0, (None, error));
            return;
        };
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let _place = place;
            // Never closed, so that this waits and does not fail.
            let Ok(_turn) = inner.sending.acquire().await else { return };
            inner.deliver(notice).await;
        });
    }

    fn results(&self) -> Vec<NoticeResult> {
        let results = self.0.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.iter().cloned().collect()
    }
}

impl Inner {
    async fn deliver(&self, notice: LogoutNotice) {
        let fields = [("logout_token", notice.token.expose())];
        let mut attempts = 0;
        loop {
            attempts += 1;
            let answer = self.outgoing.post_form(&notice.uri, &fields).await;
            // What the client understood and refused is not said again.
            let again = match &answer {
                Ok(answer) => answer.status >= 500,
                Err(error) => !matches!(error, FetchError::Refused(_)),
            };
            if again && attempts < ATTEMPTS {
                continue;
            }
            let outcome = match answer {
                Ok(answer) => (Some(answer.status), None),
                Err(error) => (None, Some(error.to_string())),
            };
            return self.keep(notice.client_id, attempts, outcome);
        }
    }

    fn keep(&self, client_id: ClientId, attempts: u32, outcome: (Option<u16>, Option<String>)) {
        let at = self.clock.now().secs();
        let (status, error) = outcome;
        let (client, why) = (client_id.as_str(), error.as_deref());
        tracing::debug!(client, attempts, status, why, "a client was told of a logout");
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        if results.len() == KEPT {
            results.pop_front();
        }
        results.push_back(NoticeResult { client_id, at, attempts, status, error });
    }
}

impl Issuer {
    /// Sends notices; nobody waits for them.
    pub(in crate::issuer) fn notify(&self, notices: &[LogoutNotice]) {
        for notice in notices {
            self.notices.send(notice.clone());
        }
    }

    /// What became of the last hundred notices, the oldest first.
    pub fn logout_notices(&self) -> Vec<NoticeResult> {
        self.notices.results()
    }
}
