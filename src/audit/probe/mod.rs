//! The one handle through which checks send. It keeps a budget of requests, sends a few at a time,
//! names the audit as user agent, and writes down what was sent and came back, without secrets.

mod answer;
mod authorized;
mod browser;
mod certificate;
mod device;
mod exchange;
mod flow;
mod manner;
mod page;
mod params;
mod proof;
mod pushed;
mod visit;
mod walk;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::header::USER_AGENT;
use tokio::sync::Semaphore;

pub use crate::client::{AssertionMaker, Credentials};
pub use crate::fetch::{FieldValue, Request};
pub use answer::Answer;
#[cfg(test)]
pub(in crate::audit) use answer::tests::answer as answer_of;
pub use authorized::{Authorized, Channel};
pub use browser::{Consent, Session};
pub use certificate::SelfSigned;
pub use device::polling;
pub use exchange::Exchange;
use exchange::Veil;
pub use flow::{
    Code, Endpoints, Grant, Pkce, for_itself, form_request, reading, redemption, refreshing,
    tokens, with_token, writing,
};
pub use manner::Manner;
pub use params::Params;
pub use proof::with_proofs;
pub use pushed::{push_outcome, pushed_reference, referring};
pub use visit::{PageKind, Step, Visit};
pub use walk::{Asks, Open};
pub use wire::{Greeting, Hello};

use super::evidence::Managed;
use crate::clock::{Clock, Timestamp};
use crate::fetch::{FetchError, Http};
use crate::protocol::Secret;
use crate::protocol::jose::SigningKey;
use crate::random::{Random, RandomFailed};

/// What every probe of one audit shares.
#[derive(Debug)]
pub struct Line {
    http: Http,
    random: Random,
    clock: Clock,
    budget: usize,
    sent: AtomicUsize,
    lanes: Semaphore,
    veil: Veil,
    // A std mutex: held for one push, never across an await.
    issued: Mutex<Vec<(Credentials, Secret)>>,
    nonces: proof::Nonces,
    manner: OnceLock<Manner>,
    registered: Mutex<Vec<Managed>>,
}

/// Sends for one check, and remembers what was sent.
#[derive(Debug)]
pub struct Probe {
    line: Arc<Line>,
    // A std mutex: held for one push, never across an await.
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    step: &'static str,
    exchanges: Vec<Exchange>,
}

/// Why a check cannot go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The budget is spent.
    #[error("the budget of {0} requests is used up")]
    Budget(usize),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// What the check builds on did not come about.
    #[error("{0}")]
    Basis(String),
    /// The server does not have what the check is about.
    #[error("{0}")]
    Without(String),
}

impl Trouble {
    /// Whether a certificate, or the TLS behind it, was not to be trusted.
    pub const fn is_distrust(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::Tls { .. }))
    }
}

/// At most this many exchanges of one check are kept: enough to follow it, never a flood.
const MAX_EXCHANGES: usize = 60;

const AGENT: &str = concat!("oauthlab-audit/", env!("CARGO_PKG_VERSION"));

impl Line {
    /// A line with a budget of requests, of which at most `lanes` are under way at once.
    pub fn new(
        http: Http,
        (random, clock): (Random, Clock),
        (budget, lanes): (usize, usize),
    ) -> Result<Self, Trouble> {
        let (sent, lanes) = (AtomicUsize::new(0), Semaphore::new(lanes.max(1)));
        let veil = Veil::new(Secret::new(random.token("audit.veil")?));
        Ok(Self {
            http,
            random,
            clock,
            budget,
            sent,
            lanes,
            veil,
            issued: Mutex::default(),
            nonces: Mutex::default(),
            manner: OnceLock::new(),
            registered: Mutex::default(),
        })
    }

    /// From now on good requests are made in this manner. It is said once.
    pub fn keep_to(&self, manner: Manner) {
        // A second one would come from a second gathering of evidence, which does not occur.
        let _ = self.manner.set(manner);
    }

    /// The tokens that were issued to the audit so far: each once.
    pub fn take_issued(&self) -> Vec<(Credentials, Secret)> {
        std::mem::take(&mut *self.issued.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The clients that were registered by the audit so far: each once.
    pub fn take_registered(&self) -> Vec<Managed> {
        std::mem::take(&mut *self.registered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many requests were sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed).min(self.budget)
    }

    /// How many may be sent.
    pub const fn budget(&self) -> usize {
        self.budget
    }
}

impl Probe {
    /// A probe with an empty log.
    pub fn new(line: &Arc<Line>) -> Self {
        Self { line: Arc::clone(line), log: Mutex::default() }
    }

    /// Another probe on the same line, with a log of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self::new(&self.line)
    }

    /// Keeps an exchange that another probe had, since this check judges it.
    pub fn recall(&self, exchange: Exchange) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.exchanges.len() < MAX_EXCHANGES {
            log.exchanges.push(exchange);
        }
    }

