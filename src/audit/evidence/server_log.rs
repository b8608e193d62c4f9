//! The server's log, where the operator shows it to the audit.

use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::Evidence;
use crate::audit::probe::Trouble;

/// Of a long log the end is read.
const MAX_LOG: u64 = 32 * 1024 * 1024;

impl Evidence {
    /// The end of the log; `None` where no log is shown.
    pub async fn log(&self) -> Result<Option<String>, Trouble> {
        let Some(path) = &self.server_log else { return Ok(None) };
        let unreadable =
            |error: std::io::Error| Trouble::Basis(format!("{}: {error}", path.display()));
        read_end(path).await.map(Some).map_err(unreadable)
    }
}

async fn read_end(path: &Path) -> std::io::Result<String> {
    let mut file = tokio::fs::File::open(path).await?;
    let length = file.metadata().await?.len();
    file.seek(std::io::SeekFrom::Start(length.saturating_sub(MAX_LOG))).await?;
    let mut bytes = Vec::new();
    file.take(MAX_LOG).read_to_end(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
