//! What must agree across the file: names that exist, hosts that the certificate covers, and
//! nothing known or weak where others can reach it.

use url::Url;

use crate::config::fault::{Fault, Faults, Span};
use crate::config::file::{Field, Lab, SenderConstrained};
use crate::config::overrides::Overrides;
use crate::config::{Config, LoginMode, Password, Profile, Rotation, TlsMode, suggest};
use crate::deviation::{WEAKNESSES, weakness_id};
use crate::protocol::Algorithm;

pub(super) fn weaknesses(lab: &Lab, faults: &Faults) -> Vec<&'static str> {
    let mut active = Vec::new();
    for item in lab.weaknesses.items() {
        let Some(text) = &item.value else { continue };
        match weakness_id(text) {
            Some(id) if active.contains(&id) => {}
            Some(id) => active.push(id),
            None => faults.push(unknown_weakness(item.span, &item.shown(), text)),
        }
    }
    active
}

/// The fault of an unknown id, from the file or from a flag.
pub(in crate::config) fn unknown_weakness(span: Option<Span>, shown: &str, text: &str) -> Fault {
    let all: Vec<&str> = WEAKNESSES.iter().map(|weakness| weakness.id).collect();
    // There are too many to list here, and the list grows.
    let help = match suggest::closest(text, &all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`oauthlab audit --list` names them all".to_owned(),
    };
    Fault { span, message: format!("unknown weakness: {shown}"), help: Some(help) }
}

