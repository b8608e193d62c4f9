//! Notes in the store: one record a note, and for each owner a list of ids that holds the bound.
//!
//! No step needs two records at once. Writing takes a place in the list by compare-and-swap before
//! the note is written; deleting takes the note, which exactly one caller gets, before its place is
//! given back. A list that names a note which is not there is normal for a moment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::note::{self, Note, Owner};
use super::{Access, Effect};
use crate::clock::{Clock, Timestamp};
use crate::random::{Random, RandomFailed};
use crate::rule::{
    Blocked, Decision, Judge, NOTE, Rule, SERVER_CAPACITY, SERVER_CONDITION, SERVER_STORE, Waivers,
};
use crate::store::record::ReplayRecord;
use crate::store::{Key, Kind, StoreError, Stored, Versioned, View};

/// Notes are kept for a year.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// A lost compare-and-swap means that somebody else won: more losses than this mean a flood.
const MAX_TRIES: usize = 256;

/// The notes of all users.
#[derive(Clone, Copy)]
pub struct Notes<'a> {
    pub(super) store: &'a View,
    pub(super) clock: &'a Clock,
    pub(super) random: &'a Random,
    pub(super) waivers: &'a dyn Waivers,
}

/// Nothing could be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteTrouble {
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No note id could be made.
    #[error("the system's random number generator failed")]
    Random,
    /// Too many others write at the same time.
    #[error("too many requests write notes of this user at the same time")]
    Contended,
}

impl NoteTrouble {
    /// What the wire says of it.
    pub const fn rule(&self) -> &'static Rule {
        match self {
            Self::Store(StoreError::Full(_)) | Self::Contended => &SERVER_CAPACITY,
            Self::Store(StoreError::Unavailable(_)) => &SERVER_STORE,
            Self::Store(StoreError::Corrupt | StoreError::Damaged) | Self::Random => {
                &SERVER_CONDITION
            }
        }
    }

    /// What the operator can do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Store(error) => error.hint(),
            Self::Random => "look at the system's entropy source",
            Self::Contended => "send fewer requests at the same time",
        }
    }
}

impl From<RandomFailed> for NoteTrouble {
    fn from(_: RandomFailed) -> Self {
        Self::Random
    }
}

impl Stored for Note {
    const KIND: Kind = Kind::Note;
}

impl Stored for Listing {
    const KIND: Kind = Kind::Note;
}

/// The ids of one owner's notes, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Listing {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: String,
    expires: Timestamp,
}

