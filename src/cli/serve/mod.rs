//! `oauthlab serve`: runs a lab in the foreground, or around one command.

mod announce;
mod banner;
mod child;
mod log;
mod probe;
mod settings;
mod signals;

use std::ffi::OsString;
use std::path::{self, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use serde_json::json;

use super::colour::Paint;
use super::context::{self, Context};
use super::env;
use super::keep::Kept;
use super::store_key;
use super::terminal::Level;
use crate::config::Config;
use crate::error::Error;
use crate::lab::live::{Claim, LiveRecord};
use crate::lab::ready::ReadyRecord;
use crate::lab::{Lab, LabOptions, Only};
use crate::tls::DataDir;
use announce::Announced;
use log::Log;
use settings::Settings;
use signals::Signals;

/// Run the lab: authorization server, APIs and inspector over TLS
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab serve
oauthlab serve --strict --profile mcp
oauthlab serve -- npm test
oauthlab serve --port 0 --ready-file lab.json")]
pub(super) struct Args {
    /// Every strict switch: random secrets, exact matching, no convenience
    #[arg(long)]
    strict: bool,
    /// The rule book
    #[arg(long, value_name = "PROFILE")]
    profile: Option<ProfileName>,
    /// Port of the authorization server; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Port of the APIs; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    resource_port: Option<u16>,
    /// Port of the inspector; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    inspector_port: Option<u16>,
    /// Name of this lab, by which client commands find it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Run one half only
    #[arg(long, value_name = "HALF")]
    only: Option<Half>,
    /// With --only resource: the issuer whose tokens the APIs accept
    #[arg(long, value_name = "URL", requires = "only")]
    issuer: Option<String>,
    /// Open a hole on purpose, by the id of the check that finds it
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    weaken: Vec<String>,
    /// What remembers: memory, or sqlite:FILE
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Where the certificate comes from
    #[arg(long, value_name = "MODE")]
    tls: Option<TlsName>,
    /// Write the ready record to a file once the lab answers; removed at exit
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Write the ready record to an open file descriptor once the lab answers
    #[arg(long, value_name = "N")]
    ready_fd: Option<u32>,
    /// Make ids, codes and secrets follow from a seed, not the signing keys; loopback only
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    /// Check the configuration and stop
    #[arg(long)]
    check: bool,
    /// How requests are told on stderr [default: human; around a command with -v only]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// What is told: off, error, warn, info, debug, trace, or TARGET=LEVEL,… [default: info]
    #[arg(long, value_name = "FILTER")]
    log_level: Option<String>,
    /// What is printed on stdout
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
    /// Run a command with the lab's environment, stop with it, and exit with its code
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// OAuth 2.1 and RFC 9700
    #[value(name = "oauth2.1")]
    OAuth21,
    /// The Model Context Protocol
    Mcp,
    /// FAPI 2.0 Security Profile
    Fapi2,
    /// RFC 6749 as it once was
    Legacy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Half {
    /// The authorization server
    Issuer,
    /// The APIs
    Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TlsName {
    /// A certificate of the lab's own CA
    SelfSigned,
    /// The files that the YAML names
    Files,
    /// None: plain HTTP on loopback
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// A line for people
    Human,
    /// A line of JSON (oauthlab.log/v1)
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Nothing; the lab is described on stderr
    Text,
    /// The ready record as the first line (oauthlab.ready/v1)
    Json,
}

/// Reads the configuration and runs the lab.
pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let settings = Settings::of(context, args)?;
    if settings.check {
        return checked(context, args, &settings.config);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|reason| Error::System { verb: "start the runtime", reason })?;
    let has_command = !settings.command.is_empty();
    let result = runtime.block_on(serve(context, settings));
    result.map_err(|error| if has_command { Error::around_command(error) } else { error })
}

fn checked(context: &Context, args: &Args, config: &Config) -> Result<u8, Error> {
    match args.output {
        Output::Json => {
            let document =
                json!({ "schema": "oauthlab.configuration/v1", "valid": true, "lab": config.lab });
            context.terminal.answer_json(&document)?;
        }
        Output::Text => context.terminal.say("the configuration is valid"),
    }
    Ok(0)
}

async fn serve(context: &Context, settings: Settings) -> Result<u8, Error> {
    // Before anything is made that a signal would leave behind.
    let mut signals = Signals::listen()?;
    let data = context::data()?;
    let claim = Claim::take(&data, &settings.name)?;
    let mut log = Log::listen(context, &settings);
    let lab = tokio::select! {
        lab = start(context, &settings, &data) => lab?,
        _ = signals.next() => return Ok(0),
    };
    log.begin(lab.ring());
    let mut ready = lab.ready().clone();
    if settings.has_readers() {
        ready.ca_bundle = env::bundle(&data, &ready)?;
    }
    let inspector_token = Some(lab.inspector_token().clone());
    let client_keys = lab.client_keys().clone();
    let database = settings.config.store.file().and_then(|file| path::absolute(file).ok());
    let live = LiveRecord { ready, inspector_token, client_keys, database, file: claim.path() };
    claim.publish(&live)?;
    let announced = Announced::write(context, &settings, &live.ready)?;
    greet(context, &settings, &lab, &live.ready);
    let until_the_end = async {
        if settings.command.is_empty() {
            signals.next().await;
            return Ok(0);
        }
        let variables = env::of_lab(&data, &live)?;
        child::run(&settings.command, &variables, &mut signals).await
    };
    let code = tokio::select! {
        code = until_the_end => code?,
        never = log.follow(context, lab.ring()) => match never {},
    };
    if settings.log_format != Some(LogFormat::Json) {
        context.terminal.say_at(Level::Steps, "stopping");
    }
    drop((announced, claim));
    if settings.only != Some(Only::Resource) && settings.config.store.is_memory() {
        forget(&data, &live.ready);
    }
    end(context, &settings, lab, (&mut log, &mut signals)).await;
    Ok(code)
}

/// Tells those who route requests here, serves them meanwhile, and stops. Whoever asks again does
/// not wait.
async fn end(
    context: &Context,
    settings: &Settings,
    lab: Lab,
    (log, signals): (&mut Log, &mut Signals),
) {
    let ring = Arc::clone(lab.ring());
    // A command that has ended has nobody who asks on.
    if settings.command.is_empty() {
        tokio::select! {
            () = lab.leave() => {}
            _ = signals.next() => {}
            never = log.follow(context, &ring) => match never {},
        }
    }
    tokio::select! {
        () = lab.stop() => {}
        // Asked twice: at once.
        _ = signals.next() => {}
    }
    log.rest(context, &ring).await;
}

/// Starts the lab; it is ready when it answers as a client would ask.
async fn start(context: &Context, settings: &Settings, data: &DataDir) -> Result<Lab, Error> {
    let options = LabOptions {
        random: settings.random.clone(),
        only: settings.only,
        issuer: settings.issuer.clone(),
        store_key: store_key::given()?,
        ..LabOptions::new(data.clone(), &settings.name)
    };
    let lab = Lab::start(settings.config.clone(), options).await?;
    probe::until_it_answers(context, &lab, settings).await?;
    Ok(lab)
}

/// Says where the lab is. Around a command the terminal is the command's: only dangers are said.
fn greet(context: &Context, settings: &Settings, lab: &Lab, ready: &ReadyRecord) {
    if settings.log_format == Some(LogFormat::Json) {
        // Whoever reads JSON reads nothing else.
        for warning in banner::warnings(Paint(false), lab, ready).lines() {
            tracing::warn!("{warning}");
        }
        return;
    }
    let paint = context.terminal.err_paint();
    context.terminal.say(banner::warnings(paint, lab, ready).trim_end());
    context.terminal.say_at(settings.level(), &banner::text(paint, ready));
}

/// What this issuer told its clients dies with it when its store is in memory.
fn forget(data: &DataDir, ready: &ReadyRecord) {
    // A file that stays is replaced by the next lab with this issuer.
    let _ = Kept::of(data, &ready.issuer).and_then(|kept| kept.forget());
}
