//! What flags say about the lab. They speak last, and through the same checks as the file.

use super::build::{ISSUER, RESOURCE, unknown_weakness};
use super::fault::Faults;
use super::file::{Field, Lab, Mode, Store, Tls};
use super::{Ports, Profile};
use crate::deviation::weakness_id;
use crate::protocol::{IssuerUrl, Secret};

/// What flags change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--profile`. It is imposed: what the file says against it gives way.
    pub profile: Option<Profile>,
    /// `--strict`.
    pub strict: bool,
    /// `--name`.
    pub name: Option<String>,
    /// `--port`, `--resource-port`, `--inspector-port`.
    pub ports: Ports,
    /// `--weaken`: ids, beside those of the file.
    pub weaken: Vec<String>,
    /// `--issuer`, with `--only resource`: somebody else's issuer.
    pub issuer: Option<String>,
    /// `--tls`.
    pub tls: Option<TlsFlag>,
    /// `--store`: `memory` or `sqlite:FILE`.
    pub store: Option<String>,
}

/// `--tls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFlag {
    /// A certificate of the lab's own CA.
    SelfSigned,
    /// The files that the YAML names.
    Files,
    /// Plain HTTP: the URLs become `http`.
    Off,
}

impl Overrides {
    /// Writes what the flags say over what the file says.
    pub(super) fn apply_to(&self, lab: &mut Lab, faults: &Faults) {
        if let Some(name) = &self.name {
            lab.lab = Field::from_flag(name.clone());
        }
        if let Some(url) = &self.issuer {
            take_issuer(url, lab, faults);
        }
        if let Some(store) = &self.store {
            take_store(store, lab, faults);
        }
        if let Some(tls) = self.tls {
            take_tls(tls, lab, faults);
        }
        for id in &self.weaken {
            if weakness_id(id).is_some() {
                let items = lab.weaknesses.value.get_or_insert_default();
                items.push(Field::from_flag(id.clone()));
            } else {
                faults.push(unknown_weakness(None, &format!("`{id}` (--weaken)"), id));
            }
        }
    }
}

/// Another issuer's URL says nothing about our own transport.
fn take_issuer(url: &str, lab: &mut Lab, faults: &Faults) {
    if let Err(error) = IssuerUrl::parse(url) {
        faults.add(None, format!("--issuer: {error}"));
        return;
    }
    lab.issuer.value.get_or_insert_default().url = Field::from_flag(url.to_owned());
}

fn take_store(store: &str, lab: &mut Lab, faults: &Faults) {
    if store == "memory" {
        lab.store = Field::from_flag(Store::Memory { capacity: Field::default() });
    } else if let Some(file) = store.strip_prefix("sqlite:").filter(|file| !file.is_empty()) {
        lab.store = Field::from_flag(Store::Sqlite(from_here(file)));
    } else if store.starts_with("redis") && store.contains("://") {
        lab.store = Field::from_flag(Store::Redis(Secret::new(store.to_owned())));
    } else {
        let help = "there are `memory`, `sqlite:FILE` and `redis://HOST:PORT`";
        faults.add_with_help(None, "--store: no such store", help);
    }
}

/// A file that a flag names lies where the flag was typed, and not beside the YAML.
fn from_here(file: &str) -> String {
    let absolute = std::path::absolute(file).ok();
    absolute
        .and_then(|path| path.into_os_string().into_string().ok())
        .unwrap_or_else(|| file.to_owned())
}

fn take_tls(tls: TlsFlag, lab: &mut Lab, faults: &Faults) {
    let mode = match tls {
        TlsFlag::SelfSigned => Tls::SelfSigned,
        TlsFlag::Off => Tls::Off,
        TlsFlag::Files => {
            let given = lab.tls.value.as_ref().map(|mode| &mode.0);
            if !matches!(given, Some(Tls::Files(_))) {
                let help = "write `tls: { files: { cert: …, key: … } }` in the file";
                faults.add_with_help(None, "--tls files: the file names no certificate", help);
            }
            return;
        }
    };
    let (from, to) = match tls {
        TlsFlag::Off => ("https://", "http://"),
        TlsFlag::SelfSigned | TlsFlag::Files => ("http://", "https://"),
    };
    lab.tls = Field::from_flag(Mode(mode));
    let issuer = lab.issuer.value.get_or_insert_default();
    change_scheme(&mut issuer.url, ISSUER, from, to);
    let resource = lab.resource.value.get_or_insert_default();
    change_scheme(&mut resource.url, RESOURCE, from, to);
    if tls == TlsFlag::Off {
        // Aliases are names in a certificate, and there is none.
        issuer.aliases = Field::default();
    }
}

fn change_scheme(url: &mut Field<String>, default: &str, from: &str, to: &str) {
    let text = url.value.as_deref().or_else(|| (!url.is_given()).then_some(default));
    if let Some(rest) = text.and_then(|text| text.strip_prefix(from)) {
        url.value = Some(format!("{to}{rest}"));
    }
}
