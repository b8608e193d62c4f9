//! `clients`: each as if it had been registered (RFC 7591 §2).

mod authentication;
mod grants;
mod wishes;

pub(super) use authentication::GivenKeys;

use std::collections::BTreeSet;
use std::path::Path;

use super::GENERATED;
use super::apis::scope_names;
use crate::config::fault::Faults;
use crate::config::file::{Client, Field, Lab};
use crate::config::suggest;
use crate::config::{ClientConfig, Profile};
use crate::protocol::{ClientId, ClientMetadata, IssuerUrl, RedirectUri, Scope, ScopeToken};

/// What the clients of a file are read with.
struct Ground<'a> {
    /// The rule book that the file names; a flag that imposes another one is no fault of the file.
    profile: Profile,
    scopes: BTreeSet<String>,
    /// The folder of the file.
    base: &'a Path,
    faults: &'a Faults,
}

pub(super) fn clients(lab: &Lab, base: &Path, faults: &Faults) -> Vec<ClientConfig> {
    let profile = lab.profile.value.map_or(Profile::OAuth21, Profile::from);
    let ground = Ground { profile, scopes: scope_names(lab), base, faults };
    let own = lab.resource.or_default().client.or_default().id;
    let mut ids = BTreeSet::from([own.value.unwrap_or_else(|| "resource-server".to_owned())]);
    lab.clients.items().filter_map(|item| client(item, &mut ids, &ground)).collect()
}

fn client(
    item: &Field<Client>,
    ids: &mut BTreeSet<String>,
    ground: &Ground<'_>,
) -> Option<ClientConfig> {
    let faults = ground.faults;
    let shape = item.value.as_ref()?;
    let id = faults.required(&shape.id, item.span, "a client needs an `id`", ClientId::parse);
    if let Some(id) = id.as_ref().filter(|id| !ids.insert(id.as_str().to_owned())) {
        let help = "`resource.client.id` is a client, too";
        faults.add_with_help(shape.id.span, format!("two clients have the id `{id}`"), help);
    }
    let place = shape.id.span.or(item.span);
    let keys = authentication::keys(shape, ground);
    let method = authentication::method(shape, &keys, place, ground);
    let grants = grants::grants(shape, place, ground);
    let response_types = grants::response_types(shape, &grants, ground);
    let redirect_uris = faults.each(&shape.redirect_uris, RedirectUri::parse);
    grants::check(shape, method, &grants, place, faults);
    let generated = shape.secret.value.as_ref().is_some_and(|s| s.expose() == GENERATED);
    Some(ClientConfig {
        secret: shape.secret.value.clone().filter(|_| !generated && method.has_secret()),
        generated_secret: generated && method.has_secret(),
        generated_key: shape.keys.value.is_some(),
        claims: super::tokens::custom(&shape.claims, faults),
        metadata: ClientMetadata {
            token_endpoint_auth_method: method,
            grant_types: grants,
            response_types,
            scope: scope(shape, ground),
            client_name: faults.optional(&shape.name, person_name),
            client_uri: faults.optional(&shape.uri, home_page),
            keys,
            wishes: wishes::wishes(shape, faults),
            logout: wishes::logout(shape, &redirect_uris, place, faults),
            redirect_uris,
            ..ClientMetadata::default()
        },
        exchange: super::trust::exchange(shape, faults),
        id: id?,
    })
}

fn scope(shape: &Client, ground: &Ground<'_>) -> Option<Scope> {
    shape.scopes.value.as_ref()?;
    let names: Vec<&str> = ground.scopes.iter().map(String::as_str).collect();
    let mut tokens = Vec::new();
    for item in shape.scopes.items().filter(|item| item.value.is_some()) {
        let Some(token) = ground.faults.parsed(item, "", ScopeToken::parse) else { continue };
        if ground.scopes.contains(token.as_str()) {
            tokens.push(token);
        } else {
            let help = suggest::help(token.as_str(), &names, &names);
            let message = format!("unknown scope: {}", item.shown());
            ground.faults.add_with_help(item.span, message, help);
        }
    }
    Some(tokens.into_iter().collect())
}

fn person_name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("a name has 1 to 200 bytes on one line") }
}

/// Shown on the consent page as a link: https, or http on this machine.
fn home_page(text: &str) -> Result<String, &'static str> {
    let plain = text.split(['?', '#']).next().unwrap_or("");
    IssuerUrl::parse(plain).map(|_| text.to_owned()).map_err(|_| "a home page is an https URL")
}
