//! The one writer: a thread that commits in groups. Whatever is asked while a commit runs goes into
//! the next one, so that a busy lab waits for its disk once a group and not once a record. An
//! answer leaves after its commit, never before.

use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::error::of_sqlite;
use super::usage::{Bounds, Usage};
use super::verb::{Group, Outcome, Verb};
use crate::clock::{Clock, Timestamp};
use crate::store::{StoreError, Trouble};

/// Verbs that wait for the writer at most; whoever comes later waits to be let in.
const WAITING: usize = 4096;
/// Verbs in one transaction at most.
const GROUP: usize = 1024;
/// How long a full store refuses without looking for expired records again.
const PAUSE: Duration = Duration::from_secs(1);

/// The way to the thread. When it is dropped, the thread ends with what it was asked so far.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    verb: Verb,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

struct Thread {
    connection: Connection,
    clock: Clock,
    bounds: Bounds,
    fruitless_until: Timestamp,
}

const CLOSED: StoreError = StoreError::Unavailable(Trouble::Closed);

impl Writer {
    pub(super) fn start(
        connection: Connection,
        clock: Clock,
        bounds: Bounds,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(WAITING);
        let fruitless_until = Timestamp::default();
        let thread = Thread { connection, clock, bounds, fruitless_until };
        let named = std::thread::Builder::new().name("store".to_owned());
        let thread = named.spawn(move || thread.run(queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does it; the answer comes when it is on the disk.
    pub(super) async fn perform(&self, verb: Verb) -> Result<Outcome, StoreError> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(CLOSED)?;
        jobs.send(Job { verb, answer }).await.map_err(|_| CLOSED)?;
        answered.await.map_err(|_| CLOSED)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It panicked, or it ended: either way it is gone.
            drop(thread.join());
        }
    }
}

impl Thread {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(job) = queue.try_recv()
            {
                group.push(job);
            }
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Job>) {
        let (verbs, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|job| (job.verb, job.answer)).unzip();
        let outcomes = self.transact(&verbs);
        // Whoever does not wait any more need not be told.
        match outcomes {
            Ok(outcomes) => answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| {
                let _ = answer.send(outcome);
            }),
            Err(error) => answers.into_iter().for_each(|answer| {
                let _ = answer.send(Err(error.clone()));
            }),
        }
    }

    /// One transaction: what each verb came to, or why none of them did anything.
    fn transact(&mut self, verbs: &[Verb]) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let begin = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(begin).map_err(of_sqlite)?;
        let before = Usage::load(&transaction).map_err(of_sqlite)?;
        // From here on no other process writes.
        let now = self.clock.now();
        let mut group = Group {
            connection: &transaction,
            usage: before,
            bounds: self.bounds,
            now,
            may_sweep: self.fruitless_until <= now,
        };
        let mut outcomes = Vec::with_capacity(verbs.len());
        for verb in verbs {
            let outcome = group.perform(verb);
            if let (Err(error), true) = (&outcome, transaction.is_autocommit()) {
                // The engine rolled all of it back.
                return Err(error.clone());
            }
            outcomes.push(outcome);
        }
        let (usage, could_sweep) = (group.usage, group.may_sweep);
        if !could_sweep && self.fruitless_until <= now {
            self.fruitless_until = now.plus(PAUSE);
        }
        if usage != before {
            usage.save(&transaction).map_err(of_sqlite)?;
        }
        transaction.commit().map_err(of_sqlite)?;
        Ok(outcomes)
    }
}
