//! The Redis engine: one store for several nodes, on Redis or Valkey. Every verb is one command or
//! one script, so it is atomic for all nodes. A command that was not answered was perhaps done: it
//! is never repeated, its request fails, and nothing is issued for it.

mod address;
mod open;
mod place;
mod script;
#[cfg(test)]
pub(super) mod testing;

use std::fmt;
use std::time::Duration;

use ::redis::aio::ConnectionManager;
use ::redis::{RedisError, RedisResult, ScriptInvocation};

pub use open::RedisOpenError;

use self::place::Places;
use self::script::Scripts;
use super::room::{BYTES_PER_RECORD, STRANGERS};
use super::{Answer, Content, Key, Kind, Page, Record, Store, StoreError, Trouble};
use crate::clock::{Clock, Timestamp};
use crate::protocol::Secret;

/// A store on a Redis server, of one issuer.
pub struct RedisStore {
    connection: ConnectionManager,
    places: Places,
    scripts: Scripts,
    clock: Clock,
    most: usize,
}

/// Records that one lab keeps there at most, unless told otherwise.
const DEFAULT_CAPACITY: usize = 5_000_000;

/// What the script of `put` says when there is none.
const NO_ROOM: i8 = -1;

/// The server forgets a record by itself so long after its expiry: only where no lab sweeps any
/// more. The lab's own clock decides what lives.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// A lifetime that every server takes: what never expires is kept for a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Dead records that one script forgets: nobody else is served meanwhile.
const SWEPT_AT_ONCE: usize = 512;

/// Keys of a scan that are read at once.
const READ_AT_ONCE: usize = 500;

impl RedisStore {
    /// Connects and checks the server.
    pub async fn open(url: &Secret, issuer: &str, clock: Clock) -> Result<Self, RedisOpenError> {
        let places = Places::of(issuer);
        let connection = open::connect(url, &places).await?;
        let scripts = Scripts::new();
        Ok(Self { connection, places, scripts, clock, most: DEFAULT_CAPACITY })
    }

