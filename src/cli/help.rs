//! `oauthlab help [TOPIC]`: help of a command, or one of three long topics.

use clap::CommandFactory as _;

use super::context::Context;
use super::{Cli, command, suggest};
use crate::error::{Error, Exit};

/// Print the help of a command, or of exit-codes, environment or output
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab help token
oauthlab help exit-codes")]
pub(super) struct Args {
    /// A command or a topic
    topic: Option<String>,
}

const TOPICS: &[&str] = &["exit-codes", "environment", "output"];
const ENVIRONMENT: &str = include_str!("../../templates/help/environment.txt");
const OUTPUT: &str = include_str!("../../templates/help/output.txt");

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let text = match args.topic.as_deref() {
        None => of_command(context, None),
        Some("exit-codes") => exit_codes(),
        Some("environment") => ENVIRONMENT.replace("{variables}", &variables()),
        Some("output") => OUTPUT.to_owned(),
        Some(name) if commands().iter().any(|known| known == name) => {
            of_command(context, Some(name))
        }
        Some(name) => {
            let known = commands();
            let known: Vec<&str> =
                known.iter().map(String::as_str).chain(TOPICS.iter().copied()).collect();
            let message = format!("there is no help on `{name}`");
            return Err(Error::usage(message, suggest::help(name, &known)));
        }
    };
    context.terminal.answer(&text)?;
    Ok(0)
}

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect()
}

fn of_command(context: &Context, name: Option<&str>) -> String {
    let mut root = command::build(|_| None);
    root.build();
    let command = match name {
        Some(name) => root.find_subcommand_mut(name),
        None => Some(&mut root),
    };
    let Some(command) = command else { return String::new() };
    let help = command.render_help();
    if context.terminal.out_paint().0 { help.ansi().to_string() } else { help.to_string() }
}

fn exit_codes() -> String {
    let line =
        |(code, class, meaning): &(u8, &str, &str)| format!("{code:>5}  {class:<14} {meaning}");
    let lines: Vec<String> = Exit::TABLE.iter().map(line).collect();
    "Exit codes are stable; scripts may depend on them.\n\n".to_owned()
        + &lines.join("\n")
        + "\n\n`audit --format sarif` exits 0, since the findings are in the file.\n\
            `serve -- CMD` ends with CMD's own code, and with 128 + N when signal N ended it.\n"
}

/// Every variable that stands for a flag.
fn variables() -> String {
    let root = command::build(|_| None);
    let mut names = Vec::new();
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        for arg in command.get_arguments() {
            names.extend(
                arg.get_env()
                    .zip(arg.get_help())
                    .map(|(name, help)| (name.to_string_lossy().into_owned(), help.to_string())),
            );
        }
    }
    names.sort();
    names.dedup_by(|a, b| a.0 == b.0);
    let widest = names.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, help): &(String, String)| format!("  {name:widest$}  {help}\n");
    names.iter().map(line).collect()
}
