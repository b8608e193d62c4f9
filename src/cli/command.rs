//! The command line as clap sees it, with one environment variable a flag: `OAUTHLAB_<FLAG>` for
//! global flags and `OAUTHLAB_<COMMAND>_<FLAG>` for the others.

use std::ffi::OsString;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _};

use super::Cli;

/// Arguments that carry a secret: they work on the command line, and warn.
const SECRETS: &[(&str, &str)] =
    &[("client_secret", "a client secret"), ("presented_token", "a token")];

const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

Examples:
{before-help}{all-args}";

/// The whole command. `lookup` reads one environment variable.
pub(super) fn build(lookup: impl Fn(&str) -> Option<OsString>) -> Command {
    complete(Cli::command().disable_help_subcommand(true), "", &lookup)
}

/// One help for `-h` and `--help`: short enough to be read, and the same in both.
fn help() -> Arg {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort);
    help.help("Print help").help_heading(None::<&str>)
}

/// Gives a command and all below it their help and their variables.
fn complete(command: Command, prefix: &str, lookup: &dyn Fn(&str) -> Option<OsString>) -> Command {
    let command = command.disable_help_flag(true).arg(help());
    let command = match command.get_before_help().map(ToString::to_string) {
        Some(examples) => command.before_help(indented(&examples)).help_template(TEMPLATE),
        None => command,
    };
    let command = command.mut_args(|arg| {
        let Some(name) = variable(prefix, &arg) else { return arg };
        // An empty variable is how CI systems say that there is none.
        let is_empty = lookup(&name).is_some_and(|value| value.is_empty());
        if is_empty { arg } else { with_variable(arg, name) }
    });
    command.mut_subcommands(|sub| {
        let prefix = format!("{prefix}{}_", sub.get_name());
        complete(sub, &prefix, lookup)
    })
}

fn with_variable(arg: Arg, name: String) -> Arg {
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let arg = if is_switch { arg.value_parser(BoolishValueParser::new()) } else { arg };
    arg.env(name).hide_env(true).hide_env_values(true)
}

/// The variable of a flag. Positional arguments have none, nor do `--help` and `--version`.
/// `--output` and `--store` mean the same everywhere, so that each has one name.
fn variable(prefix: &str, arg: &Arg) -> Option<String> {
    let long = arg.get_long().filter(|long| !matches!(*long, "help" | "version"))?;
    let prefix = if matches!(long, "output" | "store") { "" } else { prefix };
    Some(format!("oauthlab_{prefix}{long}").replace('-', "_").to_uppercase())
}

fn indented(examples: &str) -> String {
    examples.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A warning for each secret that stands on the command line, where other processes see it.
pub(super) fn secrets_on_argv(matches: &ArgMatches) -> Vec<String> {
    let Some((_, matches)) = matches.subcommand() else { return Vec::new() };
    let typed = |id: &str| {
        let known = matches.try_contains_id(id).is_ok();
        known
            && matches.value_source(id) == Some(ValueSource::CommandLine)
            && matches.get_raw(id).is_some_and(|mut values| values.all(|value| value != "-"))
    };
    let warning = |(_, what): &(&str, &str)| {
        format!(
            "{what} on the command line is seen by every process of this machine; \
             use a file or `-` for stdin"
        )
    };
    SECRETS.iter().filter(|(id, _)| typed(id)).map(warning).collect()
}