    /// The same with another bound of records.
    #[must_use]
    pub const fn with_capacity(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// A script's call with the keys of one record.
    fn call<'s>(&self, script: &'s ::redis::Script, kind: Kind, key: Key) -> ScriptInvocation<'s> {
        let mut call = script.prepare_invoke();
        call.key(self.places.record(kind, key))
            .key(self.places.index(kind))
            .key(self.places.expiries())
            .key(self.places.versions())
            .key([self.places.label_prefix(), format!("{}:", kind.number()).into_bytes()].concat());
        if kind.is_of_strangers() {
            call.key(self.places.weight());
        }
        call.arg(self.clock.now().millis())
            .arg(Places::place(kind, key))
            .arg(key.as_bytes().as_slice());
        call
    }

    /// How long the server itself keeps a record, in milliseconds.
    fn lifetime(&self, expires: Timestamp) -> u64 {
        let rest = expires.since(self.clock.now()).saturating_add(LEFT_BEHIND);
        u64::try_from(rest.min(LONGEST).as_millis()).unwrap_or(u64::MAX)
    }

    async fn insert(&self, place: (Kind, Key), new: Content, only_new: bool) -> Outcome<bool> {
        let (kind, key) = place;
        let mut call = self.call(&self.scripts.put, kind, key);
        call.arg(new.expires.millis())
            .arg(self.lifetime(new.expires))
            .arg(new.value)
            .arg(hex(&new.labels))
            .arg(u8::from(only_new))
            .arg(self.most)
            .arg(self.most.saturating_mul(BYTES_PER_RECORD) / STRANGERS);
        let put = || async {
            let written = run::<i8>(&call, &self.connection).await;
            written.map_err(|error| self.fault(&error))
        };
        let mut written = put().await?;
        // What is dead makes room. Looking for it costs little where there is none.
        if written == NO_ROOM && self.swept(SWEPT_AT_ONCE).await? > 0 {
            written = put().await?;
        }
        if written == NO_ROOM { Err(StoreError::Full(self.most)) } else { Ok(written == 1) }
    }

    async fn taken(&self, kind: Kind, key: Key) -> Outcome<Option<Record>> {
        let call = self.call(&self.scripts.take, kind, key);
        let raw = run::<Option<Vec<u8>>>(&call, &self.connection).await;
        match raw.map_err(|error| self.fault(&error))? {
            Some(raw) => Ok(Some(parse(&raw)?.0)),
            None => Ok(None),
        }
    }

    async fn swapped(&self, kind: Kind, key: Key, version: u64, new: Content) -> Outcome<bool> {
        let mut call = self.call(&self.scripts.replace, kind, key);
        call.arg(version)
            .arg(new.expires.millis())
            .arg(self.lifetime(new.expires))
            .arg(new.value)
            .arg(hex(&new.labels));
        let swapped = run::<u8>(&call, &self.connection).await;
        Ok(swapped.map_err(|error| self.fault(&error))? == 1)
    }

    /// The live ones among these keys, in the order of the keys; with a label, those that bear it.
    async fn read(
        &self,
        kind: Kind,
        label: Option<Key>,
        keys: &[Key],
    ) -> Outcome<Vec<Option<Record>>> {
        let mut command = ::redis::cmd("MGET");
        for key in keys {
            command.arg(self.places.record(kind, *key));
        }
        let mut connection = self.connection.clone();
        let found = command.query_async::<Vec<Option<Vec<u8>>>>(&mut connection).await;
        let (now, label) = (self.clock.now(), label.map(Places::hex));
        let bears = |labels: &str| label.as_ref().is_none_or(|label| labels.contains(label));
        let found = found.map_err(|error| self.fault(&error))?.into_iter().map(|raw| {
            let Some(raw) = raw else { return Ok(None) };
            let (record, labels) = parse(&raw)?;
            // It may have lost the label since the index was read.
            let wanted = now < record.expires && bears(labels);
            Ok(wanted.then_some(record))
        });
        found.collect()
    }

    /// Keys of an index in order, after one, dead ones among them.
    async fn keys(&self, index: &[u8], after: Option<Key>, limit: usize) -> Outcome<Vec<Key>> {
        let from = after.map_or(vec![b'-'], |after| [b"(", after.as_bytes().as_slice()].concat());
        let mut command = ::redis::cmd("ZRANGEBYLEX");
        command.arg(index).arg(from).arg("+").arg("LIMIT").arg(0).arg(limit);
        let mut connection = self.connection.clone();
        let found = command.query_async::<Vec<Vec<u8>>>(&mut connection).await;
        let keys = found
            .map_err(|error| self.fault(&error))?
            .into_iter()
            .map(|bytes| bytes.try_into().map(Key::from_bytes).map_err(|_| StoreError::Corrupt));
        keys.collect()
    }

    async fn page(
        &self,
        kind: Kind,
        label: Option<Key>,
        after: Option<Key>,
        limit: usize,
    ) -> Outcome<Page> {
        let index = match label {
            None => self.places.index(kind),
            Some(label) => self.places.label(kind, label),
        };
        let (mut records, mut from) = (Vec::new(), after);
        // One more than the page, so that it is known whether there is another.
        while records.len() <= limit {
            let keys = self.keys(&index, from, READ_AT_ONCE.min(limit.saturating_add(1))).await?;
            let Some(last) = keys.last() else { break };
            from = Some(*last);
            let found = self.read(kind, label, &keys).await?;
            records
                .extend(keys.into_iter().zip(found).filter_map(|(key, found)| Some((key, found?))));
        }
        let more = records.len() > limit;
        records.truncate(limit);
        let next = records.last().map(|(key, _)| *key).filter(|_| more);
        Ok(Page { records, next })
    }

    async fn swept(&self, budget: usize) -> Outcome<usize> {
        let mut forgotten = 0;
        while forgotten < budget {
            let at_once = SWEPT_AT_ONCE.min(budget - forgotten);
            let mut call = self.scripts.sweep.prepare_invoke();
            call.key(self.places.expiries())
                .key(self.places.record_prefix())
                .key(self.places.index_prefix())
                .key(self.places.label_prefix())
                .key(self.places.weight())
                .arg(self.clock.now().millis())
                .arg(at_once);
            for kind in Kind::ALL.iter().filter(|kind| kind.is_of_strangers()) {
                call.arg(kind.number());
            }
            let dead = run::<usize>(&call, &self.connection).await;
            let dead = dead.map_err(|error| self.fault(&error))?;
            forgotten += dead;
            if dead < at_once {
                break;
            }
        }
        Ok(forgotten)
    }

    /// What is in the indexes: what is dead counts until it is swept.
    async fn counted(&self) -> Outcome<Vec<(Kind, u64)>> {
        let mut asked = ::redis::pipe();
        for kind in Kind::ALL {
            asked.cmd("ZCARD").arg(self.places.index(*kind));
        }
        let counts = asked.query_async::<Vec<u64>>(&mut self.connection.clone()).await;
        let counts = counts.map_err(|error| self.fault(&error))?;
        Ok(Kind::ALL.iter().copied().zip(counts).collect())
    }

    fn fault(&self, error: &RedisError) -> StoreError {
        match error.code() {
            // `maxmemory` is reached, and nothing is evicted.
            Some("OOM") => StoreError::Full(self.most),
            Some("READONLY" | "MISCONF") => StoreError::Unavailable(Trouble::ReadOnly),
            Some("LOADING" | "BUSY") => StoreError::Unavailable(Trouble::Busy),
            _ if error.is_timeout() => StoreError::Unavailable(Trouble::TimedOut),
            Some(_) => StoreError::Unavailable(Trouble::Engine),
            None => StoreError::Unavailable(Trouble::Unreachable),
        }
    }
}

