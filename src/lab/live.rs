//! The live record: the ready record plus the inspector's token, in a 0600 file that `serve` alone
//! writes. Client commands find the lab and its CA through it. Whether a lab still runs is told by
//! a lock that its process holds: a crash releases it, and a reused process id cannot fake it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ClientKey;
use super::ready::ReadyRecord;
use crate::protocol::Secret;
use crate::tls::{DataDir, PrivateDir, TlsError};

/// A running lab, as its own user may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRecord {
    /// What every reader may know.
    #[serde(flatten)]
    pub ready: ReadyRecord,
    /// The inspector's bearer token. Nothing else prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspector_token: Option<Secret>,
    /// Keys that the lab made for its clients, by their id. Nothing prints them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_keys: BTreeMap<String, ClientKey>,
    /// The file of its database, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<PathBuf>,
    /// Where the record stands; known to whoever read it.
    #[serde(skip)]
    pub file: PathBuf,
}

/// Why a lab was not found, or could not take its name.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Nothing runs.
    #[error("no lab is running")]
    None,
    /// Several run, and none was named.
    #[error("{} labs are running: {}", .names.len(), .names.join(", "))]
    Several {
        /// Their names.
        names: Vec<String>,
    },
    /// None of this name runs.
    #[error("no lab named `{name}` is running")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names of those that run.
        names: Vec<String>,
    },
    /// The record that the environment names belongs to no running lab.
    #[error("the lab of {} does not run any more", path.display())]
    Gone {
        /// The record's file.
        path: PathBuf,
    },
    /// The name is taken.
    #[error("a lab named `{name}` is already running")]
    Taken {
        /// The name.
        name: String,
    },
    /// Somebody else's file.
    #[error("the live record {} is not an own, regular file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Not a record.
    #[error("the live record {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A lock could not be taken or asked for.
    #[error("cannot lock {}: {reason}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] TlsError),
}

impl LiveError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::None => {
                "start one with `oauthlab serve`, or name a server by --server URL".into()
            }
            Self::Several { .. } => "choose one with --server NAME".into(),
            Self::Unknown { names, .. } if names.is_empty() => "start it with --name".into(),
            Self::Unknown { names, .. } => format!("running: {}", names.join(", ")),
            Self::Gone { .. } => {
                "unset OAUTHLAB_STATE, or run `eval \"$(oauthlab env)\"` again".into()
            }
            Self::Taken { .. } => "give this one another name with --name".into(),
            Self::Foreign { path } | Self::Damaged { path } => {
                format!("remove {} and start the lab again", path.display())
            }
            Self::Lock { .. } => "look at the folder's permissions and free space".into(),
            Self::Files(error) => error.hint(),
        }
    }
}

/// A record is a few kilobytes; a lab with thousands of clients still fits.
const LIMIT: u64 = 4 * 1024 * 1024;
/// More files than that in the folder are not looked at.
const MOST: usize = 4096;
/// How often a name is tried for while another process only looks at its lock.
const TRIES: u32 = 50;

/// A lab's name, held for as long as the lab runs. Dropping it removes the record.
#[derive(Debug)]
pub struct Claim {
    dir: PrivateDir,
    name: String,
    _lock: File,
}

impl Claim {
    /// Takes a name. Fails when another running lab has it.
    pub fn take(data: &DataDir, name: &str) -> Result<Self, LiveError> {
        let dir = data.run_dir()?;
        dir.file(&record_file(name))?;
        for _ in 0..TRIES {
            if let Some(lock) = hold(&dir, name)? {
                return Ok(Self { dir, name: name.to_owned(), _lock: lock });
            }
            // A reader holds the lock for microseconds only.
            std::thread::yield_now();
        }
        Err(LiveError::Taken { name: name.to_owned() })
    }

