//! `trusted_issuers`, and `exchange` of clients: whose word counts, for whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::clients::GivenKeys;
use crate::config::fault::Faults;
use crate::config::file::{Client, Entries, Field, Lab, TrustedIssuer as Shape};
use crate::config::{ExchangeConfig, TrustedIssuer, UserConfig, suggest};
use crate::protocol::{ClientId, IssuerUrl, Subject};

pub(super) fn trusted_issuers(
    lab: &Lab,
    base: &Path,
    users: &[UserConfig],
    faults: &Faults,
) -> Vec<TrustedIssuer> {
    let mut seen = BTreeSet::new();
    let read = |item| trusted_issuer(item, base, users, faults);
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
    base: &Path,
    users: &[UserConfig],
    faults: &Faults,
) -> Option<TrustedIssuer> {
    let shape = item.value.as_ref()?;
    let issuer =
        faults.required(&shape.issuer, item.span, "a trusted issuer needs an `issuer`", |text| {
            IssuerUrl::parse(text).map(|_| text.to_owned())
        });
    let given = GivenKeys {
        jwks: &shape.jwks,
        jwks_file: &shape.jwks_file,
        jwks_uri: &shape.jwks_uri,
        place: item.span,
    };
    let keys = given.keys(base, faults);
    let subjects = shape.subjects.is_given().then(|| subjects(&shape.subjects, users, faults));
    Some(TrustedIssuer { issuer: issuer?, keys, subjects })
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
