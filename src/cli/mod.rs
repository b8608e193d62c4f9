//! What the user types: arguments become settings, settings become one call.
//!
//! One file a subcommand. `terminal` alone prints, `command` gives every flag its variable, and
//! `context` holds what all commands share.

mod audit;
mod ca;
mod call;
mod clients;
mod colour;
mod command;
mod completions;
mod context;
mod decode;
mod early;
mod env;
mod escape;
mod explain;
mod health;
mod help;
mod identity;
mod init;
mod inspector;
mod introspect;
mod keep;
mod keys;
mod logout;
mod possession;
mod presented;
mod register;
mod revoke;
mod runtime;
mod secret_input;
mod serve;
mod session;
mod status;
mod step_up;
mod store;
mod store_key;
mod store_rekey;
mod styled;
mod suggest;
mod target;
mod terminal;
mod token;
mod transcript;
mod why;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{FromArgMatches as _, Parser, Subcommand};

use context::Global;

use crate::error::Error;
#[cfg(test)]
use crate::error::Exit;
use context::Context;

/// A strict OAuth lab in one binary: authorization server, API, client and audit over TLS
#[derive(Debug, Parser)]
#[command(name = "oauthlab", version, before_help = EXAMPLES)]
struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    global: Global,
    /// The subcommand.
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
oauthlab serve --strict
oauthlab serve -- npm test
oauthlab token --user alice -o token
oauthlab why last";

/// The subcommands, in the order of the help text.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is made, once")]
enum Command {
    Serve(serve::Args),
    Register(register::Args),
    Token(token::Args),
    Introspect(introspect::Args),
    Call(call::Args),
    Revoke(revoke::Args),
    Audit(audit::Args),
    Why(why::Args),
    Explain(explain::Args),
    Init(init::Args),
    Env(env::Args),
    Ca(ca::Args),
    Keys(keys::Args),
    Store(store::Args),
    Status(status::Args),
    Health(health::Args),
    Logout(logout::Args),
    Completions(completions::Args),
    Help(help::Args),
}

/// Runs one command line, program name included. The result is the process's exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = match command::build(|name| std::env::var_os(name)).try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return ExitCode::from(early::report(&args, &error)),
    };
    let (cli, warnings) = match Cli::from_arg_matches(&matches) {
        Ok(cli) => (cli, command::secrets_on_argv(&matches)),
        Err(error) => return ExitCode::from(early::report(&args, &error)),
    };
    let context = Context::new(cli.global);
    for warning in warnings {
        context.terminal.warn(&warning);
    }
    ExitCode::from(match dispatch(&context, cli.command) {
        Ok(code) => code,
        Err(error) => context.report(&error),
    })
}

fn dispatch(context: &Context, command: Command) -> Result<u8, Error> {
    match command {
        Command::Serve(args) => serve::run(context, &args),
        Command::Register(args) => register::run(context, &args),
        Command::Token(args) => token::run(context, &args),
        Command::Call(args) => call::run(context, &args),
        Command::Introspect(args) => introspect::run(context, &args),
        Command::Audit(args) => audit::run(context, &args),
        Command::Revoke(args) => revoke::run(context, &args),
        Command::Why(args) => why::run(context, &args),
        Command::Logout(args) => logout::run(context, &args),
        Command::Env(args) => env::run(context, &args),
        Command::Ca(args) => ca::run(context, &args),
        Command::Keys(args) => keys::run(context, &args),
        Command::Store(args) => store::run(context, &args),
        Command::Explain(args) => explain::run(context, &args),
        Command::Init(args) => init::run(context, &args),
        Command::Health(args) => health::run(context, &args),
        Command::Status(args) => status::run(context, &args),
        Command::Completions(args) => completions::run(context, &args),
        Command::Help(args) => help::run(context, &args),
    }
}

#[cfg(test)]
mod tests;
