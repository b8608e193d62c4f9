//! A folder of our own (0700) with files of our own (0600).
//!
//! Files appear whole or not at all: a new file is created beside its target with its final mode
//! and renamed over it. Locks are advisory and belong to the process that took them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::TlsError;

/// How often, and how far apart, a held lock is tried again: ten seconds in all.
const LOCK_TRIES: u32 = 5000;
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// A folder that only its owner can enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateDir {
    path: PathBuf,
}

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl PrivateDir {
    /// Opens the folder, and makes it with mode 0700 if it is not there. A folder into which
    /// others may write is refused: they could replace a key.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let path = path.into();
        let mode = make(&path).map_err(|reason| TlsError::Folder { path: path.clone(), reason })?;
        if mode & 0o022 != 0 {
            return Err(TlsError::FolderOpen { path, mode });
        }
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder of our own inside this one.
    pub fn folder(&self, name: &str) -> Result<Self, TlsError> {
        Self::open(self.file(name)?)
    }

    /// The path that a plain file name has in this folder.
    pub fn file(&self, name: &str) -> Result<PathBuf, TlsError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let length = 1..=128;
        if name.starts_with('.') || !length.contains(&name.len()) || !name.bytes().all(plain) {
            return Err(TlsError::FileName { name: name.to_owned() });
        }
        Ok(self.path.join(name))
    }

    /// Writes a file of mode 0600, whole or not at all, over whatever had that name.
    pub fn write_private(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, TlsError> {
        let target = self.file(name)?;
        let (temporary, mut file) = self
            .new_file(name)
            .map_err(|reason| TlsError::Write { path: target.clone(), reason })?;
        let written = file.write_all(bytes).and_then(|()| fs::rename(&temporary, &target));
        if let Err(reason) = written {
            // The first error is the one to tell; a left-over temporary file harms nobody.
            let _ = fs::remove_file(&temporary);
            return Err(TlsError::Write { path: target, reason });
        }
        Ok(target)
    }

    /// Reads a private file of at most `limit` bytes; `None` if it does not exist. A file that
    /// others can open is refused before a byte of it is used.
    pub fn read_private(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TlsError> {
        let Some((path, file)) = self.existing(name)? else { return Ok(None) };
        let metadata = file.metadata();
        let metadata = metadata.map_err(|reason| TlsError::Read { path: path.clone(), reason })?;
        let mode = permission_bits(&metadata);
        if mode & 0o077 != 0 {
            return Err(TlsError::FileOpen { path, mode });
        }
        read_bounded(file, &path, limit).map(Some)
    }

    /// Reads a file without a secret in it, which its owner may have opened to others.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TlsError> {
        let Some((path, file)) = self.existing(name)? else { return Ok(None) };
        read_bounded(file, &path, limit).map(Some)
    }

    fn existing(&self, name: &str) -> Result<Option<(PathBuf, File)>, TlsError> {
        let path = self.file(name)?;
        match File::open(&path) {
            Ok(file) => Ok(Some((path, file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(TlsError::Read { path, reason }),
        }
    }

    /// Removes a file; one that is not there is no error.
    pub fn remove(&self, name: &str) -> Result<(), TlsError> {
        let path = self.file(name)?;
        match fs::remove_file(&path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                Err(TlsError::Write { path, reason })
            }
            _ => Ok(()),
        }
    }

    /// Takes a lock that nobody else holds at the same time. Gives up after ten seconds.
    pub fn lock(&self, name: &str) -> Result<DirLock, TlsError> {
        self.lock_with(name, File::try_lock)
    }

    /// Takes a lock that readers share and [`PrivateDir::lock`] excludes.
    pub fn lock_shared(&self, name: &str) -> Result<DirLock, TlsError> {
        self.lock_with(name, File::try_lock_shared)
    }

    fn lock_with(
        &self,
        name: &str,
        take: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<DirLock, TlsError> {
        let path = self.file(&format!("{name}.lock"))?;
        let failed = |reason| TlsError::Write { path: path.clone(), reason };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(failed)?;
        for _ in 0..LOCK_TRIES {
            match take(&file) {
                Ok(()) => return Ok(DirLock { _file: file }),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(reason)) => return Err(failed(reason)),
            }
        }
        Err(TlsError::Locked { path })
    }

    /// A file that did not exist before (`O_EXCL`), with mode 0600 from its first moment.
    fn new_file(&self, name: &str) -> io::Result<(PathBuf, File)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = self.path.join(format!(".{name}.{}.{number}", process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                // A process of the same id was killed here once: its number is taken.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1 << 20 => {}
                other => return other.map(|file| (path, file)),
            }
        }
    }
}

/// Reads at most `limit` bytes of an opened file.
pub(super) fn read_bounded(file: File, path: &Path, limit: u64) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|reason| TlsError::Read { path: path.to_owned(), reason })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(TlsError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Makes the folder if needed, its parents with the usual mode, and tells its permission bits.
fn make(path: &Path) -> io::Result<u32> {
    if !path.is_dir() {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(path) {
            // Another lab was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
    }
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(permission_bits(&metadata))
}

fn permission_bits(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    fn place() -> (tempfile::TempDir, PrivateDir) {
        let root = tempfile::tempdir().unwrap();
        let dir = PrivateDir::open(root.path().join("a/b")).unwrap();
        (root, dir)
    }

    fn mode(path: &Path) -> u32 {
        permission_bits(&fs::metadata(path).unwrap())
    }

    #[test]
    fn folders_and_files_are_private_from_their_first_moment() {
        let (_root, dir) = place();
        assert_eq!(mode(dir.path()), 0o700);
        let file = dir.write_private("key", b"secret").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(dir.read_private("key", 6).unwrap().unwrap(), b"secret");
        assert_eq!(mode(dir.folder("sub").unwrap().path()), 0o700);
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_behind() {
        let (_root, dir) = place();
        let file = dir.write_private("record", b"first, and long").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        dir.write_private("record", b"second").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"second");
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_with_a_path_in_them_are_refused() {
        let (_root, dir) = place();
        for name in ["", ".", "..", "../x", "a/b", ".hidden", "a\0b", "a b", "ü"] {
            let refused = dir.write_private(name, b"x");
            assert!(matches!(refused, Err(TlsError::FileName { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let (_root, dir) = place();
        let file = dir.write_private("key", b"secret").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let error = dir.read_private("key", 6).unwrap_err();
        assert!(matches!(error, TlsError::FileOpen { mode: 0o640, .. }), "{error}");
        assert!(error.hint().contains("delete"));
    }

    #[test]
    fn a_folder_that_others_can_write_is_refused() {
        let (_root, dir) = place();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
        let error = PrivateDir::open(dir.path()).unwrap_err();
        assert!(matches!(error, TlsError::FolderOpen { mode: 0o777, .. }), "{error}");
    }

    #[test]
    fn a_file_over_the_limit_is_refused_and_a_missing_one_is_none() {
        let (_root, dir) = place();
        dir.write_private("big", b"12345").unwrap();
        assert!(matches!(dir.read_private("big", 4), Err(TlsError::TooLarge { limit: 4, .. })));
        assert!(dir.read_private("missing", 4).unwrap().is_none());
        dir.remove("big").unwrap();
        dir.remove("big").unwrap();
        assert!(dir.read_private("big", 9).unwrap().is_none());
    }

    #[test]
    fn a_lock_excludes_and_a_shared_lock_does_not() {
        let (_root, dir) = place();
        let probe = OpenOptions::new();
        let path = dir.path().join("x.lock");
        let open = || probe.clone().write(true).open(&path).unwrap();
        let shared = (dir.lock_shared("x").unwrap(), dir.lock_shared("x").unwrap());
        assert!(open().try_lock().is_err());
        drop(shared);
        let held = dir.lock("x").unwrap();
        assert!(open().try_lock_shared().is_err());
        drop(held);
        assert!(open().try_lock().is_ok());
    }
}