    /// Where the record stands, once published.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join(record_file(&self.name))
    }

    /// Writes the record, whole and at once.
    pub fn publish(&self, record: &LiveRecord) -> Result<PathBuf, LiveError> {
        let damaged = |_| LiveError::Damaged { path: self.path() };
        let json = Secret::new(serde_json::to_string(record).map_err(damaged)?);
        Ok(self.dir.write_private(&record_file(&self.name), json.expose().as_bytes())?)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        remove(&self.dir, &self.name);
    }
}

/// Every running lab, by name. What dead ones left behind is removed on the way.
pub fn all(data: &DataDir) -> Result<Vec<LiveRecord>, LiveError> {
    let dir = data.run_dir()?;
    let failed = |reason| TlsError::Read { path: dir.path().to_owned(), reason };
    let mut names = Vec::new();
    for entry in fs::read_dir(dir.path()).map_err(failed)?.take(MOST) {
        let file = entry.map_err(failed)?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
        names.extend(name.filter(|name| !name.starts_with('.')).map(str::to_owned));
    }
    names.sort();
    let mut records = Vec::new();
    for name in names {
        if is_running(&dir, &name)? {
            records.extend(read(&dir, &name)?);
        }
    }
    Ok(records)
}

/// The lab of a name; without one the only lab that runs.
pub fn find(data: &DataDir, name: Option<&str>) -> Result<LiveRecord, LiveError> {
    let mut records = all(data)?;
    let names = || records.iter().map(|record| record.ready.name.clone()).collect::<Vec<_>>();
    let at = match name {
        Some(name) => records
            .iter()
            .position(|record| record.ready.name == name)
            .ok_or_else(|| LiveError::Unknown { name: name.to_owned(), names: names() })?,
        None if records.is_empty() => return Err(LiveError::None),
        None if records.len() > 1 => return Err(LiveError::Several { names: names() }),
        None => 0,
    };
    Ok(records.swap_remove(at))
}

/// The lab whose record stands at this path: what `serve` tells a child in `OAUTHLAB_STATE`.
pub fn at(path: &Path) -> Result<LiveRecord, LiveError> {
    let gone = || LiveError::Gone { path: path.to_owned() };
    let name = path.file_name().and_then(|file| file.to_str()?.strip_suffix(".json"));
    let (folder, name) = path.parent().zip(name).ok_or_else(gone)?;
    // Opening a folder makes it; a wrong path shall not.
    if !folder.is_dir() {
        return Err(gone());
    }
    let dir = PrivateDir::open(folder)?;
    if !is_running(&dir, name)? {
        return Err(gone());
    }
    read(&dir, name)?.ok_or_else(gone)
}

fn record_file(name: &str) -> String {
    format!("{name}.json")
}

fn lock_path(dir: &PrivateDir, name: &str) -> Result<PathBuf, LiveError> {
    Ok(dir.file(&format!("{name}.lock"))?)
}

/// The lock of a name, exclusively; `None` when another process has it, or removed its file
/// between our opening and our locking.
fn hold(dir: &PrivateDir, name: &str) -> Result<Option<File>, LiveError> {
    let path = lock_path(dir, name)?;
    let failed = |reason| LiveError::Lock { path: path.clone(), reason };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(reason)) => return Err(failed(reason)),
        Ok(()) => {}
    }
    let own = file.metadata().map_err(failed)?.ino();
    let same = fs::metadata(&path).is_ok_and(|there| there.ino() == own);
    Ok(same.then_some(file))
}

/// Whether the lab of a name runs. A record without a holder is removed, under its lock.
fn is_running(dir: &PrivateDir, name: &str) -> Result<bool, LiveError> {
    match hold(dir, name)? {
        None => Ok(true),
        Some(_lock) => {
            remove(dir, name);
            Ok(false)
        }
    }
}

/// Removes record and lock file. Call it only while the lock is held.
fn remove(dir: &PrivateDir, name: &str) {
    for file in [record_file(name), format!("{name}.lock")] {
        // A file that cannot be removed is seen as stale by the next reader.
        let _ = dir.remove(&file);
    }
}

