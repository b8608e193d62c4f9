//! `authorization_details` (RFC 9396 §2), with the one type that this lab has: `notes_access`, which
//! names what may be done with which notes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bounded_json::{self, Bounds};

const BOUNDS: Bounds = Bounds { bytes: 8 * 1024, depth: 4, parts: 512 };
const MAX_ITEMS: usize = 16;
const MAX_NOTES: usize = 32;
const MAX_TEXT: usize = 512;

/// The types that this lab has.
pub const DETAIL_TYPES: &[&str] = &["notes_access"];

/// What may be done with a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteAction {
    /// List and read.
    Read,
    /// Write a new one.
    Write,
    /// Delete.
    Delete,
}

/// One detail of the type `notes_access`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotesAccess {
    #[serde(rename = "type")]
    kind: NotesAccessType,
    /// What may be done.
    pub actions: Vec<NoteAction>,
    /// Identifiers of the API; none means the notes of this lab.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
    /// The only notes that it is about; none means every note of the user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub note_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum NotesAccessType {
    #[serde(rename = "notes_access")]
    NotesAccess,
}

/// Why a value is no list of details.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsMalformed {
    /// Not a bounded array of objects, each with a `type`.
    #[error("authorization_details is a JSON array of 1 to 16 objects, each with a type")]
    Form,
    /// A type that this lab does not have.
    #[error("the type {0} is not known")]
    Type(String),
    /// Fields that the type does not have, or with other values than it admits.
    #[error("the fields do not fit the type {0}")]
    Fields(String),
}

/// Parses the parameter (RFC 9396 §2, §5).
pub fn parse_details(text: &str) -> Result<Vec<NotesAccess>, DetailsMalformed> {
    let Some(Value::Array(items)) = bounded_json::parse(text, BOUNDS) else {
        return Err(DetailsMalformed::Form);
    };
    if items.is_empty() || items.len() > MAX_ITEMS {
        return Err(DetailsMalformed::Form);
    }
    // The form of all of them comes before what any of them says.
    let kinds: Option<Vec<_>> =
        items.iter().map(|item| item.as_object()?.get("type")?.as_str()).collect();
    let kinds = kinds.ok_or(DetailsMalformed::Form)?;
    if let Some(unknown) = kinds.iter().find(|kind| !DETAIL_TYPES.contains(kind)) {
        return Err(DetailsMalformed::Type((*unknown).chars().take(64).collect()));
    }
    let details = items.iter().map(|item| {
        let read = NotesAccess::deserialize(item).ok().filter(NotesAccess::is_sound);
        read.ok_or_else(|| DetailsMalformed::Fields("notes_access".to_owned()))
    });
    details.collect()
}

/// Reads details of a grant, a token or an introspection answer; what is no `notes_access` opens
/// nothing here.
pub fn notes_accesses(details: &[Value]) -> Vec<NotesAccess> {
    details.iter().filter_map(|one| NotesAccess::deserialize(one).ok()).collect()
}

impl NotesAccess {
    fn is_sound(&self) -> bool {
        let distinct = |i: usize, action: &NoteAction| !self.actions[..i].contains(action);
        let short = |text: &String| (1..=MAX_TEXT).contains(&text.len());
        !self.actions.is_empty()
            && self.actions.iter().enumerate().all(|(i, action)| distinct(i, action))
            && self.note_ids.len() <= MAX_NOTES
            && self.note_ids.iter().chain(&self.locations).all(short)
    }

    /// The detail as JSON.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it lets an action happen: at one note, or, without one, at the user's notes as a
    /// whole. A detail about some notes lets them be listed, and no new one be written.
    pub fn admits(&self, action: NoteAction, note: Option<&str>) -> bool {
        let about = match note {
            _ if self.note_ids.is_empty() => true,
            Some(note) => self.note_ids.iter().any(|own| own == note),
            None => action == NoteAction::Read,
        };
        about && self.actions.contains(&action)
    }

