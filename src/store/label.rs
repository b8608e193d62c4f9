//! What records are found by beside their key: whose they are. An engine keeps an index of labels, so
//! that nothing else is read on the way to them.

use super::record::{
    CodeRecord, ConsentRecord, DeviceRecord, FamilyRecord, RefreshTokenRecord, SessionRecord,
};
use super::view::{PAGE, content, decode};
use super::{Content, Key, Kind, StoreError, Stored, View};
use crate::clock::Timestamp;
use crate::protocol::Subject;

/// A label of records. Neither is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// Whose they are.
    User(&'a Subject),
    /// The session that they were made in, as logout names it.
    Session(&'a str),
}

impl Label<'_> {
    /// As engines know it.
    pub fn key(&self) -> Key {
        match self {
            Self::User(subject) => Key::of(&["user", subject.as_str()]),
            Self::Session(sid) => Key::of(&["session", sid]),
        }
    }
}

/// By which it is seen that every record has its labels.
const DONE: (Kind, &str) = (Kind::Seal, "labels");

impl View {
    /// Gives their labels to the records of a version that knew none: once, and before anybody looks
    /// for them.
    pub async fn label_all(&self) -> Result<(), StoreError> {
        let (kind, key) = (DONE.0, Key::of(&[DONE.1]));
        if self.engine().get(kind, key).await?.is_some() {
            return Ok(());
        }
        self.label::<SessionRecord>().await?;
        self.label::<ConsentRecord>().await?;
        self.label::<FamilyRecord>().await?;
        self.label::<CodeRecord>().await?;
        self.label::<DeviceRecord>().await?;
        self.label::<RefreshTokenRecord>().await?;
        let never = Timestamp::from_millis(u64::MAX >> 1);
        self.engine().put(kind, key, Content::new(Vec::new(), never)).await
    }

    /// Writes each record again. One that somebody else has written meanwhile has its labels.
    async fn label<T: Stored>(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.engine().scan(T::KIND, after, PAGE).await?;
            for (key, record) in page.records {
                let new = content(&decode::<T>(&record.value)?, record.expires)?;
                if !new.labels.is_empty() {
                    self.engine().replace(T::KIND, key, record.version, new).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