impl Notes<'_> {
    /// The notes of the token's user, oldest first.
    pub async fn list(&self, access: &Access) -> Result<Decision<Vec<Note>, Effect>, NoteTrouble> {
        let mut judge = self.judge();
        let owner = match note::owner(&mut judge, access) {
            Ok(owner) => owner,
            Err(blocked) => return Ok(refused(judge, blocked)),
        };
        let (listing, _) = self.listing(&owner).await?;
        let mut notes = Vec::with_capacity(listing.entries.len());
        for entry in listing.entries {
            notes.extend(self.find(&entry.id).await?);
        }
        Ok(judge.conclude(Ok((notes, Vec::new()))))
    }

    /// Writes a note. A lost compare-and-swap means: decide again.
    pub async fn write(
        &self,
        access: &Access,
        body: &[u8],
    ) -> Result<Decision<Note, Effect>, NoteTrouble> {
        let id = self.random.id("note")?;
        for _ in 0..MAX_TRIES {
            let decision = self.decide_to_write(access, body, &id).await?;
            if self.apply(&decision.effects).await? {
                return Ok(decision);
            }
        }
        Err(NoteTrouble::Contended)
    }

    /// Reads a note.
    pub async fn read(
        &self,
        access: &Access,
        id: &str,
    ) -> Result<Decision<Note, Effect>, NoteTrouble> {
        self.decide(access, id, |_| Vec::new()).await
    }

    /// Deletes a note. Of many callers one deletes it; the others decide again, and find none.
    pub async fn delete(
        &self,
        access: &Access,
        id: &str,
    ) -> Result<Decision<Note, Effect>, NoteTrouble> {
        for _ in 0..MAX_TRIES {
            let forget = |note: &Note| vec![Effect::ForgetNote(note.clone())];
            let decision = self.decide(access, id, forget).await?;
            if self.apply(&decision.effects).await? {
                return Ok(decision);
            }
        }
        Err(NoteTrouble::Contended)
    }

    fn judge(&self) -> Judge<'_> {
        Judge::new(&NOTE, self.waivers)
    }

    pub(super) async fn decide_to_write(
        &self,
        access: &Access,
        body: &[u8],
        id: &str,
    ) -> Result<Decision<Note, Effect>, NoteTrouble> {
        let mut judge = self.judge();
        let owner = note::owner(&mut judge, access);
        let draft = note::text(&mut judge, body).and_then(|text| Ok((owner?, text)));
        let (owner, text) = match draft {
            Ok(draft) => draft,
            Err(blocked) => return Ok(refused(judge, blocked)),
        };
        let (listing, over) = self.listing(&owner).await?;
        if let Err(blocked) = note::room(&mut judge, listing.entries.len()) {
            return Ok(refused(judge, blocked));
        }
        let note = Note { id: id.to_owned(), owner, text, created_at: self.clock.now() };
        let effects = vec![Effect::KeepNote { note: note.clone(), over }];
        Ok(judge.conclude(Ok((note, effects))))
    }

    async fn decide(
        &self,
        access: &Access,
        id: &str,
        effects: impl FnOnce(&Note) -> Vec<Effect>,
    ) -> Result<Decision<Note, Effect>, NoteTrouble> {
        let mut judge = self.judge();
        let owner = match note::owner(&mut judge, access) {
            Ok(owner) => owner,
            Err(blocked) => return Ok(refused(judge, blocked)),
        };
        let found = self.find(id).await?;
        let outcome = note::known(&mut judge, &owner, found);
        let outcome = outcome.map(|note| {
            let effects = effects(&note);
            (note, effects)
        });
        Ok(judge.conclude(outcome.map_err(|blocked| (blocked, Vec::new()))))
    }

    /// Applies what was decided; false when somebody else was faster.
    pub(super) async fn apply(&self, effects: &[Effect]) -> Result<bool, NoteTrouble> {
        for effect in effects {
            let applied = match effect {
                Effect::KeepNote { note, over } => self.keep(note, *over).await?,
                Effect::ForgetNote(note) => self.forget(note).await?,
                Effect::RecordProof(key, until) => {
                    self.store.put_new(*key, &ReplayRecord {}, *until).await?
                }
            };
            if !applied {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes a place in the list that was judged, then writes the note. The place is given back if
    /// the note cannot be written.
    async fn keep(&self, note: &Note, over: Option<u64>) -> Result<bool, NoteTrouble> {
        let (mut listing, version) = self.listing(&note.owner).await?;
        let expires = note.created_at.plus(LIFETIME);
        listing.entries.push(Entry { id: note.id.clone(), expires });
        if version != over || !self.swap(&note.owner, &listing, over).await? {
            return Ok(false);
        }
        if let Err(error) = self.store.put(note_key(&note.id), note, expires).await {
            self.unlist(&note.owner, &note.id).await?;
            return Err(error.into());
        }
        Ok(true)
    }

    /// Takes the note, then gives its place back.
    async fn forget(&self, note: &Note) -> Result<bool, NoteTrouble> {
        if self.store.take::<Note>(note_key(&note.id)).await?.is_none() {
            return Ok(false);
        }
        self.unlist(&note.owner, &note.id).await?;
        Ok(true)
    }

    async fn find(&self, id: &str) -> Result<Option<Note>, StoreError> {
        Ok(self.store.get::<Note>(note_key(id)).await?.map(|found| found.value))
    }

    async fn unlist(&self, owner: &Owner, id: &str) -> Result<(), NoteTrouble> {
        for _ in 0..MAX_TRIES {
            let (mut listing, version) = self.listing(owner).await?;
            listing.entries.retain(|entry| entry.id != id);
            if self.swap(owner, &listing, version).await? {
                return Ok(());
            }
        }
        Err(NoteTrouble::Contended)
    }

    /// The list without expired entries, and the version to replace it over.
    async fn listing(&self, owner: &Owner) -> Result<(Listing, Option<u64>), StoreError> {
        let found = self.store.get::<Listing>(listing_key(owner)).await?;
        let Some(Versioned { mut value, version, .. }) = found else {
            return Ok((Listing::default(), None));
        };
        let now = self.clock.now();
        value.entries.retain(|entry| now < entry.expires);
        Ok((value, Some(version)))
    }

    async fn swap(
        &self,
        owner: &Owner,
        listing: &Listing,
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (key, expires) = (listing_key(owner), self.clock.now().plus(LIFETIME));
        match over {
            Some(version) => self.store.replace(key, version, listing, expires).await,
            None => self.store.put_new(key, listing, expires).await,
        }
    }
}

fn refused<T>(judge: Judge<'_>, blocked: Blocked) -> Decision<T, Effect> {
    judge.conclude(Err((blocked, Vec::new())))
}

fn note_key(id: &str) -> Key {
    Key::of(&["note", id])
}

fn listing_key(owner: &Owner) -> Key {
    Key::of(&["notes of", &owner.issuer, &owner.subject])
}
