//! What can go wrong with certificates and the files that hold them, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why the lab has no certificate, or no place to keep one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Neither `OAUTHLAB_DATA_DIR`, `XDG_DATA_HOME` nor `HOME` names a place.
    #[error("there is no place for the lab's files: neither OAUTHLAB_DATA_DIR nor HOME is set")]
    NoDataDir,
    /// A folder could not be made or looked at.
    #[error("cannot use the folder {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Others may write into a folder that is to hold keys.
    #[error("others may write into the folder {} (mode {mode:04o})", path.display())]
    FolderOpen {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file name with a path or with unusual characters in it.
    #[error("{name:?} is not a plain file name")]
    FileName {
        /// The name as it was given.
        name: String,
    },
    /// A client certificate or its key cannot be used.
    #[error("the client certificate cannot be used: {detail}")]
    ClientCertificate {
        /// What is wrong with it, without the key.
        detail: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file is larger than anything that belongs there.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// A file with a secret in it can be read or written by others.
    #[error("others can open the private file {} (mode {mode:04o})", path.display())]
    FileOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process held a lock for too long.
    #[error("another process holds the lock {}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A name that no certificate can carry.
    #[error("{name:?} is neither a host name nor an IP address")]
    HostName {
        /// The name as it was given.
        name: String,
    },
    /// The clock stands at a point that no certificate can express.
    #[error("the clock is outside the range of certificate dates")]
    Clock,
    /// A key or certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
    /// The TLS library refused what it was given.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
    /// A file that should hold certificates holds none, or a broken one.
    #[error("{} holds no usable certificate: {detail}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        detail: String,
    },
    /// A text that should hold CA certificates holds none, or a broken one.
    #[error("there is no usable CA certificate: {detail}")]
    Roots {
        /// What was found instead.
        detail: String,
    },
    /// A file that should hold a private key holds none, or one of an unknown kind.
    #[error("{} holds no usable private key: {detail}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        detail: String,
    },
    /// The key belongs to another certificate.
    #[error("the key in {} does not belong to the certificate in {}", key.display(), cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate's time is over.
    #[error("the certificate in {} expired at {not_after}", path.display())]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// Its last valid moment.
        not_after: String,
    },
    /// The certificate's time has not come.
    #[error("the certificate in {} is not valid before {not_before}", path.display())]
    NotYetValid {
        /// The certificate's file.
        path: PathBuf,
        /// Its first valid moment.
        not_before: String,
    },
}

impl TlsError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::NoDataDir => "set OAUTHLAB_DATA_DIR to a folder of your own".into(),
            Self::Folder { .. } => {
                "set OAUTHLAB_DATA_DIR to a folder that you can write, or fix its permissions".into()
            }
            Self::FolderOpen { path, .. } => format!(
                "run `chmod 700 {}`, or set OAUTHLAB_DATA_DIR to a folder inside it that oauthlab may make",
                path.display()
            ),
            Self::FileName { .. } => {
                "use letters, digits, '.', '_' and '-', and do not start with '.'".into()
            }
            Self::Read { .. } | Self::Write { .. } => {
                "check that the file exists and that you own it".into()
            }
            Self::TooLarge { path, .. } => {
                format!("this is not a file of the lab: look at {}", path.display())
            }
            Self::FileOpen { path, .. } => format!(
                "whoever copied it can use it: delete {} and start again to get a new one, or run `chmod 600` if you are sure",
                path.display()
            ),
            Self::Locked { .. } => {
                "wait for the other oauthlab to finish, or stop it if it hangs".into()
            }
            Self::HostName { .. } => {
                "write an ASCII host name (punycode for others) or an IP address, without scheme and port"
                    .into()
            }
            Self::Clock => "set the system's clock".into(),
            Self::Generate(_) | Self::Setup(_) => {
                "this should not happen: please report it with the configuration".into()
            }
            Self::Certificate { .. } => {
                "give a PEM file with the certificate first and its chain after it".into()
            }
            Self::Roots { .. } => {
                "give the PEM file that `oauthlab ca path` names, or that of the server's own CA".into()
            }
            Self::Key { .. } | Self::ClientCertificate { .. } => {
                "give a PEM file with an unencrypted PKCS#8, SEC1 or PKCS#1 private key".into()
            }
            Self::Mismatch { .. } => "give the key that the certificate was made for".into(),
            Self::Expired { .. } => "renew the certificate, or use `tls: self-signed`".into(),
            Self::NotYetValid { .. } => "check the system's clock, or wait".into(),
        }
    }
}
