//! `oauthlab store rekey`: another key in the place of the one that seals a database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::context::Context;
use super::{runtime, store_key};
use crate::error::Error;
use crate::lab::{LabError, StoreKeyError, store_key as key_file};
use crate::store::{DatabaseFile, SealKey, SealedStore};

/// What was done, for people and for programs.
pub(super) fn run(
    context: &Context,
    database: &DatabaseFile,
    new_key_file: &Path,
) -> Result<(String, Value), Error> {
    let path = database.path();
    // Before a key is made for it.
    database.verify()?;
    let given = store_key::given()?;
    let beside = key_file::beside(path);
    let old = key_file::find(given.as_ref(), &beside, true).map_err(LabError::from)?;
    let new = key_file::find(None, new_key_file, false).map_err(LabError::from)?;
    // Else it was killed after the last step but one.
    let records = if database.is_sealed_with(&new)? {
        0
    } else {
        keep_seed(context, database, &old)?;
        database.rekey(&old, &new)?
    };
    let kept = given.is_none().then(|| key_file::replace(&beside, &new)).transpose();
    kept.map_err(LabError::from)?;
    let key: PathBuf = if given.is_none() { beside } else { new_key_file.to_owned() };
    let text =
        format!("{}: {records} records sealed with the key in {}", path.display(), key.display());
    let document = json!({
        "schema": "oauthlab.store-rekey/v1", "path": path, "records": records, "key_file": key,
    });
    if given.is_some() {
        context.terminal.say("start the lab with OAUTHLAB_STORE_KEY_FILE naming the new key");
    }
    context.terminal.say("older backups are sealed with the old key: keep it as long as them");
    Ok((text, document))
}

/// Secrets that follow from the first key stay what they are.
fn keep_seed(context: &Context, database: &DatabaseFile, old: &SealKey) -> Result<(), Error> {
    runtime::block_on(context, async {
        let engine = Arc::new(database.store(context.clock.clone())?);
        let sealed = SealedStore::open(engine, old).await.map_err(StoreKeyError::from);
        let sealed = sealed.map_err(LabError::from)?;
        let seed = sealed.seed(old).await.map_err(StoreKeyError::Store);
        seed.map_err(LabError::from)?;
        Ok(0)
    })
    .map(drop)
}

/// Tries the key on a database or a backup: what to say, and the member of the document. Without a
/// key nothing is tried.
pub(super) fn tried(database: &DatabaseFile, backup: bool) -> Result<(String, Value), Error> {
    let given = store_key::given()?;
    let beside = key_file::beside(database.path());
    let key = match key_file::find(given.as_ref(), &beside, true) {
        Err(StoreKeyError::Missing(_)) => {
            return Ok((
                "; its key is not here, so that no value was opened".to_owned(),
                json!("absent"),
            ));
        }
        found => found.map_err(LabError::from)?,
    };
    let opened = database.opens_with(&key, backup)?;
    Ok((format!(", and its key opens it ({opened} records tried)"), json!("fits")))
}
