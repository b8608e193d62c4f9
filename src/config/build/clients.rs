//! `clients`: each as if it had been registered (RFC 7591 §2).

use std::collections::BTreeSet;

use super::GENERATED;
use crate::config::fault::{Faults, Span};
use crate::config::file::{Client, Field, Lab};
use crate::config::suggest;
use crate::config::{ClientConfig, Profile};
use crate::protocol::{
    AuthMethod, ClientId, ClientMetadata, ClientWishes, GrantType, IssuerUrl, RedirectUri,
    ResponseType, Scope, ScopeToken,
};

pub(super) fn clients(lab: &Lab, known: &BTreeSet<String>, faults: &Faults) -> Vec<ClientConfig> {
    let own = lab.resource.or_default().client.or_default().id;
    let mut ids = BTreeSet::from([own.value.unwrap_or_else(|| "resource-server".to_owned())]);
    lab.clients.items().filter_map(|item| client(item, &mut ids, known, faults)).collect()
}

fn client(
    item: &Field<Client>,
    ids: &mut BTreeSet<String>,
    known: &BTreeSet<String>,
    faults: &Faults,
) -> Option<ClientConfig> {
    let shape = item.value.as_ref()?;
    let id = faults.required(&shape.id, item.span, "a client needs an `id`", ClientId::parse);
    if let Some(id) = id.as_ref().filter(|id| !ids.insert(id.as_str().to_owned())) {
        let help = "`resource.client.id` is a client, too";
        faults.add_with_help(shape.id.span, format!("two clients have the id `{id}`"), help);
    }
    let place = shape.id.span.or(item.span);
    let method = method(shape, place, faults);
    let grants = grants(shape, place, faults);
    let redirect_uris = faults.each(&shape.redirect_uris, RedirectUri::parse);
    check_grants(shape, method, &grants, place, faults);
    let generated = shape.secret.value.as_ref().is_some_and(|s| s.expose() == GENERATED);
    let has_code = grants.contains(&GrantType::AuthorizationCode);
    let response_types = if has_code { vec![ResponseType::Code] } else { Vec::new() };
    Some(ClientConfig {
        secret: shape.secret.value.clone().filter(|_| !generated && !method.is_public()),
        generated_secret: generated,
        claims: super::tokens::custom(&shape.claims, faults),
        metadata: ClientMetadata {
            redirect_uris,
            token_endpoint_auth_method: method,
            grant_types: grants,
            response_types,
            scope: scope(shape, known, faults),
            client_name: faults.optional(&shape.name, person_name),
            client_uri: faults.optional(&shape.uri, home_page),
            wishes: ClientWishes {
                id_token_signed_response_alg: shape.id_token_alg.value.map(Into::into),
                ..ClientWishes::default()
            },
            ..ClientMetadata::default()
        },
        id: id?,
    })
}

/// A client has a secret, or is public; saying neither is a mistake that must not become a choice.
fn method(shape: &Client, place: Option<Span>, faults: &Faults) -> AuthMethod {
    faults.secret(&shape.secret);
    let public = shape.public.value == Some(true);
    let secret = shape.secret.is_given();
    if public && secret {
        let help = "remove `public: true`, or remove the secret";
        faults.add_with_help(shape.secret.span, "a public client has no secret", help);
    } else if !public && !secret {
        let help =
            "write `public: true` for an application on a device or in a browser, else `secret: …`";
        faults.add_with_help(place, "a client is public or has a secret", help);
    }
    let natural = if public { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
    let asked = faults.optional(&shape.auth_method, |text| {
        let offered = Profile::OAuth21.auth_methods();
        AuthMethod::parse(text).filter(|method| offered.contains(method)).ok_or_else(|| {
            let all: Vec<_> = offered.iter().map(|method| method.as_str()).collect();
            format!(
                "this build does not know this authentication method; {}",
                suggest::one_of(&all)
            )
        })
    });
    let method = asked.unwrap_or(natural);
    if method.is_public() != natural.is_public() && public != secret {
        let message = format!("the method `{method}` does not fit this client");
        let help = "`none` is for public clients, and only for them";
        faults.add_with_help(shape.auth_method.span, message, help);
    }
    method
}

fn grants(shape: &Client, place: Option<Span>, faults: &Faults) -> Vec<GrantType> {
    if !shape.grants.is_given() {
        return vec![GrantType::AuthorizationCode];
    }
    let mut grants = Vec::new();
    for item in shape.grants.items() {
        let Some(text) = &item.value else { continue };
        let offered = Profile::OAuth21.grants();
        match GrantType::parse(text).filter(|grant| offered.contains(grant)) {
            Some(grant) if grants.contains(&grant) => {
                faults.add(item.span, format!("the grant `{grant}` is given twice"));
            }
            Some(grant) => grants.push(grant),
            None => unknown_grant(item, text, faults),
        }
    }
    if shape.grants.items().next().is_none() && shape.grants.value.is_some() {
        let help = "leave `grants` out for `authorization_code`";
        faults.add_with_help(shape.grants.span.or(place), "a client needs a grant", help);
    }
    grants
}

fn unknown_grant(item: &Field<String>, text: &str, faults: &Faults) {
    let all: Vec<_> = Profile::OAuth21.grants().iter().map(|grant| grant.as_str()).collect();
    let message = match text {
        "implicit" | "password" => {
            format!("the grant `{text}` is gone: OAuth 2.1 leaves it out, and so does this lab")
        }
        "device_code" | "ciba" => format!("the grant `{text}` is not supported yet"),
        extension if extension.starts_with("urn:") => {
            format!("the grant {} is not supported yet", item.shown())
        }
        _ => format!("unknown grant: {}", item.shown()),
    };
    faults.add_with_help(item.span, message, suggest::help(text, &all, &all));
}

fn check_grants(
    shape: &Client,
    method: AuthMethod,
    grants: &[GrantType],
    place: Option<Span>,
    faults: &Faults,
) {
    let wants_redirect = grants.contains(&GrantType::AuthorizationCode);
    if wants_redirect && shape.redirect_uris.items().next().is_none() {
        let help = "for example `redirect_uris: [\"http://127.0.0.1/callback\"]`";
        let message = "a client with `authorization_code` needs `redirect_uris`";
        faults.add_with_help(shape.redirect_uris.span.or(place), message, help);
    }
    if method.is_public() && grants.contains(&GrantType::ClientCredentials) {
        let help = "give it a secret, or remove the grant (RFC 6749 section 4.4)";
        let message = "only a confidential client may use `client_credentials`";
        faults.add_with_help(shape.grants.span.or(place), message, help);
    }
}

fn scope(shape: &Client, known: &BTreeSet<String>, faults: &Faults) -> Option<Scope> {
    shape.scopes.value.as_ref()?;
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut tokens = Vec::new();
    for item in shape.scopes.items().filter(|item| item.value.is_some()) {
        let Some(token) = faults.parsed(item, "", ScopeToken::parse) else { continue };
        if known.contains(token.as_str()) {
            tokens.push(token);
        } else {
            let help = suggest::help(token.as_str(), &names, &names);
            faults.add_with_help(item.span, format!("unknown scope: {}", item.shown()), help);
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
