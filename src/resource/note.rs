//! Notes: what they are, and the rules that judge who may write and read which.

use serde::{Deserialize, Serialize};

use super::Access;
use crate::clock::Timestamp;
use crate::rule::{Blocked, Fact, Judge, NOTE_BOUND, NOTE_FORM, NOTE_KNOWN, NOTE_USER};

/// Notes of one user.
pub const MAX_NOTES: usize = 100;

/// Characters of one note.
pub const MAX_CHARACTERS: usize = 2000;

/// Whose note it is: a subject is unique only within its issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The issuer of the token.
    pub issuer: String,
    /// `sub` of the token.
    pub subject: String,
}

/// One note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// 128 random bits, base64url.
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// 1 to 2000 characters.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A note as a request sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    text: String,
}

/// Whose notes the token opens. Without a user there are none; a lab that is weak on purpose takes
/// the client for one.
pub(super) fn owner(judge: &mut Judge<'_>, access: &Access) -> Result<Owner, Blocked> {
    let owner = |name: &str| Owner { issuer: access.issuer.clone(), subject: name.to_owned() };
    let client = || access.client_id.as_deref().map(owner);
    judge.require_or(&NOTE_USER, access.user().map(owner), client, || {
        ("a user".into(), Fact::optional(access.user().or(access.client_id.as_deref())))
    })
}

/// The text of a new note.
pub(super) fn text(judge: &mut Judge<'_>, body: &[u8]) -> Result<String, Blocked> {
    let text = serde_json::from_slice::<Draft>(body).ok().map(|draft| draft.text);
    let length = text.as_ref().map(|text| text.chars().count());
    let fits = length.is_some_and(|length| (1..=MAX_CHARACTERS).contains(&length));
    judge.require(&NOTE_FORM, text.filter(|_| fits), || {
        // Only the length: the text is the user's own.
        let got = length.map(|length| format!("a text of {length} characters"));
        (
            Fact::public(format_args!("a text of 1 to {MAX_CHARACTERS} characters")),
            Fact::optional(got),
        )
    })
}

/// Whether a user with so many notes may write another.
pub(super) fn room(judge: &mut Judge<'_>, count: usize) -> Result<(), Blocked> {
    judge.check(&NOTE_BOUND, count < MAX_NOTES, || {
        (Fact::public(format_args!("fewer than {MAX_NOTES}")), Fact::public(count))
    });
    judge.not_applicable(&NOTE_KNOWN);
    judge.stage()
}

/// The note that was found, if it is the owner's. On the wire a note of somebody else looks like
/// one that does not exist.
pub(super) fn known(
    judge: &mut Judge<'_>,
    owner: &Owner,
    found: Option<Note>,
) -> Result<Note, Blocked> {
    let own = found.clone().filter(|note| note.owner == *owner);
    let got = match (&own, &found) {
        (Some(_), _) => "a note of this user",
        (None, Some(_)) => "a note of somebody else",
        (None, None) => "no such note",
    };
    judge.require_or(&NOTE_KNOWN, own, || found, || ("a note of this user".into(), got.into()))
}
