//! `oauthlab introspect`: what a token is, asked at its issuer (RFC 7662), or read here.

use clap::ValueEnum;

use super::clients::ClientArgs;
use super::context::Context;
use super::presented::TokenArgs;
use super::session::Session;
use super::{decode, escape, runtime};
use crate::client::{self, Credentials};
use crate::error::Error;
use crate::protocol::{AuthMethod, IntrospectionResponse, Scope, Secret};

/// Ask the issuer what a token is, or decode it here
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab introspect
oauthlab introspect -e --require-scope notes:read
oauthlab introspect --local
pbpaste | oauthlab introspect -")]
pub(super) struct Args {
    #[command(flatten)]
    token: TokenArgs,
    /// Decode a JWT here, without asking anyone; nothing is verified
    #[arg(long)]
    local: bool,
    /// Exit 9 unless the token is active
    #[arg(short, long)]
    exit_status: bool,
    /// Exit 9 unless the token has this scope
    #[arg(long, value_name = "SCOPE", value_delimiter = ' ')]
    require_scope: Vec<String>,
    /// Exit 9 unless the token is for this audience
    #[arg(long, value_name = "AUDIENCE", value_delimiter = ' ')]
    require_aud: Vec<String>,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON: the server's answer (RFC 7662 section 2.2), or header and claims with --local
    Json,
    /// Nothing: for -e
    None,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    if args.local && args.token.is_given() {
        // Nothing else is needed: it works without any server.
        let token = args.token.given()?.unwrap_or_default();
        return local(context, args, &token);
    }
    runtime::block_on(context, async {
        if args.local {
            let target = super::target::Target::find(context).await?;
            return local(context, args, &args.token.or_latest(&target)?);
        }
        let session = Session::open(context).await?;
        let result = ask(args, &session).await;
        let answer = session.end(result).await?;
        match args.output {
            Output::Json => context.terminal.answer_json(&answer)?,
            Output::Text => context.terminal.answer(&text(&answer)?)?,
            Output::None => {}
        }
        judge(args, &answer)
    })
}

async fn ask(args: &Args, session: &Session<'_>) -> Result<IntrospectionResponse, Error> {
    let token = args.token.or_latest(&session.target)?;
    let credentials = credentials(args, session)?;
    let server = session.server().await?;
    let endpoint = server.introspection_endpoint()?;
    let caller = session.caller();
    Ok(client::introspect(caller, endpoint, &credentials, &token, None).await?)
}

/// Those of the named client, else the resource server's own, which a lab hands out.
fn credentials(args: &Args, session: &Session<'_>) -> Result<Credentials, Error> {
    let target = &session.target;
    let resource = target.lab.as_ref().and_then(|lab| lab.ready.resource_client.as_ref());
    match resource {
        Some(client) if args.client.client.is_none() => {
            let method = AuthMethod::parse(&client.token_endpoint_auth_method);
            Ok(Credentials {
                method: method.unwrap_or(AuthMethod::ClientSecretBasic),
                secret: client.client_secret.clone(),
                ..Credentials::public(client.client_id.as_str())
            })
        }
        _ => Ok(args.client.find(target, None, false)?.credentials),
    }
}

/// Exit 9 is for what the flags demand: an inactive token is an answer, not an error.
fn judge(args: &Args, answer: &IntrospectionResponse) -> Result<u8, Error> {
    let demands =
        args.exit_status || !args.require_scope.is_empty() || !args.require_aud.is_empty();
    if !demands {
        return Ok(0);
    }
    let lacks = |message: String, hint: &str| Error::Token { message, hint: hint.to_owned() };
    if !answer.active {
        let hint = "it is unknown, expired, revoked, or not meant for who asks; get a new one";
        return Err(lacks("the token is not active".to_owned(), hint));
    }
    let scope = Scope::parse(answer.scope.as_deref().unwrap_or_default()).unwrap_or_default();
    for wanted in &args.require_scope {
        if !scope.contains(wanted) {
            let message = format!("the token lacks the scope {wanted}; it has `{scope}`");
            return Err(lacks(message, "ask for it: oauthlab token --scope"));
        }
    }
    for wanted in &args.require_aud {
        if !answer.aud.as_slice().contains(wanted) {
            let message =
                format!("the token is not for {wanted}, but for {:?}", answer.aud.as_slice());
            return Err(lacks(message, "ask for it: oauthlab token --resource"));
        }
    }
    Ok(0)
}

fn text(answer: &IntrospectionResponse) -> Result<String, Error> {
    let members = serde_json::to_value(answer).map_err(Error::Json)?;
    Ok(decode::table(&members, ""))
}

fn local(context: &Context, args: &Args, token: &Secret) -> Result<u8, Error> {
    let jwt = decode::jwt(token)?;
    match args.output {
        Output::Json => context.terminal.answer_json(&jwt)?,
        Output::Text => context.terminal.answer(&decode::text(&jwt, context.clock.now()))?,
        Output::None => {}
    }
    context.terminal.warn("decoded only: nothing was verified");
    let claims: IntrospectionResponse = decode::as_introspection(&jwt, context.clock.now());
    judge(args, &claims).map_err(|error| match error {
        Error::Token { message, hint } => Error::Token { message: escape::line(&message), hint },
        other => other,
    })
}
