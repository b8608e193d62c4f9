//! `resources`: the protected APIs and their scopes.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::config::fault::Faults;
use crate::config::file::{
    Api as ApiShape, Entries, Field, Lab, SenderConstrained, StepUp as StepUpShape,
};
use crate::config::{Api, Profile, StepUp, TokenValidation, openid_scopes};
use crate::protocol::{ResourceUri, ScopeToken};

use super::literal::short_name;

/// Paths that the resource server needs itself.
const TAKEN: &[&str] = &["/.well-known", "/health"];

pub(super) fn apis(lab: &Lab, profile: Profile, faults: &Faults) -> Vec<Api> {
    let mut seen = Seen::default();
    let demanded = profile.demands_bound_tokens();
    let items = lab.resources.items();
    items.filter_map(|item| api(item, demanded, &mut seen, faults)).collect()
}

/// Every scope that a client of this file may name: also those of APIs that have other faults.
pub(super) fn scope_names(lab: &Lab) -> BTreeSet<String> {
    let shapes = lab.resources.items().filter_map(|item| item.value.as_ref());
    let of_apis = shapes.flat_map(|shape| shape.scopes.or_default().0);
    let names = of_apis.filter_map(|(name, _)| name.value);
    names.chain(openid_scopes().iter().map(str::to_owned)).collect()
}

/// What later APIs must not use again.
#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    paths: BTreeSet<String>,
    scopes: BTreeSet<String>,
    identifiers: BTreeSet<String>,
}

/// `demanded`: what the rule book says where the file says nothing.
fn api(item: &Field<ApiShape>, demanded: bool, seen: &mut Seen, faults: &Faults) -> Option<Api> {
    let shape = item.value.as_ref()?;
    let name = faults.required(&shape.name, item.span, "a resource needs a `name`", short_name);
    let path = faults.required(&shape.path, item.span, "a resource needs a `path`", path);
    if let Some(name) = name.as_ref().filter(|name| !seen.names.insert((*name).clone())) {
        faults.add(shape.name.span, format!("two resources are named `{name}`"));
    }
    if let Some(path) = path.as_ref().filter(|path| !seen.paths.insert((*path).clone())) {
        let help = "an identifier is the resource server's URL and the path; tokens name one API";
        faults.add_with_help(
            shape.path.span,
            format!("two resources have the path `{path}`"),
            help,
        );
    }
    let scopes = scopes(&shape.scopes.or_default(), seen, faults);
    let identifiers = faults.each(&shape.identifiers, ResourceUri::parse);
    for item in shape.identifiers.items() {
        let again = item.value.as_ref().is_some_and(|text| !seen.identifiers.insert(text.clone()));
        if again {
            faults.add(item.span, format!("the identifier {} is given twice", item.shown()));
        }
    }
    Some(Api {
        name: name?,
        path: path?,
        scopes,
        validation: shape.validation.value.map_or(TokenValidation::Introspection, Into::into),
        identifiers,
        requires_bound_tokens: match shape.sender_constrained.value {
            Some(SenderConstrained::Required) => true,
            Some(SenderConstrained::Optional) => false,
            None => demanded,
        },
        step_up: step_up(&shape.step_up, faults),
    })
}

fn step_up(field: &Field<StepUpShape>, faults: &Faults) -> StepUp {
    let Some(shape) = &field.value else { return StepUp::default() };
    let acr = faults.each(&shape.acr, acr);
    let longest = Duration::from_secs(24 * 3600);
    let max_age = shape
        .max_age
        .value
        .as_ref()
        .map(|_| faults.duration(&shape.max_age, longest, Duration::from_secs(1)..=longest));
    if acr.is_empty() && max_age.is_none() {
        faults.add(field.span, "`step_up` needs `acr` or `max_age`");
    }
    StepUp { acr, max_age }
}

/// One value of `acr_values`, which are separated by spaces, and stand in a quoted header value.
fn acr(text: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
    if text.is_empty() || text.len() > 128 || !text.bytes().all(allowed) {
        return Err(
            "an `acr` has 1 to 128 visible characters, without quotes and spaces".to_owned()
        );
    }
    Ok(text.to_owned())
}

fn scopes(
    entries: &Entries<String>,
    seen: &mut Seen,
    faults: &Faults,
) -> Vec<(ScopeToken, String)> {
    let mut scopes = Vec::new();
    for (name, meaning) in &entries.0 {
        let Some(token) = faults.parsed(name, "", ScopeToken::parse) else { continue };
        if openid_scopes().contains(token.as_str()) {
            let help = "OpenID Connect gives this scope its meaning; choose another name";
            faults.add_with_help(name.span, format!("the scope {} is taken", name.shown()), help);
        } else if !seen.scopes.insert(token.as_str().to_owned()) {
            let message = format!("the scope {} belongs to two resources", name.shown());
            let help = "the audience of a token follows from its scopes, so each has one owner";
            faults.add_with_help(name.span, message, help);
        } else {
            scopes.push((token, meaning.value.clone().unwrap_or_default()));
        }
    }
    scopes
}

/// A path that is the same before and after every URL library.
fn path(text: &str) -> Result<String, String> {
    let refuse = |why: &str| Err(format!("a resource's path {why}"));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    if !text.starts_with('/') {
        return refuse("begins with `/`");
    }
    if text.len() > 128 || !text.bytes().all(allowed) {
        return refuse("has at most 128 letters, digits and `-._~/`");
    }
    if text.len() > 1 && text.ends_with('/') || text.contains("//") {
        return refuse("has no empty part");
    }
    if text.split('/').any(|part| matches!(part, "." | "..")) {
        return refuse("has no `.` or `..`");
    }
    let below = |taken: &&&str| {
        text.strip_prefix(**taken).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match TAKEN.iter().find(below) {
        Some(taken) => Err(format!("the resource server needs `{taken}` itself")),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_every_url_library() {
        for text in ["/", "/notes", "/v1/notes", "/healthy"] {
            assert_eq!(path(text).as_deref(), Ok(text));
        }
        for text in ["", "notes", "/a/", "//a", "/a//b", "/a/../b", "/%61", "/a b", "/a?b", "/{id}"]
        {
            assert!(path(text).is_err(), "{text}");
        }
        assert!(path("/health").is_err());
        assert!(path("/.well-known/x").is_err());
    }
}
