//! Authorization details (RFC 9396): judged where they are asked for, narrowed where they become
//! tokens.

use serde_json::Value;

use super::{Client, Issuer};
use crate::protocol::{DetailsMalformed, NotesAccess, ResourceUri, notes_accesses, parse_details};
use crate::rule::{self, Fact, Judge};

impl Issuer {
    /// Judges what a request asks for in detail. The details that it gives are those to grant.
    pub(super) fn judge_details(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        asked: Option<&str>,
        resources: &[ResourceUri],
    ) -> Vec<Value> {
        let rules = [&rule::DETAILS_FORM, &rule::DETAILS_KNOWN, &rule::DETAILS_CLIENT];
        let Some(text) = asked else {
            for rule in rules {
                judge.not_applicable(rule);
            }
            return Vec::new();
        };
        let parsed = parse_details(text);
        let formed = !matches!(parsed, Err(DetailsMalformed::Form));
        judge.check(&rule::DETAILS_FORM, formed, || {
            (Fact::fixed("an array of typed objects within its bounds"), Fact::public(text))
        });
        if !formed {
            return Vec::new();
        }
        let trouble = match &parsed {
            Err(error) => Some(error.to_string()),
            Ok(details) => self.misplaced(details, resources),
        };
        judge.check(&rule::DETAILS_KNOWN, trouble.is_none(), || {
            let got = trouble.map_or(Fact::fixed("such details"), Fact::public);
            (Fact::fixed("notes_access with fields that fit, at the notes API"), got)
        });
        let own = &client.metadata.wishes.authorization_details_types;
        judge.check(&rule::DETAILS_CLIENT, own.iter().any(|kind| kind == "notes_access"), || {
            (Fact::any_of(own), Fact::fixed("notes_access"))
        });
        parsed.unwrap_or_default().iter().map(NotesAccess::to_value).collect()
    }

    /// Why these details cannot be honoured where they say, or where the request says.
    fn misplaced(&self, details: &[NotesAccess], resources: &[ResourceUri]) -> Option<String> {
        let Some(notes) = self.config.apis.iter().find(|api| api.name == "notes") else {
            return Some("this lab has no notes".to_owned());
        };
        let is_notes = |uri: &ResourceUri| {
            self.config.api_of_resource(uri).is_some_and(|api| api.name == notes.name)
        };
        let elsewhere = details.iter().flat_map(|one| &one.locations).find(|location| {
            !ResourceUri::parse(location).is_ok_and(|location| is_notes(&location))
        });
        if let Some(location) = elsewhere {
            return Some(format!("the location {location}"));
        }
        let named = resources.is_empty() || resources.iter().any(is_notes);
        (!named).then(|| "the requested resources are others".to_owned())
    }

    /// Judges details of a token request against the granted ones (RFC 9396 §6): what the access
    /// token gets. Without the notes in its audience it can use none of them.
    pub(super) fn judge_details_granted(
        &self,
        judge: &mut Judge<'_>,
        asked: Option<&str>,
        granted: &[Value],
        audience: &[String],
    ) -> Vec<Value> {
        let mut details = granted.to_vec();
        if let Some(text) = asked {
            let (asked, own) = (parse_details(text), notes_accesses(granted));
            let within = |one: &NotesAccess| own.iter().any(|granted| one.is_within(granted));
            let holds = asked.as_ref().is_ok_and(|asked| {
                asked.iter().all(within) && self.misplaced(asked, &[]).is_none()
            });
            judge.check(&rule::DETAILS_GRANTED, holds, || {
                (Fact::any_of(granted), Fact::public(text))
            });
            details = asked.unwrap_or_default().iter().map(NotesAccess::to_value).collect();
        } else {
            judge.not_applicable(&rule::DETAILS_GRANTED);
        }
        details.retain(|_| self.notes().is_some_and(|notes| audience.contains(&notes)));
        details
    }

    /// An audience with the API that details are for.
    pub(super) fn with_details(&self, mut audience: Vec<String>, details: &[Value]) -> Vec<String> {
        if let Some(notes) = self.notes().filter(|_| !details.is_empty())
            && !audience.contains(&notes)
        {
            audience.insert(0, notes);
        }
        audience
    }

    fn notes(&self) -> Option<String> {
        let notes = self.config.apis.iter().find(|api| api.name == "notes")?;
        Some(self.config.identifier(notes))
    }
}
