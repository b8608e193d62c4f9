//! `oauthlab call URL`: asks a protected API with the latest token, and explains a refusal.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use http::Method;
use serde_json::Value;

use super::context::Context;
use super::identity::{self, KeyFiles};
use super::session::Session;
use super::step_up::StepUp;
use super::{escape, possession, presented, runtime, secret_input};
use crate::client::{self, ApiAnswer, ApiCall, ClientError};
use crate::error::Error;
use crate::fetch::Response;
use crate::protocol::Secret;

/// Call a protected API with the latest token, and explain a refusal
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab call \"$OAUTHLAB_RESOURCE/notes\"
oauthlab call -d '{\"text\":\"milk\"}' https://localhost:9444/notes
oauthlab call --no-token https://localhost:9444/notes")]
pub(super) struct Args {
    /// The URL
    url: String,
    /// The method [default: GET, or POST with --data]
    #[arg(short = 'X', long, value_name = "METHOD")]
    method: Option<Method>,
    /// A JSON body; @FILE and @- read it
    #[arg(short, long, value_name = "JSON|@FILE")]
    data: Option<String>,
    /// Another token, from a file or stdin [default: the latest access token]
    #[arg(long, value_name = "FILE|-")]
    token_file: Option<PathBuf>,
    /// Send no token at all
    #[arg(long, conflicts_with = "token_file")]
    no_token: bool,
    /// Send a token that is bound to a key without a proof, as its thief would
    #[arg(long, conflicts_with = "no_token")]
    as_bearer: bool,
    #[command(flatten)]
    keys: KeyFiles,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "body")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// The body that the API sent
    Body,
    /// The status
    Status,
    /// Nothing
    None,
}

/// Nothing that a lab takes is larger.
const LIMIT: u64 = 64 * 1024;

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let session = Session::open(context).await?;
        let result = call(args, &session).await;
        let response = session.end(result).await?;
        match args.output {
            Output::Body => context.terminal.answer(&body(&response))?,
            Output::Status => context.terminal.answer(&response.status.to_string())?,
            Output::None => {}
        }
        Ok(0)
    })
}

async fn call(args: &Args, session: &Session<'_>) -> Result<Response, Error> {
    let body = args.data.as_deref().map(data).transpose()?;
    let usual = if body.is_some() { Method::POST } else { Method::GET };
    let method = args.method.clone().unwrap_or(usual);
    let call = ApiCall { method, url: args.url.clone(), headers: Vec::new(), body };
    let token = match &args.token_file {
        _ if args.no_token => None,
        Some(path) => Some(secret_input::from_file(path)?),
        None => Some(presented::latest(&session.target)?),
    };
    identity::present_for(&args.keys, &session.target, token.as_ref())?;
    if let Some(token) = token.as_ref().filter(|_| !args.as_bearer) {
        possession::of(&session.target, token)?.into_iter().for_each(|key| session.prove(key));
    }
    let answer = client::call(session.caller(), &call, token.as_ref()).await?;
    match answer.refusal() {
        Some(refusal) => Err(explained(session, &answer, refusal, token.as_ref())?),
        None => Ok(answer.answer.response),
    }
}

/// The refusal, with the command that gets a better token where the API says what it wants.
fn explained(
    session: &Session<'_>,
    answer: &ApiAnswer,
    refusal: ClientError,
    token: Option<&Secret>,
) -> Result<Error, Error> {
    let kept = session.target.kept.read()?;
    let kept = token.and_then(|token| kept.holding(token));
    let advice = StepUp::of(answer).map(|wish| wish.advice(kept));
    Ok(Error::Client { error: Box::new(refusal), step: None, rule: None, advice })
}

fn data(text: &str) -> Result<Value, Error> {
    let text = match text.strip_prefix('@') {
        Some(path) => read(Path::new(path))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        Error::usage(
            format!("the body is not JSON: {error}"),
            "write JSON, such as '{\"text\":\"milk\"}'",
        )
    })
}

fn read(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().take(LIMIT).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text))
    };
    read.map_err(|reason| Error::File { verb: "read", path: path.to_owned(), reason })?;
    Ok(text)
}

/// JSON keeps its value, other text its line breaks; nothing reaches the terminal itself.
fn body(response: &Response) -> String {
    let text = response.text();
    let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
    if is_json { escape::json(&text) } else { escape::lines(&text) }
}
