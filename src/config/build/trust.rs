//! `trusted_issuers`, and `exchange` of clients: whose word counts, for whom.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::config::fault::Faults;
use crate::config::file::{Client, Entries, Field, Lab, TrustedIssuer as Shape};
use crate::config::{ExchangeConfig, TrustedIssuer, UserConfig, suggest};
use crate::protocol::jose::{Jwk, JwkSet};
use crate::protocol::{Algorithm, ClientId, IssuerUrl, Subject};

/// No issuer signs with more keys.
const MOST_KEYS: usize = 20;

pub(super) fn trusted_issuers(
    lab: &Lab,
    users: &[UserConfig],
    faults: &Faults,
) -> Vec<TrustedIssuer> {
    let mut seen = BTreeSet::new();
    let read = |item| trusted_issuer(item, users, faults);
    let all: Vec<_> =
        lab.trusted_issuers.items().filter_map(|item| Some((item, read(item)?))).collect();
    for (item, trusted) in &all {
        if !seen.insert(trusted.issuer.clone()) {
            faults.add(item.span, format!("the issuer `{}` is given twice", trusted.issuer));
        }
    }
    all.into_iter().map(|(_, trusted)| trusted).collect()
}

fn trusted_issuer(
    item: &Field<Shape>,
    users: &[UserConfig],
    faults: &Faults,
) -> Option<TrustedIssuer> {
    let shape = item.value.as_ref()?;
    let issuer =
        faults.required(&shape.issuer, item.span, "a trusted issuer needs an `issuer`", |text| {
            IssuerUrl::parse(text).map(|_| text.to_owned())
        });
    if !shape.jwks.is_given() {
        let help = "its public keys: `jwks: { keys: [...] }`";
        faults.add_with_help(item.span, "a trusted issuer needs `jwks`", help);
    }
    let jwks = jwks(&shape.jwks, faults);
    let subjects = shape.subjects.is_given().then(|| subjects(&shape.subjects, users, faults));
    Some(TrustedIssuer { issuer: issuer?, jwks: jwks?, subjects })
}

/// Public keys that can verify a signature that we know.
fn jwks(field: &Field<Map<String, Value>>, faults: &Faults) -> Option<JwkSet> {
    let map = field.value.clone()?;
    let parsed = serde_json::from_value::<JwkSet>(Value::Object(map));
    let usable = |key: &Jwk| Algorithm::ALL.iter().any(|alg| key.fits(*alg));
    match parsed {
        Ok(set) if (1..=MOST_KEYS).contains(&set.keys.len()) && set.keys.iter().all(usable) => {
            Some(set)
        }
        Ok(_) | Err(_) => {
            let help =
                "a JWK Set of RFC 7517: `{ keys: [{ kty: EC, crv: P-256, x: ..., y: ... }] }`";
            faults.add_with_help(field.span, "these are no public keys", help);
            None
        }
    }
}

fn subjects(
    field: &Field<Entries<String>>,
    users: &[UserConfig],
    faults: &Faults,
) -> BTreeMap<String, Subject> {
    let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
    let mut found = BTreeMap::new();
    for (theirs, ours) in field.or_default().0 {
        let (Some(theirs), Some(name)) = (theirs.value, &ours.value) else { continue };
        if let Some(user) = users.iter().find(|user| user.name == *name) {
            found.insert(theirs, user.subject.clone());
        } else {
            let help = suggest::help(name, &names, &names);
            faults.add_with_help(ours.span, format!("unknown user: {}", ours.shown()), help);
        }
    }
    found
}

/// `exchange` of a client. Whether the clients that it names exist is judged by [`known`].
pub(super) fn exchange(shape: &Client, faults: &Faults) -> ExchangeConfig {
    let exchange = shape.exchange.or_default();
    ExchangeConfig {
        from: faults.each(&exchange.from, ClientId::parse),
        impersonate: exchange.impersonate.value == Some(true),
    }
}

/// Notes clients under `exchange.from` that the file does not have.
pub(super) fn known(lab: &Lab, faults: &Faults) {
    let shapes: Vec<_> = lab.clients.items().filter_map(|item| item.value.as_ref()).collect();
    let ids: Vec<&str> = shapes.iter().filter_map(|shape| shape.id.value.as_deref()).collect();
    for shape in &shapes {
        let exchange = shape.exchange.or_default();
        let unknown =
            |item: &&Field<String>| item.value.as_deref().is_some_and(|id| !ids.contains(&id));
        for item in exchange.from.items().filter(unknown) {
            let help = suggest::help(item.value.as_deref().unwrap_or_default(), &ids, &ids);
            faults.add_with_help(item.span, format!("unknown client: {}", item.shown()), help);
        }
    }
}
