//! `registration`: who may register clients, and whose software statements count.

use std::path::Path;

use super::GENERATED;
use super::clients::GivenKeys;
use crate::config::fault::Faults;
use crate::config::file::{Field, Lab, Registration, StatementIssuer as Shape};
use crate::config::{Profile, RegistrationMode, SoftwareStatements, StatementIssuer};

pub(super) fn mode(lab: &Lab, profile: Profile, faults: &Faults) -> RegistrationMode {
    let section = lab.registration.or_default();
    let token = section.token.value.clone().filter(|token| token.expose() != GENERATED);
    faults.secret(&section.token);
    let mode = section.mode.value;
    if section.token.is_given() && !matches!(mode, Some(Registration::InitialAccessToken)) {
        let help = "write `mode: initial-access-token` beside it";
        faults.add_with_help(section.token.span, "this mode has no token", help);
    }
    match mode {
        Some(Registration::Open) => RegistrationMode::Open,
        Some(Registration::InitialAccessToken) => RegistrationMode::InitialAccessToken(token),
        Some(Registration::Off) => RegistrationMode::Off,
        None => profile.registration(),
    }
}

pub(super) fn statements(lab: &Lab, base: &Path, faults: &Faults) -> SoftwareStatements {
    let shape = lab.registration.or_default().software_statements.or_default();
    let issuers: Vec<_> =
        shape.issuers.items().filter_map(|item| issuer(item, base, faults)).collect();
    let required = shape.required.value.unwrap_or_default();
    if required && shape.issuers.items().next().is_none() {
        let help = "add `issuers: [{ issuer: …, jwks_file: … }]`";
        let message = "a software statement is required, but nobody's would count";
        faults.add_with_help(shape.required.span, message, help);
    }
    SoftwareStatements { issuers, required }
}

fn issuer(item: &Field<Shape>, base: &Path, faults: &Faults) -> Option<StatementIssuer> {
    let shape = item.value.as_ref()?;
    let named = |text: &str| {
        let fits = (1..=512).contains(&text.len());
        if fits { Ok(text.to_owned()) } else { Err("an issuer has 1 to 512 characters") }
    };
    let issuer = faults.required(&shape.issuer, item.span, "it needs an `issuer`", named);
    let given = GivenKeys {
        jwks: &shape.jwks,
        jwks_file: &shape.jwks_file,
        jwks_uri: &shape.jwks_uri,
        place: item.span,
    };
    let keys = given.keys(base, faults);
    Some(StatementIssuer { issuer: issuer?, keys })
}
