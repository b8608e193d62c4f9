//! The key that seals a store: given from outside, or in a file, which is made with the store and for
//! its owner alone. Without the key what is in the store is lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::protocol::Secret;
use crate::random::Random;
use crate::store::{SealError, SealKey, StoreError};

/// There is no key, or not the right one.
#[derive(Debug, thiserror::Error)]
pub enum StoreKeyError {
    /// What was given is no key.
    #[error("OAUTHLAB_STORE_KEY is no key: it has 64 hexadecimal digits")]
    Malformed,
    /// What is in the file is no key.
    #[error("{0} holds no store key: that is 64 hexadecimal digits")]
    MalformedFile(PathBuf),
    /// Others can read the file.
    #[error("{path} can be read by others (mode {mode:03o})")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The database was sealed, and its key is not there.
    #[error("the store is sealed, and its key is not in {0}")]
    Missing(PathBuf),
    /// Another key sealed the database.
    #[error("the store was sealed with another key")]
    Other,
    /// The file system refuses.
    #[error("cannot {verb} {path}: {reason}")]
    File {
        /// What was tried.
        verb: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        reason: io::Error,
    },
    /// No randomness.
    #[error("the system's random number generator failed")]
    Random,
    /// The database cannot be asked.
    #[error(transparent)]
    Store(StoreError),
}

impl StoreKeyError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Malformed | Self::MalformedFile(_) => {
                "`openssl rand -hex 32` makes one".to_owned()
            }
            Self::Exposed { path, .. } => format!("chmod 600 {}", path.display()),
            Self::Missing(_) | Self::Other => {
                "give the key as OAUTHLAB_STORE_KEY, or bring its file back; or name a new store"
                    .to_owned()
            }
            Self::File { .. } => "the folder must exist and be writable".to_owned(),
            Self::Random => "look at the log of the system".to_owned(),
            Self::Store(error) => error.hint().to_owned(),
        }
    }
}

impl From<SealError> for StoreKeyError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::OtherKey => Self::Other,
            SealError::Store(error) => Self::Store(error),
        }
    }
}

/// A file is never longer.
const LONGEST: u64 = 256;

/// Where the key of a database is kept.
pub fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-key");
    PathBuf::from(name)
}

/// The key that was given, or that of the file. It is made for a store that has none yet.
pub fn find(
    given: Option<&Secret>,
    file: &Path,
    is_sealed: bool,
) -> Result<SealKey, StoreKeyError> {
    if let Some(given) = given {
        return SealKey::parse(given).map_err(|_| StoreKeyError::Malformed);
    }
    match read(file)? {
        Some(key) => Ok(key),
        None if is_sealed => Err(StoreKeyError::Missing(file.to_owned())),
        None => make(file),
    }
}

fn read(path: &Path) -> Result<Option<SealKey>, StoreKeyError> {
    let failed = |reason| StoreKeyError::File { verb: "read", path: path.to_owned(), reason };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(failed(reason)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode.trailing_zeros() < 6 {
        return Err(StoreKeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    let text = Secret::new(text);
    read.map_err(failed)?;
    let key = SealKey::parse(&text);
    key.map(Some).map_err(|_| StoreKeyError::MalformedFile(path.to_owned()))
}

/// Makes a key. It is on the disk before it seals anything; of two who make one, one wins.
fn make(path: &Path) -> Result<SealKey, StoreKeyError> {
    let failed = |reason| StoreKeyError::File { verb: "make", path: path.to_owned(), reason };
    // Not from a seed: what it seals outlives this run.
    let random = Random::system();
    let key = SealKey::new(random.bytes("store_key").map_err(|_| StoreKeyError::Random)?);
    let unique = random.id("store_key_file").map_err(|_| StoreKeyError::Random)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{unique}"));
    let draft = PathBuf::from(draft);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    let written = writeln!(file, "{}", key.text().expose())
        .and_then(|()| file.sync_all())
        .and_then(|()| match fs::hard_link(&draft, path) {
            // Somebody was faster: theirs is the one.
            Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        })
        .and_then(|()| sync_folder(path));
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(failed)?;
    read(path)?.ok_or_else(|| StoreKeyError::Missing(path.to_owned()))
}

/// Puts a key in the place of the one in a file: either is there at any time.
pub fn replace(path: &Path, key: &SealKey) -> Result<(), StoreKeyError> {
    let failed = |reason| StoreKeyError::File { verb: "write", path: path.to_owned(), reason };
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut file = opened.map_err(failed)?;
    let written = writeln!(file, "{}", key.text().expose())
        .and_then(|()| file.set_permissions(fs::Permissions::from_mode(0o600)))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder(path));
    written.map_err(failed)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("lab.db"));
        assert!(matches!(find(None, &path, true), Err(StoreKeyError::Missing(_))));
        let made = std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| find(None, &path, false).unwrap().text())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect::<Vec<_>>()
        });
        let key = find(None, &path, true).unwrap().text();
        assert!(made.iter().all(|one| one.matches(&key)));
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["lab.db-key"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = find(None, &path, true);
        assert!(matches!(exposed, Err(StoreKeyError::Exposed { mode: 0o640, .. })));
    }

    #[test]
    fn a_given_key_counts_more_and_must_be_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("lab.db"));
        let given = Secret::new("ab".repeat(32));
        assert!(find(Some(&given), &path, true).unwrap().text().matches(&given));
        assert!(!path.exists());
        let wrong = Secret::new("hunter2");
        let error = find(Some(&wrong), &path, true).unwrap_err();
        assert!(matches!(error, StoreKeyError::Malformed));
        assert!(!error.to_string().contains("hunter2"));
        fs::write(&path, "hunter2").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = find(None, &path, true).unwrap_err();
        assert!(matches!(error, StoreKeyError::MalformedFile(_)));
    }
}
