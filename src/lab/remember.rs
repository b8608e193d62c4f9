//! What remembers: the engine that the configuration names, sealed where it is outside of this
//! process.

use std::path::PathBuf;
use std::sync::Arc;

use super::store_key::{self, StoreKeyError};
use super::{LabError, LabOptions};
use crate::config::{Config, StoreConfig};
use crate::random::Random;
use crate::store::{MemoryStore, RedisStore, SealedStore, SqliteStore, Store, View, is_sealed};

/// The engine, and what follows from the key that seals it.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) engine: Arc<dyn Store>,
    /// Randomness that is the same at every node and after every restart: for secrets that the
    /// configuration leaves to the lab. `None` where nothing outlives the process.
    pub(super) lasting: Option<Random>,
}

/// Opens it. A file is made when it is not there.
pub(super) async fn open(config: &Config, options: &LabOptions) -> Result<Memory, LabError> {
    if let Some(engine) = &options.engine {
        return Ok(Memory { engine: Arc::clone(engine), lasting: None });
    }
    let clock = options.clock.clone();
    match &config.store {
        StoreConfig::Memory { capacity } => {
            let engine = match capacity {
                Some(capacity) => MemoryStore::with_capacity(clock, *capacity),
                None => MemoryStore::new(clock),
            };
            Ok(Memory { engine: Arc::new(engine), lasting: None })
        }
        StoreConfig::Sqlite(path) => {
            let file = path.clone();
            // It waits for the disk, and for whoever has the file alone.
            let engine = blocking(move || SqliteStore::open(&file, clock)).await??;
            let key = store_key::beside(engine.path());
            sealed(Arc::new(engine), key, options).await
        }
        StoreConfig::Redis(url) => {
            let engine = RedisStore::open(url, config.issuer.url.as_str(), clock).await?;
            sealed(Arc::new(engine), options.data.path().join("store-key"), options).await
        }
    }
}

/// Seals with the key that was given, or with that of a file.
async fn sealed(
    engine: Arc<dyn Store>,
    file: PathBuf,
    options: &LabOptions,
) -> Result<Memory, LabError> {
    let is_sealed = is_sealed(&*engine).await.map_err(StoreKeyError::Store)?;
    let given = options.store_key.clone();
    let key = blocking(move || store_key::find(given.as_ref(), &file, is_sealed)).await??;
    let engine = SealedStore::open(engine, &key).await.map_err(StoreKeyError::from)?;
    let seed = engine.seed(&key).await.map_err(StoreKeyError::Store)?;
    let lasting = Some(Random::seeded(seed.expose()));
    let engine: Arc<dyn Store> = Arc::new(engine);
    View::new(Arc::clone(&engine)).label_all().await.map_err(StoreKeyError::Store)?;
    Ok(Memory { engine, lasting })
}

/// What waits for the disk, off the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LabError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LabError::Interrupted)
}
