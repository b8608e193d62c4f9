//! `oauthlab token`: gets tokens by a flow, verifies them, keeps them, prints what was asked for.

mod arrive;
mod asked;
mod demanded;
mod device;
mod exchange;
mod expect;
mod flow;
mod output;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::clients::ClientArgs;
use super::context::Context;
use super::runtime;
use super::session::Session;
use crate::client::parse_callback;
use crate::error::Error;
use crate::protocol::ResponseMode;

/// Get tokens, verified, with or without a browser
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab token --user alice
oauthlab token --user alice --scope 'openid notes:read' -o token
oauthlab token --user alice --par --response-mode jwt
oauthlab token --user alice --dpop
oauthlab token --flow client-credentials -o header
oauthlab token --flow refresh
oauthlab token --flow token-exchange --audience notes
oauthlab token --flow device --user alice
oauthlab token --user alice --consent deny --expect-error access_denied")]
pub(super) struct Args {
    /// How [default: what the client may do]
    #[arg(long, value_name = "FLOW")]
    flow: Option<Flow>,
    /// The scope [default: what the client may have]
    #[arg(long, value_name = "SCOPE", value_delimiter = ' ')]
    scope: Vec<String>,
    /// The API that the token is for (RFC 8707)
    #[arg(long, value_name = "URI", value_delimiter = ' ')]
    resource: Vec<String>,
    /// Bind the tokens to a new key, which is kept with them and proven with each use (RFC 9449)
    #[arg(long)]
    dpop: bool,
    /// Where the result goes
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    client: ClientArgs,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    user: UserArgs,
    #[command(flatten)]
    exchange: exchange::ExchangeArgs,
    #[command(flatten)]
    drill: DrillArgs,
}

/// What becomes of the tokens.
#[derive(Debug, clap::Args)]
struct ResultArgs {
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "json")]
    output: Output,
    /// Do not keep the tokens
    #[arg(long)]
    no_store: bool,
    /// With --flow refresh: the refresh token from a file [default: the latest]
    #[arg(long, value_name = "FILE|-")]
    refresh_token_file: Option<PathBuf>,
}

/// How the authorization request gets to the server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Authorization request")]
struct RequestArgs {
    /// Push it to the server first, so that the browser carries a reference (RFC 9126)
    /// [default: if the server or the client demands it]
    #[arg(long)]
    par: bool,
    /// Sign it with the client's key (RFC 9101)
    #[arg(long)]
    request_object: bool,
    /// How the answer comes back [default: in the query]
    #[arg(long, value_name = "MODE", value_parser = response_mode())]
    response_mode: Option<ResponseMode>,
    /// How the user shall log in: one of these, the preferred one first
    #[arg(long, value_name = "ACR", value_delimiter = ' ')]
    acr_values: Vec<String>,
    /// How many seconds ago the user may have logged in
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u64>,
}

/// How the user logs in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "User")]
struct UserArgs {
    /// Log in as this user without a browser
    #[arg(long, value_name = "USER", conflicts_with_all = ["browser", "no_browser", "paste"])]
    user: Option<String>,
    /// The user's password from a file [default: the lab's own]
    #[arg(long, value_name = "FILE|-", requires = "user")]
    password_file: Option<PathBuf>,
    /// What the user answers when asked for consent
    #[arg(long, value_name = "ANSWER", requires = "user", default_value = "approve")]
    consent: Answer,
    /// Open a browser, or run CMD with the URL
    #[arg(long, value_name = "CMD", num_args = 0..=1, require_equals = true,
          default_missing_value = "")]
    browser: Option<String>,
    /// Print the URL and wait, without opening a browser
    #[arg(long, conflicts_with = "browser")]
    no_browser: bool,
    /// Print the URL, and read the address that the browser ends at from stdin
    #[arg(long, conflicts_with_all = ["browser", "no_browser"])]
    paste: bool,
    /// Where to listen for the browser [default: a free port of the client's redirect URI]
    #[arg(long, value_name = "[ADDR:]PORT[/PATH]", value_parser = callback)]
    callback: Option<Callback>,
}

/// What is done differently, to see what the server says.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Drills")]
struct DrillArgs {
    /// The PKCE method
    #[arg(long, value_name = "METHOD", default_value = "S256")]
    pkce: Pkce,
    /// Do not push the authorization request, whoever demands it
    #[arg(long, conflicts_with = "par")]
    no_par: bool,
    /// One more parameter of the authorization request
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    param: Vec<(String, String)>,
    /// Exit 0 only if the server answers with this error
    #[arg(long, value_name = "CODE")]
    expect_error: Option<String>,
    /// Exit 0 only if the lab refuses by this rule
    #[arg(long, value_name = "RULE")]
    expect_refusal: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Flow {
    /// A user logs in (RFC 6749 section 4.1, with PKCE)
    Code,
    /// The client acts for itself (RFC 6749 section 4.4)
    ClientCredentials,
    /// The latest refresh token (RFC 6749 section 6)
    Refresh,
    /// A user logs in on another device (RFC 8628)
    Device,
    /// A token becomes a narrower one (RFC 8693)
    TokenExchange,
    /// A trusted issuer vouches for the user (RFC 7523)
    JwtBearer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Answer {
    /// Yes
    Approve,
    /// No
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pkce {
    /// SHA-256
    #[value(name = "S256")]
    S256,
    /// The verifier itself
    Plain,
    /// No challenge at all
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// The server's answer (RFC 6749 section 5.1); of bound tokens with their key's thumbprint, jkt
    Json,
    /// The access token
    Token,
    /// The ID token
    IdToken,
    /// The refresh token
    RefreshToken,
    /// An Authorization header
    Header,
    /// Commands for a shell
    Env,
    /// The claims of both tokens (oauthlab.claims/v1)
    Claims,
    /// Nothing
    None,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Callback {
    address: SocketAddr,
    path: String,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let expected = expect::Expected::of(&args.drill)?;
    asked::fits_the_flow(args)?;
    asked::need_no_person(context, args)?;
    runtime::block_on(context, async {
        let session = Session::open(context).await?;
        let result = flow::run(args, &session).await;
        let result = session.end(result).await;
        if let Some(expected) = expected {
            return expected.judge(context, result.map(drop));
        }
        output::print(context, args.result.output, &result?)?;
        Ok(0)
    })
}

/// Every mode by its name on the wire.
fn response_mode() -> impl TypedValueParser<Value = ResponseMode> {
    let names = ResponseMode::ALL.iter().map(|mode| mode.as_str());
    PossibleValuesParser::new(names).try_map(|name| ResponseMode::parse(&name).ok_or("no mode"))
}

fn callback(text: &str) -> Result<Callback, String> {
    let (address, path) = parse_callback(text).map_err(|error| error.to_string())?;
    Ok(Callback { address, path })
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