    /// Whether this is no more than another one (RFC 9396 §6.1).
    pub fn is_within(&self, granted: &Self) -> bool {
        let some_notes = granted.note_ids.is_empty()
            || (!self.note_ids.is_empty()
                && self.note_ids.iter().all(|id| granted.note_ids.contains(id)));
        some_notes && self.actions.iter().all(|action| granted.actions.contains(action))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn one(value: &Value) -> NotesAccess {
        parse_details(&json!([value]).to_string()).unwrap().remove(0)
    }

    #[test]
    fn what_is_no_notes_access_is_refused_for_its_reason() {
        use DetailsMalformed as E;
        let fields = || E::Fields("notes_access".to_owned());
        for (text, error) in [
            ("", E::Form),
            ("{}", E::Form),
            ("[]", E::Form),
            ("[1]", E::Form),
            (r#"[{"actions":["read"]}]"#, E::Form),
            (r#"[{"type":1}]"#, E::Form),
            (r#"[{"type":"payment"}]"#, E::Type("payment".to_owned())),
            (r#"[{"type":"notes_access"}]"#, fields()),
            (r#"[{"type":"notes_access","actions":[]}]"#, fields()),
            (r#"[{"type":"notes_access","actions":["read","read"]}]"#, fields()),
            (r#"[{"type":"notes_access","actions":["share"]}]"#, fields()),
            (r#"[{"type":"notes_access","actions":["read"],"color":"red"}]"#, fields()),
            (r#"[{"type":"notes_access","actions":["read"],"note_ids":[1]}]"#, fields()),
            (r#"[{"type":"notes_access","actions":["read"],"note_ids":[""]}]"#, fields()),
        ] {
            assert_eq!(parse_details(text), Err(error), "{text}");
        }
        let many = vec![json!({ "type": "notes_access", "actions": ["read"] }); 17];
        assert_eq!(parse_details(&Value::from(many).to_string()), Err(E::Form));
    }

    #[test]
    fn a_detail_about_some_notes_opens_no_other() {
        let some = one(
            &json!({ "type": "notes_access", "actions": ["read", "delete"], "note_ids": ["a"] }),
        );
        assert!(some.admits(NoteAction::Read, Some("a")) && some.admits(NoteAction::Read, None));
        assert!(some.admits(NoteAction::Delete, Some("a")));
        assert!(
            !some.admits(NoteAction::Read, Some("b")) && !some.admits(NoteAction::Delete, None)
        );
        assert!(
            !some.admits(NoteAction::Write, None) && !some.admits(NoteAction::Write, Some("a"))
        );
        let all = one(&json!({ "type": "notes_access", "actions": ["read", "write"] }));
        assert!(all.admits(NoteAction::Write, None) && all.admits(NoteAction::Read, Some("b")));
        assert!(!all.is_within(&some) && !some.is_within(&all));
    }

    fn detail() -> impl Strategy<Value = NotesAccess> {
        let actions = prop::sample::subsequence(
            vec![NoteAction::Read, NoteAction::Write, NoteAction::Delete],
            1..=3,
        );
        (actions, prop::collection::vec("[a-c]", 0..3)).prop_map(|(actions, note_ids)| {
            NotesAccess {
                kind: NotesAccessType::NotesAccess,
                actions,
                locations: Vec::new(),
                note_ids,
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_within_admits_nothing_more(a in detail(), b in detail(), note in "[a-d]") {
            prop_assert!(a.is_within(&a));
            if a.is_within(&b) {
                for action in [NoteAction::Read, NoteAction::Write, NoteAction::Delete] {
                    for note in [None, Some(note.as_str())] {
                        prop_assert!(!a.admits(action, note) || b.admits(action, note));
                    }
                }
            }
        }

        #[test]
        fn a_detail_survives_the_wire_and_nothing_panics(a in detail(), noise in "\\PC{0,64}") {
            let _ = parse_details(&noise);
            prop_assert_eq!(one(&a.to_value()), a.clone());
            prop_assert_eq!(notes_accesses(&[a.to_value(), json!({ "type": "other" })]), vec![a]);
        }
    }
}
