//! `oauthlab ca path|show`: the lab's own certification authority.

use clap::ValueEnum;
use serde_json::json;

use super::context::{self, Context};
use super::{env, target};
use crate::error::Error;
use crate::tls::CaCertificate;

/// Show the lab CA, which signs the lab's certificates
#[derive(Debug, clap::Args)]
#[command(before_help = "\
curl --cacert \"$(oauthlab ca path)\" https://localhost:9443/health
oauthlab ca show")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Print the path of its PEM file
    Path,
    /// Print fingerprint, dates, and the names that it may vouch for
    Show {
        /// What is printed
        #[arg(short, long, value_name = "KIND", default_value = "text")]
        output: Output,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON (oauthlab.ca/v1)
    Json,
    /// The certificate
    Pem,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let ca = found(context)?.ok_or_else(|| {
        Error::usage("there is no lab CA yet", "the first `oauthlab serve` makes it")
    })?;
    match args.what {
        What::Path => context.terminal.answer(&ca.path().display().to_string())?,
        What::Show { output: Output::Pem } => context.terminal.answer(ca.pem())?,
        What::Show { output: Output::Json } => context.terminal.answer_json(&json!({
            "schema": "oauthlab.ca/v1",
            "path": ca.path(),
            "sha256": ca.fingerprint_sha256(),
            "not_before": date(ca.not_before()),
            "not_after": date(ca.not_after()),
            "permitted": ca.permitted(),
        }))?,
        What::Show { output: Output::Text } => context.terminal.answer(&text(&ca))?,
    }
    Ok(0)
}

/// That of the running lab, if there is one; else that of the data folder.
fn found(context: &Context) -> Result<Option<CaCertificate>, Error> {
    let data = context::data()?;
    let own = || Ok(CaCertificate::read(&data)?);
    match target::lab(context, &data) {
        Ok(lab) => env::authority(&lab.ready)?.map_or_else(own, |ca| Ok(Some(ca))),
        Err(error) if context.global.server.is_some() => Err(error),
        Err(_) => own(),
    }
}

fn text(ca: &CaCertificate) -> String {
    let names: Vec<&str> = ca.permitted().iter().map(String::as_str).collect();
    format!(
        "path         {}\nsha256       {}\nnot before   {}\nnot after    {}\nvouches for  {}\n",
        ca.path().display(),
        ca.fingerprint_sha256(),
        date(ca.not_before()),
        date(ca.not_after()),
        names.join(", "),
    )
}

/// RFC 3339 in UTC.
fn date(at: crate::clock::Timestamp) -> String {
    let since = std::time::Duration::from_secs(at.secs());
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
}
