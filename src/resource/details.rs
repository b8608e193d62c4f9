//! Authorization details at the notes (RFC 9396 §2, §9): a token without the scope of an operation
//! may do it all the same, if one of its details says so, and at no other notes than that says.

use super::{Access, Need};
use crate::protocol::{NoteAction, NotesAccess, Scope};

/// What an operation does with notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoteNeed {
    pub(super) action: NoteAction,
    /// The one note that it is about.
    pub(super) note: Option<String>,
}

impl Need {
    /// The same operation, about one note.
    #[must_use]
    pub fn of_note(mut self, id: &str) -> Self {
        if let Some(notes) = &mut self.notes {
            notes.note = Some(id.to_owned());
        }
        self
    }

    /// Whether scope or details let the operation happen.
    pub(super) fn is_met(&self, scope: &Scope, details: &[NotesAccess]) -> bool {
        self.any_of().next().is_none()
            || self.any_of().any(|one| scope.contains(one))
            || self.notes.as_ref().is_some_and(|notes| {
                details.iter().any(|one| one.admits(notes.action, notes.note.as_deref()))
            })
    }
}

impl Access {
    /// Whether this access is enough for an operation.
    pub fn meets(&self, need: &Need) -> bool {
        need.is_met(&self.scope, &self.details)
    }
}
