//! `oauthlab why`: every rule that was checked in an exchange, with what was expected and what came.

use clap::ValueEnum;

use super::context::Context;
use super::inspector::Inspector;
use super::target::Target;
use super::{runtime, styled};
use crate::error::Error;
use crate::trace::table::{self, Line};
use crate::trace::view::WhyView;

/// Show why the lab decided as it did: every rule, what it expected, and what came
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab why last
oauthlab why --refused
oauthlab why --list")]
pub(super) struct Args {
    /// A trace id (the X-Oauthlab-Trace header), FLOW.N, or last
    #[arg(value_name = "TRACE|FLOW.N|last", default_value = "last")]
    trace: String,
    /// The latest refusal, or with --list only refusals
    #[arg(long)]
    refused: bool,
    /// List the latest exchanges
    #[arg(long)]
    list: bool,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON (oauthlab.why/v1, oauthlab.traces/v1)
    Json,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let target = Target::find(context).await?;
        let inspector = Inspector::of(&target).ok_or_else(|| {
            Error::usage("only a lab of this user explains itself", "leave --server out")
        })?;
        if args.list {
            list(context, args, inspector).await
        } else {
            one(context, args, inspector).await
        }
    })
}

async fn one(context: &Context, args: &Args, inspector: Inspector<'_>) -> Result<u8, Error> {
    let trace = inspector.trace(&args.trace, args.refused).await?;
    let trace = trace.ok_or_else(|| unknown(&args.trace, args.refused))?;
    let why = WhyView::from(trace);
    match args.output {
        Output::Json => context.terminal.answer_json(&why)?,
        Output::Text => print(context, &table::why(&why, styled::columns()))?,
    }
    Ok(0)
}

async fn list(context: &Context, args: &Args, inspector: Inspector<'_>) -> Result<u8, Error> {
    let traces = inspector.traces(args.refused).await?.ok_or_else(|| unknown("last", false))?;
    match args.output {
        Output::Json => context.terminal.answer_json(&traces)?,
        Output::Text => print(context, &table::traces(&traces, styled::columns()))?,
    }
    Ok(0)
}

fn print(context: &Context, lines: &[Line]) -> Result<(), Error> {
    context.terminal.answer(&styled::text(context.terminal.out_paint(), lines))
}

fn unknown(id: &str, refused: bool) -> Error {
    let message = match (id, refused) {
        ("last", true) => "the lab has refused nothing yet".to_owned(),
        ("last", false) => "the lab has decided nothing yet".to_owned(),
        (id, _) => format!("the lab keeps no exchange `{id}`"),
    };
    Error::usage(message, "see what it keeps: oauthlab why --list")
}
