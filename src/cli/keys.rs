//! `oauthlab keys`: the signing keys of a running lab, and their rotation.

use clap::ValueEnum;

use super::context::Context;
use super::inspector::Inspector;
use super::runtime;
use super::target::Target;
use crate::error::Error;
use crate::protocol::Algorithm;
use crate::server::inspector::{KeyState, KeyView, KeysView, RotationWish};

/// List or rotate the lab's signing keys
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab keys list
oauthlab keys rotate
oauthlab keys rotate --alg ES256 --announce -o json")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(ListArgs),
    Rotate(RotateArgs),
}

/// List the published keys
#[derive(Debug, clap::Args)]
#[command(before_help = "oauthlab keys list -o json")]
struct ListArgs {
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

/// Sign with new keys; the old ones stay published until their last token has expired
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab keys rotate
oauthlab keys rotate --alg ES256 --announce")]
struct RotateArgs {
    /// Only this algorithm [default: every one of the lab]
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// Publish the new keys first; they sign when cached key sets have expired
    #[arg(long)]
    announce: bool,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// A table
    Text,
    /// JSON (oauthlab.keys/v1)
    Json,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let target = Target::find(context).await?;
        let inspector = Inspector::of(&target).ok_or_else(|| {
            let hint = "only the keys of a lab that runs here can be listed or rotated";
            Error::usage("this server is no running lab", hint)
        })?;
        let (view, output) = match &args.command {
            Command::List(list) => (inspector.keys().await?, list.output),
            Command::Rotate(rotate) => {
                let wish = RotationWish { alg: rotate.alg, announce: rotate.announce };
                (inspector.rotate(&wish).await?, rotate.output)
            }
        };
        match output {
            Output::Json => context.terminal.answer_json(&view)?,
            Output::Text => context.terminal.answer(&table(&view))?,
        }
        Ok(0)
    })
}

fn table(view: &KeysView) -> String {
    let row = |key: &KeyView| {
        let state = match (key.state, key.published_until) {
            (KeyState::Announced, _) => format!("announced, signs from {} s", key.signs_from),
            (KeyState::Signing, None) => "signing".to_owned(),
            (KeyState::Signing, Some(until)) => format!("signing, published until {until} s"),
            (KeyState::Retired, until) => {
                format!("retired, published until {} s", until.unwrap_or_default())
            }
        };
        format!("{:<9}  {}  {state}", key.alg.as_str(), key.kid)
    };
    view.keys.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Algorithm::ALL.iter().map(|alg| alg.as_str()).collect();
        super::suggest::help(text, &known)
    })
}
