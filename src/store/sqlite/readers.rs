//! Readers: a few connections that see the last commit and never wait for the writer.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::of_sqlite;
use crate::store::{StoreError, Trouble};

/// Connections that nobody uses right now, as many as there are free permits.
#[derive(Debug)]
pub(super) struct Readers {
    // A std mutex: held for one push or pop, never across an await.
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

const CLOSED: StoreError = StoreError::Unavailable(Trouble::Closed);

impl Readers {
    pub(super) fn of(connections: Vec<Connection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self { idle: Arc::new(Mutex::new(connections)), permits }
    }

    /// Reads on a thread that may wait for the disk. Each statement sees what was committed before
    /// it began, and nothing half done.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| CLOSED)?;
        let idle = Arc::clone(&self.idle);
        let task = tokio::task::spawn_blocking(move || {
            let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = lock().pop().ok_or(CLOSED)?;
            let found = read(&connection);
            lock().push(connection);
            drop(permit);
            found.map_err(of_sqlite)
        });
        task.await.map_err(|_| CLOSED)?
    }
}
