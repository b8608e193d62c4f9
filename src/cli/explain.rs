//! `oauthlab explain`: the text of a rule, a public face, an error code, an audit check, or of how a
//! profile settles what specifications contradict each other in.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::json;

use super::context::Context;
use super::{styled, suggest};
use crate::audit;
use crate::config::{Profile, SETTLEMENTS};
use crate::error::Error;
use crate::trace::explain::{self, Explained};

/// Explain a rule, an error code or an audit check: what it stops, how to put it right, where it is written
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab explain pkce.verifier
oauthlab explain invalid_grant
oauthlab explain code-reuse
oauthlab explain profiles
oauthlab explain --list")]
pub(super) struct Args {
    /// The id of a rule or a check, an OAuth error code, or a profile
    #[arg(value_name = "RULE|CHECK|ERROR|PROFILE", required_unless_present = "list")]
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
    /// JSON (oauthlab.rule/v1, oauthlab.page/v1, oauthlab.check/v1)
    Json,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    match &args.id {
        None => list(context, args.output)?,
        Some(id) => explain(context, args.output, id)?,
    }
    Ok(0)
}

fn explain(context: &Context, output: Output, id: &str) -> Result<(), Error> {
    if let Some(explained) = explain::explain(id) {
        return print(context, output, &explained);
    }
    let chosen = Profile::ALL.iter().copied().filter(|one| id == "profiles" || one.as_str() == id);
    let chosen: Vec<Profile> = chosen.collect();
    if !chosen.is_empty() {
        return print_profiles(context, output, &chosen);
    }
    print_check(context, output, audit::check(id).ok_or_else(|| unknown(id))?)
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

/// The text of a check reads the same in Markdown.
fn print_check(context: &Context, output: Output, check: &audit::Check) -> Result<(), Error> {
    let audit::Check { id, title, severity, text, references, .. } = check;
    match output {
        Output::Json => context.terminal.answer_json(&json!({
            "schema": "oauthlab.check/v1",
            "id": id,
            "title": title,
            "severity": severity.as_str(),
            "does": text.does,
            "why": text.why,
            "shown": text.shown,
            "fix": text.fix,
            "references": references,
        })),
        Output::Text | Output::Markdown => {
            context.terminal.answer(&audit::explain(id).unwrap_or_default())
        }
    }
}

/// Where specifications contradict each other, and how these profiles settle it.
fn print_profiles(context: &Context, output: Output, chosen: &[Profile]) -> Result<(), Error> {
    if let Output::Json = output {
        let settled = SETTLEMENTS.iter().map(|settlement| {
            let sources = settlement.sources.iter();
            let sources = sources.map(|(spec, says)| json!({ "spec": spec, "says": says }));
            let under =
                chosen.iter().map(|one| (one.as_str().to_owned(), settlement.under(*one).into()));
            let under: serde_json::Map<String, serde_json::Value> = under.collect();
            let sources: Vec<_> = sources.collect();
            json!({ "topic": settlement.topic, "sources": sources, "settled": under })
        });
        let settled: Vec<_> = settled.collect();
        let document = json!({ "schema": "oauthlab.profiles/v1", "settlements": settled });
        return context.terminal.answer_json(&document);
    }
    let mut text = String::new();
    for settlement in SETTLEMENTS {
        let _ = write!(text, "{}\n\n", settlement.topic);
        for (spec, says) in settlement.sources {
            let _ = writeln!(text, "- {spec}: {says}");
        }
        for one in chosen {
            let _ = writeln!(text, "- profile {}: {}", one.as_str(), settlement.under(*one));
        }
        text.push('\n');
    }
    context.terminal.answer(text.trim_end())
}

fn joined(rules: &[explain::RuleView]) -> String {
    rules.iter().map(explain::RuleView::markdown).collect::<Vec<_>>().join("\n")
}

fn unknown(id: &str) -> Error {
    let checks = audit::list().iter().map(|check| check.id);
    let near: Vec<&str> = explain::suggestions(id).into_iter().chain(checks).collect();
    let hint = match suggest::nearest(id, &near) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see them all: oauthlab explain --list, oauthlab audit --list".to_owned(),
    };
    Error::usage(format!("there is no rule, no error code and no check `{id}`"), hint)
}