type Outcome<T> = Result<T, StoreError>;

async fn run<T: ::redis::FromRedisValue>(
    call: &ScriptInvocation<'_>,
    connection: &ConnectionManager,
) -> RedisResult<T> {
    // A clone of the handle: all share one connection and its pipeline.
    call.invoke_async(&mut connection.clone()).await
}

fn hex(labels: &[Key]) -> String {
    labels.iter().copied().map(Places::hex).collect()
}

/// `VERSION EXPIRES LABELS\nVALUE`: the record and its labels. Schema 1 had none.
fn parse(raw: &[u8]) -> Outcome<(Record, &str)> {
    let parts = || {
        let end = raw.iter().position(|byte| *byte == b'\n')?;
        let (head, value) = raw.split_at_checked(end)?;
        let (version, rest) = std::str::from_utf8(head).ok()?.split_once(' ')?;
        let (expires, labels) = rest.split_once(' ').unwrap_or((rest, ""));
        let record = Record {
            version: version.parse().ok()?,
            expires: Timestamp::from_millis(expires.parse().ok()?),
            value: value.get(1..)?.to_vec(),
        };
        Some((record, labels))
    };
    parts().ok_or(StoreError::Corrupt)
}

impl Store for RedisStore {
    fn get(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        Box::pin(async move { Ok(self.read(kind, None, &[key]).await?.pop().flatten()) })
    }

    fn put(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, ()> {
        Box::pin(async move { self.insert((kind, key), new, false).await.map(|_| ()) })
    }

    fn put_new(&self, kind: Kind, key: Key, new: Content) -> Answer<'_, bool> {
        Box::pin(self.insert((kind, key), new, true))
    }

    fn take(&self, kind: Kind, key: Key) -> Answer<'_, Option<Record>> {
        Box::pin(self.taken(kind, key))
    }

    fn replace(&self, kind: Kind, key: Key, version: u64, new: Content) -> Answer<'_, bool> {
        Box::pin(self.swapped(kind, key, version, new))
    }

    fn scan(&self, kind: Kind, after: Option<Key>, limit: usize) -> Answer<'_, Page> {
        Box::pin(self.page(kind, None, after, limit))
    }

    fn scan_label(
        &self,
        kind: Kind,
        label: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Answer<'_, Page> {
        Box::pin(self.page(kind, Some(label), after, limit))
    }

    fn sweep(&self, budget: usize) -> Answer<'_, usize> {
        Box::pin(self.swept(budget))
    }

    fn census(&self) -> Answer<'_, Vec<(Kind, u64)>> {
        Box::pin(self.counted())
    }
}

impl fmt::Debug for RedisStore {
    /// Without the connection: its URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("places", &self.places).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
