//! What a client of the file may do: grants and response types, of those that the file's rule book
//! offers.

use super::Ground;
use crate::config::fault::{Faults, Span};
use crate::config::file::{Client, Field};
use crate::config::{Profile, suggest};
use crate::protocol::{AuthMethod, GrantType, ResponseType};

pub(super) fn grants(shape: &Client, place: Option<Span>, ground: &Ground<'_>) -> Vec<GrantType> {
    if !shape.grants.is_given() {
        return vec![GrantType::AuthorizationCode];
    }
    let faults = ground.faults;
    let mut grants = Vec::new();
    for item in shape.grants.items() {
        let Some(text) = &item.value else { continue };
        let offered = ground.profile.grants();
        match GrantType::named(text) {
            Some(grant) if grants.contains(&grant) => {
                faults.add(item.span, format!("the grant `{grant}` is given twice"));
            }
            Some(grant) if offered.contains(&grant) => grants.push(grant),
            Some(grant) => not_offered(item, grant, ground),
            None => {
                let all: Vec<_> = offered.iter().map(|grant| grant.short()).collect();
                let message = format!("unknown grant: {}", item.shown());
                faults.add_with_help(item.span, message, suggest::help(text, &all, &all));
            }
        }
    }
    if shape.grants.items().next().is_none() && shape.grants.value.is_some() {
        let help = "leave `grants` out for `authorization_code`";
        faults.add_with_help(shape.grants.span.or(place), "a client needs a grant", help);
    }
    grants
}

fn not_offered(item: &Field<String>, grant: GrantType, ground: &Ground<'_>) {
    let books = Profile::ALL.iter().filter(|book| book.grants().contains(&grant));
    let books: Vec<_> = books.map(|book| format!("`profile: {}`", book.as_str())).collect();
    let help = match books.len() {
        0 => "no rule book offers it".to_owned(),
        _ => format!("it is there under {}", books.join(" and ")),
    };
    let (grant, profile) = (grant.short(), ground.profile.as_str());
    let message = format!("the profile `{profile}` does not offer the grant `{grant}`");
    ground.faults.add_with_help(item.span, message, help);
}

pub(super) fn response_types(
    shape: &Client,
    grants: &[GrantType],
    ground: &Ground<'_>,
) -> Vec<ResponseType> {
    let offered = ground.profile.response_types();
    if !shape.response_types.is_given() {
        // Every type whose parts its grants give.
        let whole = |kind: &&ResponseType| {
            let code = grants.contains(&GrantType::AuthorizationCode) || !kind.has_code();
            code && (grants.contains(&GrantType::Implicit)
                || !(kind.has_token() || kind.has_id_token()))
        };
        return offered.iter().filter(whole).copied().collect();
    }
    let known = |text: &str| {
        let kind = ResponseType::read(text).filter(|kind| offered.contains(kind));
        let all: Vec<_> = offered.iter().map(|kind| kind.as_str()).collect();
        let profile = ground.profile.as_str();
        kind.ok_or_else(|| {
            let known = suggest::one_of(&all);
            format!("the profile `{profile}` does not offer this response type; {known}")
        })
    };
    let types = ground.faults.each(&shape.response_types, known);
    if types.len() == shape.response_types.items().count() && !ResponseType::agree(&types, grants) {
        let message = "the response types do not belong to the grants";
        let help = "a type with `code` needs `authorization_code`, one with a token `implicit`, and the reverse (RFC 7591 section 2.1)";
        ground.faults.add_with_help(shape.response_types.span, message, help);
    }
    types
}

pub(super) fn check(
    shape: &Client,
    method: AuthMethod,
    grants: &[GrantType],
    place: Option<Span>,
    faults: &Faults,
) {
    let redirects = [GrantType::AuthorizationCode, GrantType::Implicit];
    let redirects = redirects.into_iter().find(|grant| grants.contains(grant));
    if let Some(grant) = redirects.filter(|_| shape.redirect_uris.items().next().is_none()) {
        let help = "for example `redirect_uris: [\"http://127.0.0.1/callback\"]`";
        let message = format!("a client with `{grant}` needs `redirect_uris`");
        faults.add_with_help(shape.redirect_uris.span.or(place), message, help);
    }
    if method.is_public() && grants.contains(&GrantType::ClientCredentials) {
        let help = "give it a secret, or remove the grant (RFC 6749 section 4.4)";
        let message = "only a confidential client may use `client_credentials`";
        faults.add_with_help(shape.grants.span.or(place), message, help);
    }
}
