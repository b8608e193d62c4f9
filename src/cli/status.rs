//! `oauthlab status`: the labs that run.

use clap::ValueEnum;
use serde_json::json;

use super::context::{self, Context};
use super::escape;
use crate::error::Error;
use crate::lab::live::{self, LiveRecord};

/// List the running labs
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab status
oauthlab status -o json")]
pub(super) struct Args {
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// A table
    Text,
    /// JSON without any secret (oauthlab.status/v1)
    Json,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let labs = live::all(&context::data()?)?;
    match args.output {
        Output::Json => {
            let labs: Vec<_> = labs.iter().map(facts).collect();
            let document = json!({ "schema": "oauthlab.status/v1", "labs": labs });
            context.terminal.answer_json(&document)?;
        }
        Output::Text if labs.is_empty() => context.terminal.say("no lab is running"),
        Output::Text => context.terminal.answer(&table(&labs))?,
    }
    Ok(0)
}

fn facts(lab: &LiveRecord) -> serde_json::Value {
    let ready = &lab.ready;
    json!({
        "name": ready.name, "pid": ready.pid, "issuer": ready.issuer, "resource": ready.resource,
        "inspector": ready.inspector, "strict": ready.strict, "profile": ready.profile,
        "seeded": ready.seeded, "weaknesses": ready.weaknesses,
    })
}

fn table(labs: &[LiveRecord]) -> String {
    let widest = labs.iter().map(|lab| lab.ready.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for LiveRecord { ready, .. } in labs {
        let mut marks = vec![ready.profile.as_str()];
        marks.extend(ready.strict.then_some("strict"));
        marks.extend(ready.seeded.then_some("seeded"));
        marks.extend((!ready.weaknesses.is_empty()).then_some("weakened"));
        let name = escape::line(&ready.name);
        let issuer = escape::line(&ready.issuer);
        let marks = marks.join(", ");
        lines.push(format!("{name:widest$}  {issuer}  pid {}  {marks}", ready.pid));
    }
    lines.join("\n")
}
