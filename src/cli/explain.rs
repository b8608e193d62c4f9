//! `oauthlab explain`: the text of a rule, of a public face, or of an error code.

use clap::ValueEnum;
use serde_json::json;

use super::context::Context;
use super::{styled, suggest};
use crate::error::Error;
use crate::trace::explain::{self, Explained};

/// Explain a rule or an error code: what it stops, how to put it right, where it is written
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab explain pkce.verifier
oauthlab explain invalid_grant
oauthlab explain --list")]
pub(super) struct Args {
    /// The rule's id, such as pkce.verifier, or an OAuth error code
    #[arg(value_name = "RULE|ERROR", required_unless_present = "list")]
    id: Option<String>,
    /// List every rule
    #[arg(long, conflicts_with = "id")]
    list: bool,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// Markdown
    Markdown,
    /// JSON (oauthlab.rule/v1, oauthlab.page/v1)
    Json,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    match &args.id {
        None => list(context, args.output)?,
        Some(id) => {
            let explained = explain::explain(id).ok_or_else(|| unknown(id))?;
            print(context, args.output, &explained)?;
        }
    }
    Ok(0)
}

fn list(context: &Context, output: Output) -> Result<(), Error> {
    let rules = explain::rules();
    match output {
        Output::Json => {
            let document = json!({ "schema": "oauthlab.rules/v1", "rules": rules });
            context.terminal.answer_json(&document)
        }
        Output::Markdown => context.terminal.answer(&joined(&rules)),
        Output::Text => {
            let paint = context.terminal.out_paint();
            let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            let line = |rule: &explain::RuleView| {
                let id = paint.link(format!("{:widest$}", rule.id));
                format!("{id}  {}\n", rule.title)
            };
            context.terminal.answer(&rules.iter().map(line).collect::<String>())
        }
    }
}

fn print(context: &Context, output: Output, explained: &Explained) -> Result<(), Error> {
    match (output, explained) {
        (Output::Text, explained) => {
            let lines = explained.lines(styled::columns());
            context.terminal.answer(&styled::text(context.terminal.out_paint(), &lines))
        }
        (Output::Json, Explained::Rule(rule)) => context.terminal.answer_json(rule),
        (Output::Json, Explained::Page(page)) => context.terminal.answer_json(page),
        (Output::Json, Explained::Error(code, rules)) => {
            let schema = "oauthlab.error-code/v1";
            let document = json!({ "schema": schema, "error": code, "rules": rules });
            context.terminal.answer_json(&document)
        }
        (Output::Markdown, Explained::Rule(rule)) => context.terminal.answer(&rule.markdown()),
        (Output::Markdown, Explained::Page(page)) => context.terminal.answer(&joined(&page.rules)),
        (Output::Markdown, Explained::Error(_, rules)) => context.terminal.answer(&joined(rules)),
    }
}

fn joined(rules: &[explain::RuleView]) -> String {
    rules.iter().map(explain::RuleView::markdown).collect::<Vec<_>>().join("\n")
}

fn unknown(id: &str) -> Error {
    let near = explain::suggestions(id);
    let hint = if near.is_empty() {
        "see them all: oauthlab explain --list".to_owned()
    } else {
        suggest::help(id, &near)
    };
    Error::usage(format!("there is no rule and no error code `{id}`"), hint)
}