    /// Says what the next exchanges are for: `control`, `probe`.
    pub fn step(&self, step: &'static str) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).step = step;
    }

    /// Sends a request as it is.
    pub(super) async fn send_bare(&self, request: Request) -> Result<Answer, Trouble> {
        let line = &self.line;
        if line.sent.fetch_add(1, Ordering::Relaxed) >= line.budget {
            return Err(Trouble::Budget(line.budget));
        }
        let exchange = Exchange::sent(&request, &line.veil);
        let url = request.url.clone();
        let request = request.header(USER_AGENT, AGENT);
        let result = {
            // A closed semaphore does not occur: nobody closes it.
            let _lane = line.lanes.acquire().await;
            line.http.send(request).await
        };
        match result {
            Ok(response) => {
                let answer = Answer::from(response);
                self.learn_nonce(&url, &answer);
                self.keep(exchange.answered(&answer, &line.veil));
                Ok(answer)
            }
            Err(error) => {
                self.keep(exchange.failed(&error));
                Err(error.into())
            }
        }
    }

    /// Does something that counts as a request.
    async fn spend<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        let line = &self.line;
        if line.sent.fetch_add(1, Ordering::Relaxed) >= line.budget {
            return Err(Trouble::Budget(line.budget));
        }
        // A closed semaphore does not occur: nobody closes it.
        let _lane = line.lanes.acquire().await;
        Ok(work.await)
    }

    /// A random value of 43 characters: verifiers, states, wrong secrets.
    pub fn random(&self) -> Result<Secret, Trouble> {
        Ok(Secret::new(self.line.random.token("audit")?))
    }

    /// Makes good client assertions for a server.
    pub fn assertion_maker(&self, issuer: &str, key: &SigningKey) -> AssertionMaker {
        let (clock, random) = (self.line.clock.clone(), self.line.random.clone());
        AssertionMaker::new(issuer, clock, random).with_key(key.clone())
    }

    /// Waits until something has expired. Only checks that the operator allows to be slow do.
    pub async fn wait(&self, time: Duration) {
        self.line.clock.sleep(time).await;
    }

    /// The time of the audit's clock.
    pub fn now(&self) -> Timestamp {
        self.line.clock.now()
    }

    /// What was sent and came back.
    pub fn into_exchanges(self) -> Vec<Exchange> {
        self.log.into_inner().unwrap_or_else(PoisonError::into_inner).exchanges
    }

    /// The tokens that were issued to a client so far: each once.
    pub fn take_issued_to(&self, client_id: &str) -> Vec<(Credentials, Secret)> {
        let mut issued = self.line.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |(credentials, _): &mut (Credentials, Secret)| credentials.client_id == client_id;
        issued.extract_if(.., own).collect()
    }

    /// Notes the tokens of an answer, so that they are revoked at the end.
    pub fn remember_tokens(&self, answer: &Answer, credentials: Option<&Credentials>, of: &Params) {
        let (Some(credentials), Some(tokens)) = (credentials, answer.tokens()) else { return };
        // What follows from a refresh token ends with the grant that it came from.
        if of.get("grant_type") == Some("refresh_token") {
            return;
        }
        let token = tokens.refresh_token.unwrap_or(tokens.access_token);
        let mut issued = self.line.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.push((credentials.clone(), token));
    }

    /// Forgets the tokens of a client that was deleted: they ended with it.
    pub fn forget(&self, client: &Credentials) {
        let mut issued = self.line.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|(credentials, _)| credentials.client_id != client.client_id);
    }

    /// Notes a client, so that it is deleted at the end.
    pub(in crate::audit) fn remember_client(&self, managed: Managed) {
        let registered = &self.line.registered;
        registered.lock().unwrap_or_else(PoisonError::into_inner).push(managed);
    }

    /// Forgets a client that is deleted already.
    pub(in crate::audit) fn forget_client(&self, uri: &str) {
        let mut clients = self.line.registered.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|managed| managed.uri != uri);
    }

    fn keep(&self, mut exchange: Exchange) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.exchanges.len() < MAX_EXCHANGES {
            exchange.step = log.step;
            log.exchanges.push(exchange);
        }
    }
}
