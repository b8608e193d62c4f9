//! `oauthlab completions SHELL`.

use clap_complete::Shell;

use super::command;
use super::context::Context;
use crate::error::Error;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab completions bash > ~/.local/share/bash-completion/completions/oauthlab
oauthlab completions zsh > ~/.zfunc/_oauthlab")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command::build(|_| None), "oauthlab", &mut script);
    context.terminal.answer(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
