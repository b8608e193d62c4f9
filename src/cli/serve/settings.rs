//! From what was typed to what is true: configuration, name, randomness, who wants to be told.

use std::ffi::OsString;
use std::path::PathBuf;

use super::log::LogFilter;
use super::{Args, Half, LogFormat, Output, ProfileName, TlsName};
use crate::cli::context::{Context, lookup};
use crate::cli::terminal::Level;
use crate::config::{Config, Overrides, Ports, Profile, TlsFlag, TokenValidation};
use crate::error::Error;
use crate::lab::Only;
use crate::protocol::IssuerUrl;
use crate::random::Random;

/// What `serve` does.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) name: String,
    pub(super) random: Random,
    pub(super) only: Option<Only>,
    pub(super) issuer: Option<IssuerUrl>,
    pub(super) check: bool,
    pub(super) ready_file: Option<PathBuf>,
    pub(super) ready_fd: Option<u32>,
    pub(super) ready_line: bool,
    pub(super) log_format: Option<LogFormat>,
    pub(super) log_filter: LogFilter,
    pub(super) command: Vec<OsString>,
}

impl Settings {
    pub(super) fn of(context: &Context, args: &Args) -> Result<Self, Error> {
        let config = Config::load(&context.source(), &overrides(args), &lookup)?;
        let only = args.only.map(|half| match half {
            Half::Issuer => Only::Issuer,
            Half::Resource => Only::Resource,
        });
        let issuer = foreign_issuer(args)?;
        if only == Some(Only::Resource) {
            can_ask(&config)?;
        }
        let random = random(context, args, &config)?;
        let name = match &args.name {
            Some(name) => name.clone(),
            None if args.command.is_empty() => config.lab.clone(),
            // Labs around commands run side by side. Not from the seed: that would be the same.
            None => format!("{}-{}", config.lab, unique(context)?),
        };
        Ok(Self {
            config,
            name,
            random,
            only,
            issuer,
            check: args.check,
            ready_file: args.ready_file.clone(),
            ready_fd: args.ready_fd,
            ready_line: args.output == Output::Json,
            log_format: args.log_format,
            log_filter: LogFilter::of(args.log_level.as_deref())?,
            command: args.command.clone(),
        })
    }

    /// From which level on the lab talks by itself: around a command the terminal is the command's.
    pub(super) fn level(&self) -> Level {
        if self.command.is_empty() { Level::Normal } else { Level::Steps }
    }

    /// Whether a program is told where the lab is.
    pub(super) fn has_readers(&self) -> bool {
        self.ready_line
            || self.ready_file.is_some()
            || self.ready_fd.is_some()
            || !self.command.is_empty()
    }
}

fn overrides(args: &Args) -> Overrides {
    // Around a command the system chooses every port that nobody named.
    let port = |named: Option<u16>| named.or((!args.command.is_empty()).then_some(0));
    Overrides {
        profile: args.profile.map(|name| match name {
            ProfileName::OAuth21 => Profile::OAuth21,
            ProfileName::Mcp => Profile::Mcp,
            ProfileName::Fapi2 => Profile::Fapi2,
            ProfileName::Legacy => Profile::Legacy,
        }),
        strict: args.strict,
        name: args.name.clone(),
        ports: Ports {
            issuer: port(args.port),
            resource: port(args.resource_port),
            inspector: port(args.inspector_port),
        },
        weaken: args.weaken.clone(),
        issuer: args.issuer.clone(),
        tls: args.tls.map(|name| match name {
            TlsName::SelfSigned => TlsFlag::SelfSigned,
            TlsName::Files => TlsFlag::Files,
            TlsName::Off => TlsFlag::Off,
        }),
        store: args.store.clone(),
    }
}

fn random(context: &Context, args: &Args, config: &Config) -> Result<Random, Error> {
    match &args.seed {
        None => Ok(context.random.clone()),
        Some(_) if !config.issuer.bind.is_loopback() => Err(Error::usage(
            "a seeded lab is predictable, so it must not listen beyond this machine",
            "leave --seed out, or set issuer.bind to loopback",
        )),
        Some(_) if !config.store.is_memory() => Err(Error::usage(
            "a seeded lab makes the same codes and tokens at each start, and a store that survives \
             knows those that were used",
            "leave --seed out, or remember in memory: --store memory",
        )),
        Some(seed) => Ok(Random::seeded(seed)),
    }
}

/// `--issuer` is for the APIs alone: our own issuer has its URL from the file.
fn foreign_issuer(args: &Args) -> Result<Option<IssuerUrl>, Error> {
    let Some(url) = &args.issuer else { return Ok(None) };
    if args.only != Some(Half::Resource) {
        return Err(Error::usage(
            "--issuer names the issuer of other people's tokens",
            "add --only resource, or set issuer.url in the file",
        ));
    }
    let parsed = IssuerUrl::parse(url);
    parsed
        .map(Some)
        .map_err(|error| Error::usage(format!("--issuer: {error}"), "write the whole URL"))
}

/// APIs without an issuer beside them ask it with a secret that it must know: one that is made at
/// start is known to nobody else.
fn can_ask(config: &Config) -> Result<(), Error> {
    let mut apis = config.apis.iter();
    let asking = apis.find(|api| api.validation == TokenValidation::Introspection);
    match asking.filter(|_| config.resource.client_secret.is_none()) {
        None => Ok(()),
        Some(api) => Err(Error::usage(
            format!("the API `{}` asks its issuer with a secret, and has none", api.name),
            "set resource.client.secret in the lab file, to what the issuer knows; or validation: jwt for each API",
        )),
    }
}

/// A part of a name that no other lab has.
fn unique(context: &Context) -> Result<String, Error> {
    let number = u64::from_be_bytes(context.random.bytes("lab_name")?);
    Ok(format!("{number:016x}"))
}
