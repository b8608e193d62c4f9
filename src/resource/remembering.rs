//! A short memory in front of the issuer (RFC 7662 §4 on caching): bounded, seconds long, keyed by
//! SHA-256, so that no usable token is kept. What is inactive is never remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::checker::{Checked, IssuerUnreachable, KeysWanted, TokenChecker};
use crate::clock::{Clock, Timestamp};
use crate::protocol::jose::JwkSet;
use crate::protocol::{IntrospectionResponse, Secret};

/// How long an active token is believed to stay active: the window of a revocation.
const ANSWER_LIFETIME: Duration = Duration::from_secs(5);

/// Answers that are remembered at the same time.
const MAX_ANSWERS: usize = 1000;

/// A [`TokenChecker`] that remembers for a moment.
#[derive(Debug)]
pub struct Remembering<C> {
    inner: C,
    clock: Clock,
    strict: bool,
    // A std mutex: held for one map operation, never across an await.
    answers: Mutex<Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    by_token: HashMap<[u8; 32], (IntrospectionResponse, Timestamp)>,
    // Oldest first; each key of the map stands here once.
    order: VecDeque<[u8; 32]>,
}

impl<C: TokenChecker> Remembering<C> {
    /// Remembers introspection answers; in a strict lab nothing.
    pub fn new(inner: C, clock: Clock, strict: bool) -> Self {
        Self { inner, clock, strict, answers: Mutex::default() }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn introspected(
        &self,
        token: &Secret,
    ) -> Result<IntrospectionResponse, IssuerUnreachable> {
        if self.strict {
            return self.inner.introspect(token).await;
        }
        let key = token.sha256();
        if let Some(known) = self.answers().get(&key, self.clock.now()) {
            return Ok(known);
        }
        let answer = self.inner.introspect(token).await?;
        if answer.active {
            self.answers().remember(key, answer.clone(), self.clock.now());
        }
        Ok(answer)
    }
}

impl Answers {
    fn get(&self, key: &[u8; 32], now: Timestamp) -> Option<IntrospectionResponse> {
        let (answer, until) = self.by_token.get(key)?;
        (now < *until).then(|| answer.clone())
    }

    fn remember(&mut self, key: [u8; 32], answer: IntrospectionResponse, now: Timestamp) {
        let mut until = now.plus(ANSWER_LIFETIME);
        if let Some(exp) = answer.exp {
            until = until.min(Timestamp::from_secs(exp));
        }
        if self.by_token.insert(key, (answer, until)).is_some() {
            self.order.retain(|other| *other != key);
        }
        self.order.push_back(key);
        if self.order.len() > MAX_ANSWERS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_token.remove(&oldest);
        }
    }
}

impl<C: TokenChecker> TokenChecker for Remembering<C> {
    fn introspect<'a>(&'a self, token: &'a Secret) -> Checked<'a, IntrospectionResponse> {
        Box::pin(self.introspected(token))
    }

    fn keys(&self, wanted: KeysWanted) -> Checked<'_, Arc<JwkSet>> {
        self.inner.keys(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fake, active};
    use super::*;

    fn remembering(fake: &Fake, clock: &Clock, strict: bool) -> Remembering<Fake> {
        Remembering::new(fake.clone(), clock.clone(), strict)
    }

    #[tokio::test]
    async fn an_active_answer_is_believed_for_five_seconds() {
        let (fake, clock) = (Fake::default(), Clock::manual(Timestamp::from_secs(1000)));
        fake.know("t", active("alice", "web", "notes:read"));
        let checker = remembering(&fake, &clock, false);
        let token = Secret::new("t");
        assert!(checker.introspect(&token).await.unwrap().active);
        fake.forget("t");
        clock.advance(Duration::from_millis(4999));
        assert!(checker.introspect(&token).await.unwrap().active);
        assert_eq!(fake.calls(), 1);
        clock.advance(Duration::from_millis(1));
        assert!(!checker.introspect(&token).await.unwrap().active);
    }

    #[tokio::test]
    async fn an_answer_is_not_believed_beyond_the_tokens_own_expiry() {
        let (fake, clock) = (Fake::default(), Clock::manual(Timestamp::from_secs(1000)));
        let answer = IntrospectionResponse { exp: Some(1002), ..active("a", "web", "") };
        fake.know("t", answer);
        let checker = remembering(&fake, &clock, false);
        checker.introspect(&Secret::new("t")).await.unwrap();
        clock.advance(Duration::from_secs(2));
        checker.introspect(&Secret::new("t")).await.unwrap();
        assert_eq!(fake.calls(), 2);
    }

    #[tokio::test]
    async fn an_inactive_answer_is_never_remembered_and_strict_remembers_none() {
        let (fake, clock) = (Fake::default(), Clock::manual(Timestamp::from_secs(1000)));
        let checker = remembering(&fake, &clock, false);
        for _ in 0..3 {
            checker.introspect(&Secret::new("unknown")).await.unwrap();
        }
        assert_eq!(fake.calls(), 3);
        fake.know("t", active("alice", "web", "notes:read"));
        let strict = remembering(&fake, &clock, true);
        for _ in 0..3 {
            strict.introspect(&Secret::new("t")).await.unwrap();
        }
        assert_eq!(fake.calls(), 6);
    }

    #[tokio::test]
    async fn the_memory_is_bounded_and_forgets_the_oldest() {
        let (fake, clock) = (Fake::default(), Clock::manual(Timestamp::from_secs(1000)));
        let checker = remembering(&fake, &clock, false);
        for i in 0..=MAX_ANSWERS {
            fake.know(&i.to_string(), active("alice", "web", ""));
            checker.introspect(&Secret::new(i.to_string())).await.unwrap();
        }
        assert_eq!(checker.answers().by_token.len(), MAX_ANSWERS);
        assert_eq!(checker.answers().order.len(), MAX_ANSWERS);
        let before = fake.calls();
        checker.introspect(&Secret::new("1")).await.unwrap();
        assert_eq!(fake.calls(), before);
        checker.introspect(&Secret::new("0")).await.unwrap();
        assert_eq!(fake.calls(), before + 1);
    }
}
