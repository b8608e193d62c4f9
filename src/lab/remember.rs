//! What remembers: the engine that the configuration names.

use std::sync::Arc;

use super::{LabError, LabOptions};
use crate::config::{Config, StoreConfig};
use crate::store::{MemoryStore, RedisStore, SqliteStore, Store};

/// Opens it. A file is made when it is not there.
pub(super) async fn open(
    config: &Config,
    options: &LabOptions,
) -> Result<Arc<dyn Store>, LabError> {
    if let Some(engine) = &options.engine {
        return Ok(Arc::clone(engine));
    }
    let clock = options.clock.clone();
    Ok(match &config.store {
        StoreConfig::Memory => Arc::new(MemoryStore::new(clock)),
        StoreConfig::Sqlite(path) => {
            let path = path.clone();
            // It waits for the disk, and for whoever works with the file alone.
            let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path, clock));
            Arc::new(opened.await.map_err(|_| LabError::Interrupted)??)
        }
        StoreConfig::Redis(url) => {
            Arc::new(RedisStore::open(url, config.issuer.url.as_str(), clock).await?)
        }
    })
}