fn read(dir: &PrivateDir, name: &str) -> Result<Option<LiveRecord>, LiveError> {
    let path = dir.file(&record_file(name))?;
    let Ok(metadata) = fs::symlink_metadata(&path) else { return Ok(None) };
    let owner = fs::metadata(dir.path()).map(|folder| folder.uid());
    if !metadata.is_file() || owner.is_ok_and(|owner| owner != metadata.uid()) {
        return Err(LiveError::Foreign { path });
    }
    let Some(bytes) = dir.read_private(&record_file(name), LIMIT)? else { return Ok(None) };
    let bytes = zeroize::Zeroizing::new(bytes);
    match serde_json::from_slice::<LiveRecord>(&bytes) {
        Ok(record) => Ok(Some(LiveRecord { file: path, ..record })),
        Err(_) => Err(LiveError::Damaged { path }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::super::ready::tests::record as ready;
    use super::*;

    fn data() -> (tempfile::TempDir, DataDir) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().as_os_str().to_owned();
        let data = DataDir::locate(|name| (name == "OAUTHLAB_DATA_DIR").then(|| path.clone()));
        (root, data.unwrap())
    }

    fn live(data: &DataDir, name: &str) -> LiveRecord {
        let file = data.run_dir().unwrap().path().join(format!("{name}.json"));
        let inspector_token = Some(Secret::new("t"));
        let client_keys = BTreeMap::new();
        LiveRecord { ready: ready(name), inspector_token, client_keys, database: None, file }
    }

    fn start(data: &DataDir, name: &str) -> Claim {
        let claim = Claim::take(data, name).unwrap();
        claim.publish(&live(data, name)).unwrap();
        claim
    }

    #[test]
    fn the_only_lab_is_found_and_two_want_a_name() {
        let (_root, data) = data();
        assert!(matches!(find(&data, None), Err(LiveError::None)));
        let one = start(&data, "one");
        assert_eq!(find(&data, None).unwrap(), live(&data, "one"));
        let _two = start(&data, "two");
        let error = find(&data, None).unwrap_err();
        assert_eq!(error.to_string(), "2 labs are running: one, two");
        assert_eq!(find(&data, Some("two")).unwrap(), live(&data, "two"));
        assert!(matches!(find(&data, Some("three")), Err(LiveError::Unknown { .. })));
        assert_eq!(at(&one.path()).unwrap(), live(&data, "one"));
    }

    #[test]
    fn a_stopped_lab_leaves_nothing_behind() {
        let (_root, data) = data();
        let claim = start(&data, "one");
        let path = claim.path();
        drop(claim);
        assert_eq!(fs::read_dir(data.run_dir().unwrap().path()).unwrap().count(), 0);
        assert!(matches!(at(&path), Err(LiveError::Gone { .. })));
    }

    #[test]
    fn the_record_of_a_dead_lab_is_ignored_and_removed() {
        let (_root, data) = data();
        let run = data.run_dir().unwrap();
        run.write_private(
            "dead.json",
            serde_json::to_string(&live(&data, "dead")).unwrap().as_bytes(),
        )
        .unwrap();
        assert!(matches!(find(&data, None), Err(LiveError::None)));
        assert_eq!(fs::read_dir(run.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_name_is_taken_once() {
        let (_root, data) = data();
        let first = start(&data, "one");
        assert!(matches!(Claim::take(&data, "one"), Err(LiveError::Taken { .. })));
        drop(first);
        start(&data, "one");
        assert!(Claim::take(&data, "../one").is_err());
    }

    #[test]
    fn a_record_that_others_may_read_or_that_is_a_link_is_refused() {
        let (root, data) = data();
        let claim = start(&data, "one");
        fs::set_permissions(claim.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let error = find(&data, None).unwrap_err();
        assert!(matches!(error, LiveError::Files(TlsError::FileOpen { .. })), "{error}");
        fs::remove_file(claim.path()).unwrap();
        symlink(root.path().join("elsewhere"), claim.path()).unwrap();
        assert!(matches!(find(&data, None), Err(LiveError::Foreign { .. })));
    }
}