pub(super) fn known_user(lab: &Lab, name: &str, field: &Field<String>, faults: &Faults) {
    let users = lab.users.items().filter_map(|user| user.value.as_ref());
    let names: Vec<String> = users.filter_map(|user| user.name.value.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if !names.contains(&name) {
        let help = suggest::help(name, &names, &names);
        faults.add_with_help(field.span, format!("unknown user: {}", field.shown()), help);
    }
}

pub(super) fn consistency(config: &Config, lab: &Lab, overrides: &Overrides, faults: &Faults) {
    if overrides.issuer.is_none() {
        transport(config, lab, faults);
    }
    if config.tls == TlsMode::SelfSigned {
        covered(config, lab, overrides, faults);
    }
    if !config.issuer.bind.is_loopback() {
        exposure(config, lab, overrides, faults);
    }
    if overrides.profile.is_none() && config.profile == Profile::Fapi2 {
        fapi2(config, lab, faults);
    }
    if overrides.strict {
        strict(config, lab, faults);
    }
    ports(config, lab, faults);
}

/// The scheme says whether there is TLS; both must agree.
fn transport(config: &Config, lab: &Lab, faults: &Faults) {
    let (issuer, resource) = (lab.issuer.or_default(), lab.resource.or_default());
    let urls = [
        (config.issuer.url.as_str(), issuer.url.span.or(lab.tls.span)),
        (config.resource.url.as_str(), resource.url.span.or(lab.tls.span)),
    ];
    for (url, place) in urls {
        let plain = url.starts_with("http:");
        if plain && config.tls != TlsMode::Off {
            let help = "write `https`, or `tls: off` for plain HTTP on loopback";
            faults.add_with_help(place, "an `http` URL needs `tls: off`", help);
        } else if !plain && config.tls == TlsMode::Off {
            let message = format!("`tls: off` serves plain HTTP, but `{url}` is an `https` URL");
            faults.add_with_help(place, message, "write `http` in `issuer.url` and `resource.url`");
        }
    }
}

/// The certificate covers this machine's names and the aliases.
fn covered(config: &Config, lab: &Lab, overrides: &Overrides, faults: &Faults) {
    let aliases = config.issuer.aliases.iter().filter_map(|alias| host(alias.as_str()));
    let mut hosts: Vec<String> = aliases.collect();
    hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
    let (issuer, resource) = (lab.issuer.or_default(), lab.resource.or_default());
    let own = overrides.issuer.is_none().then_some((config.issuer.url.as_str(), issuer.url.span));
    let urls = own.into_iter().chain([(config.resource.url.as_str(), resource.url.span)]);
    for (url, place) in urls {
        if let Some(host) = host(url).filter(|host| !hosts.contains(host)) {
            let message = format!("the lab's certificate would not cover the host `{host}`");
            let help = format!("add it to `issuer.aliases`, for example `https://{host}`");
            faults.add_with_help(place, message, help);
        }
    }
}

fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Beyond loopback, a lab has nothing that everybody knows.
fn exposure(config: &Config, lab: &Lab, overrides: &Overrides, faults: &Faults) {
    let help = "listen on loopback (`bind: loopback`), or remove it";
    let refuse = |place: Option<Span>, what: &str| {
        let message =
            format!("{what} is allowed on loopback only, and this lab listens on another address");
        faults.add_with_help(place, message, help);
    };
    if !config.weaknesses.is_empty() || !overrides.weaken.is_empty() {
        refuse(lab.weaknesses.span, "a weakness");
    }
    if config.tls == TlsMode::Off {
        refuse(lab.tls.span, "`tls: off`");
    }
    if matches!(config.login, LoginMode::Automatic(_)) && !overrides.strict {
        refuse(lab.login.span, "automatic login");
    }
    for shape in lab.users.items().filter_map(|item| item.value.as_ref()) {
        let name = shape.name.value.as_deref();
        let user = config.users.iter().find(|user| Some(user.name.as_str()) == name);
        let plain = user.is_some_and(|user| matches!(user.password, Password::Plain(_)));
        if plain && !shape.password.supplied && !overrides.strict {
            let message = "a password in clear is allowed on loopback only, and this lab listens on another address";
            let help = "write `password_hash: …`, `password: generated` or `password: ${NAME}`";
            faults.add_with_help(shape.password.span, message, help);
        }
    }
}

/// A file that asks for this rule book must not contradict it. A flag simply imposes it.
fn fapi2(config: &Config, lab: &Lab, faults: &Faults) {
    let tokens = lab.tokens.or_default();
    let (access, refresh) = (tokens.access.or_default(), tokens.refresh.or_default());
    if config.tokens.rotation != Rotation::Off {
        let help = "write `rotation: off` (FAPI 2.0 section 5.3.2.1)";
        faults.add_with_help(
            refresh.rotation.span,
            "under `fapi2` refresh tokens do not rotate",
            help,
        );
    }
    let algs = [
        (config.tokens.access_alg, access.alg.span),
        (config.tokens.id_token_alg, tokens.id_token.or_default().alg.span),
    ];
    for (_, place) in algs.into_iter().filter(|(alg, _)| *alg == Algorithm::Rs256) {
        let help = "write `ES256`, `PS256` or `EdDSA` (FAPI 2.0 section 5.4.1)";
        faults.add_with_help(place, "under `fapi2` nothing is signed with `RS256`", help);
    }
    for shape in lab.resources.items().filter_map(|item| item.value.as_ref()) {
        let place = shape.sender_constrained.span;
        if shape.sender_constrained.value == Some(SenderConstrained::Optional) {
            let help = "leave it out, or write `required` (FAPI 2.0 section 5.3.2.1)";
            faults.add_with_help(place, "under `fapi2` APIs take bound tokens only", help);
        }
    }
    if config.tokens.code_ttl > Profile::Fapi2.longest_code_ttl() {
        let help = "write at most `60s` (FAPI 2.0 section 5.3.2.1)";
        let place = tokens.code.or_default().ttl.span;
        faults.add_with_help(place, "under `fapi2` a code lives for a minute at most", help);
    }
}

/// `--strict` cannot be had together with these.
fn strict(config: &Config, lab: &Lab, faults: &Faults) {
    if !config.weaknesses.is_empty() {
        faults.add(lab.weaknesses.span, "`--strict` and weaknesses exclude each other");
    }
    if config.tls == TlsMode::Off {
        faults.add(lab.tls.span, "`--strict` and `tls: off` exclude each other");
    }
}

/// Three listeners cannot share a port.
fn ports(config: &Config, lab: &Lab, faults: &Faults) {
    let (issuer, resource) = (lab.issuer.or_default(), lab.resource.or_default());
    let inspector = lab.inspector.or_default();
    let ports = [
        (config.issuer.port, issuer.port.span.or(issuer.url.span), "issuer"),
        (config.resource.port, resource.port.span.or(resource.url.span), "resource"),
        (config.inspector.port, inspector.port.span, "inspector"),
    ];
    for (index, (port, place, name)) in ports.iter().enumerate() {
        let earlier = ports.iter().take(index).find(|(other, ..)| other == port && *port != 0);
        if let Some((_, _, other)) = earlier {
            let help = "give each its own; 0 lets the system choose";
            faults.add_with_help(
                *place,
                format!("`{name}` and `{other}` share the port {port}"),
                help,
            );
        }
    }
}
