//! Documents that were fetched. Fresh ones spare a fetch; older ones still serve the tokens of their
//! client for a day. Errors are never kept (draft-ietf-oauth-client-id-metadata-document §5.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Timestamp;
use crate::issuer::Client;

/// At most so many documents; the one that was least recently used makes room.
const MOST: usize = 256;
/// At most so many fetches at a time, …
const AT_ONCE: usize = 4;
/// … and so many in a minute.
const PER_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// A document that nobody used for so long is forgotten.
const UNUSED: Duration = Duration::from_secs(24 * 3600);

/// The documents, and who may fetch one now.
#[derive(Debug)]
pub(in crate::issuer) struct Documents {
    kept: Mutex<Kept>,
    turns: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Kept {
    documents: HashMap<String, Document>,
    /// When the minute began, and how many fetches it has seen.
    minute: Option<(Timestamp, u32)>,
}

#[derive(Debug)]
struct Document {
    client: Client,
    fresh_until: Timestamp,
    used: Timestamp,
}

impl Default for Documents {
    fn default() -> Self {
        Self { kept: Mutex::default(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Documents {
    pub(super) fn is_fresh(&self, id: &str, now: Timestamp) -> bool {
        self.with(|kept| kept.documents.get(id).is_some_and(|one| now < one.fresh_until))
    }

    pub(super) fn get(&self, id: &str, now: Timestamp) -> Option<Client> {
        self.with(|kept| {
            let found = kept.documents.get_mut(id).filter(|one| now < one.used.plus(UNUSED))?;
            found.used = now;
            Some(found.client.clone())
        })
    }

    pub(super) fn keep(&self, client: Client, fresh_until: Timestamp, now: Timestamp) {
        self.with(|kept| {
            let id = client.id.as_str().to_owned();
            if kept.documents.len() >= MOST && !kept.documents.contains_key(&id) {
                let oldest = kept.documents.iter().min_by_key(|(_, one)| one.used);
                if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                    kept.documents.remove(&oldest);
                }
            }
            kept.documents.insert(id, Document { client, fresh_until, used: now });
        });
    }

    /// The right to fetch one document, if there is one left.
    pub(super) fn turn(&self, now: Timestamp) -> Option<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).try_acquire_owned().ok()?;
        self.with(|kept| {
            let (since, count) = match kept.minute {
                Some((since, count)) if now < since.plus(MINUTE) => (since, count),
                Some(_) | None => (now, 0),
            };
            kept.minute = Some((since, count.saturating_add(1)));
            (count < PER_MINUTE).then_some(turn)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        // Nothing panics while it is held, and a poisoned cache is still a cache.
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CustomClaims;
    use crate::protocol::{ClientId, ClientMetadata};

    fn client(number: usize) -> Client {
        Client {
            id: ClientId::parse(&format!("https://app.test/{number}")).unwrap(),
            metadata: ClientMetadata::default(),
            secret_sha256: None,
            mac_secret: None,
            guessable: false,
            preregistered: false,
            host: Some("app.test".to_owned()),
            claims: CustomClaims::default(),
        }
    }

    #[test]
    fn a_document_is_fresh_as_long_as_its_server_says_and_serves_while_it_is_used() {
        let (documents, now) = (Documents::default(), Timestamp::from_secs(1_000_000));
        documents.keep(client(1), now.plus(MINUTE), now);
        let id = "https://app.test/1";
        assert!(documents.is_fresh(id, now));
        let later = now.plus(MINUTE);
        assert!(!documents.is_fresh(id, later));
        assert!(documents.get(id, later).is_some());
        let forgotten = later.plus(UNUSED);
        assert!(documents.get(id, forgotten).is_none());
    }

    #[test]
    fn strangers_fill_a_bounded_room() {
        let documents = Documents::default();
        for number in 0..2 * MOST {
            let now = Timestamp::from_secs(1_000_000 + number as u64);
            documents.keep(client(number), now, now);
        }
        documents.with(|kept| assert_eq!(kept.documents.len(), MOST));
        let last = Timestamp::from_secs(1_000_000 + 2 * MOST as u64);
        assert!(documents.get("https://app.test/0", last).is_none());
        assert!(documents.get(&format!("https://app.test/{}", 2 * MOST - 1), last).is_some());
    }

    #[test]
    fn fetches_are_bounded_at_a_time_and_in_a_minute() {
        let (documents, now) = (Documents::default(), Timestamp::from_secs(1_000_000));
        let held: Vec<_> = (0..AT_ONCE).map(|_| documents.turn(now).unwrap()).collect();
        assert!(documents.turn(now).is_none());
        drop(held);
        let more = PER_MINUTE as usize - AT_ONCE;
        assert!((0..more).all(|_| documents.turn(now).is_some()));
        assert!(documents.turn(now).is_none());
        assert!(documents.turn(now.plus(MINUTE)).is_some());
    }
}
