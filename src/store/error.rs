//! Why the store did not do what it was asked.

use std::fmt;

/// The store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// At its bound: live records are never evicted.
    #[error("the store is full: it holds {0} live records")]
    Full(usize),
    /// A record that this program cannot read.
    #[error("a stored record cannot be read")]
    Corrupt,
    /// It cannot be read or written now. Nothing of what was asked has been confirmed.
    #[error("the store is out of reach: {0}")]
    Unavailable(Trouble),
    /// What it keeps is damaged.
    #[error("the store is damaged")]
    Damaged,
}

/// Why a store is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds it for too long.
    Busy,
    /// No room on the disk.
    DiskFull,
    /// The file may not be written.
    ReadOnly,
    /// The disk does not read or write.
    Disk,
    /// Nobody answers there.
    Unreachable,
    /// It did not answer in time; what was asked was perhaps done.
    TimedOut,
    /// It was closed.
    Closed,
    /// The engine failed in a way that it should not.
    Engine,
}

impl StoreError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Full(_) => {
                "wait until records expire; a store in memory holds more with store.memory.capacity, and \
                 is empty after a restart"
            }
            Self::Corrupt => "another version wrote the record: use that one, or empty the store",
            Self::Damaged => "run `oauthlab store verify`, and restore a backup",
            Self::Unavailable(trouble) => match trouble {
                Trouble::Busy => "look for another process that holds the database",
                Trouble::DiskFull => "make room on the disk of the database",
                Trouble::ReadOnly => "the database and its folder must be writable",
                Trouble::Disk => "look at the log of the system: its disk fails",
                Trouble::Unreachable | Trouble::TimedOut => {
                    "start the server of the store, or look at the way to it"
                }
                Trouble::Closed | Trouble::Engine => "start the lab again",
            },
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "another process holds it",
            Self::DiskFull => "the disk is full",
            Self::ReadOnly => "it cannot be written",
            Self::Disk => "the disk failed",
            Self::Unreachable => "nobody answers",
            Self::TimedOut => "it did not answer in time",
            Self::Closed => "it is closed",
            Self::Engine => "its engine failed",
        })
    }
}
