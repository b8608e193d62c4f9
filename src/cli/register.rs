//! `oauthlab register`: makes, changes or deletes a client at the server (RFC 7591, RFC 7592).
#![expect(clippy::doc_markdown, reason = "these are help texts for a terminal")]

mod keys;
mod metadata;
mod output;

use std::path::PathBuf;

use clap::ValueEnum;

use super::context::Context;
use super::keep::KeptKey;
use super::runtime;
use super::secret_input;
use super::session::Session;
use super::suggest;
use crate::client::{Registration, delete_registration, register, update_registration};
use crate::error::Error;
use crate::protocol::{AuthMethod, GrantType, Secret};

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
/// Register a client, and keep its credentials for `oauthlab token --client NAME`
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab register app
oauthlab register worker --grant client_credentials --scope notes:read
oauthlab register app --update --scope 'openid notes:read'
oauthlab register app --delete")]
pub(super) struct Args {
    /// A name of your own for it
    name: String,
    /// Without a secret
    #[arg(long, conflicts_with = "auth_method")]
    public: bool,
    /// Where users are sent back to [default: http://127.0.0.1/callback]
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// What it may do [default: authorization_code, refresh_token]
    #[arg(long, value_name = "GRANT", value_delimiter = ',', value_parser = grant)]
    grant: Vec<GrantType>,
    /// The scope that it may ask for
    #[arg(long, value_name = "SCOPE", value_delimiter = ' ')]
    scope: Vec<String>,
    /// How it authenticates [default: client_secret_basic]
    #[arg(long, value_name = "METHOD", value_parser = super::clients::method)]
    auth_method: Option<AuthMethod>,
    /// Its public keys as a JWK Set [default for private_key_jwt: a new key, which is kept]
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Where users may return to after a logout
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Vec<String>,
    /// It always pushes its requests (RFC 9126)
    #[arg(long)]
    require_par: bool,
    /// Its tokens are always bound to a key (RFC 9449)
    #[arg(long)]
    dpop_bound: bool,
    /// More metadata as a JSON object, from a file or stdin; flags win
    #[arg(long, value_name = "FILE|-")]
    from: Option<PathBuf>,
    /// Replace the registration of this name
    #[arg(long, conflicts_with = "delete")]
    update: bool,
    /// Delete the registration of this name
    #[arg(long)]
    delete: bool,
    /// The initial access token from a file, where the server wants one [default: the lab's own]
    #[arg(long, value_name = "FILE|-")]
    registration_token_file: Option<PathBuf>,
    /// Do not keep the credentials
    #[arg(long)]
    no_store: bool,
    /// What is printed
    #[arg(short, long, value_name = "KIND", default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people, without the secret
    Text,
    /// The server's answer (RFC 7591 section 3.2.1)
    Json,
    /// The client id
    ClientId,
    /// Commands for a shell
    Env,
    /// An entry for oauthlab.yaml
    Yaml,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let session = Session::open(context).await?;
        if args.delete {
            let result = delete(args, &session).await;
            session.end(result).await?;
            context.terminal.say(&format!("deleted {}", super::escape::line(&args.name)));
            return Ok(0);
        }
        let result =
            if args.update { update(args, &session).await } else { create(args, &session).await };
        let client = session.end(result).await?;
        output::print(context, args, &client)?;
        Ok(0)
    })
}

async fn create(args: &Args, session: &Session<'_>) -> Result<Registration, Error> {
    let mut metadata = metadata::of(args, None)?;
    let key = keys::equip(args, session, &mut metadata)?;
    let token = initial_access_token(args, session)?;
    let server = session.server().await?;
    let endpoint = server.registration_endpoint()?;
    let client = register(session.caller(), endpoint, &metadata, token.as_ref()).await?;
    keep(args, session, client.clone(), key)?;
    Ok(client)
}

async fn update(args: &Args, session: &Session<'_>) -> Result<Registration, Error> {
    let old = kept(args, session)?;
    let (uri, token) = management(args, &old)?;
    let mut metadata = metadata::of(args, Some(&old))?;
    let key = keys::equip(args, session, &mut metadata)?;
    let mut client = update_registration(session.caller(), uri, token, &metadata).await?;
    // The server need not repeat what did not change (RFC 7592 section 3).
    let Registration { client_secret, registration_access_token, .. } = &mut client;
    *client_secret = client_secret.take().or(old.client_secret.clone());
    *registration_access_token = registration_access_token.take().or(Some(token.clone()));
    client.registration_client_uri =
        client.registration_client_uri.or(old.registration_client_uri.clone());
    keep(args, session, client.clone(), key)?;
    Ok(client)
}

async fn delete(args: &Args, session: &Session<'_>) -> Result<(), Error> {
    let client = kept(args, session)?;
    let (uri, token) = management(args, &client)?;
    delete_registration(session.caller(), uri, token).await?;
    session.target.kept.change(|contents| {
        contents.clients.remove(&args.name);
        contents.keys.remove(&client.client_id);
        contents.tokens.retain(|kept| kept.client_id != client.client_id);
    })
}

fn keep(
    args: &Args,
    session: &Session<'_>,
    client: Registration,
    key: Option<KeptKey>,
) -> Result<(), Error> {
    if args.no_store {
        return Ok(());
    }
    session.target.kept.change(|contents| {
        contents.keys.extend(key.map(|key| (client.client_id.clone(), key)));
        contents.keep_client(&args.name, client);
    })
}

fn kept(args: &Args, session: &Session<'_>) -> Result<Registration, Error> {
    let contents = session.target.kept.read()?;
    contents.clients.get(&args.name).cloned().ok_or_else(|| {
        let known: Vec<&str> = contents.clients.keys().map(String::as_str).collect();
        let message = format!("no registration `{}` is kept for this server", args.name);
        Error::usage(message, suggest::help(&args.name, &known))
    })
}

fn management<'c>(args: &Args, client: &'c Registration) -> Result<(&'c str, &'c Secret), Error> {
    let uri = client.registration_client_uri.as_deref();
    uri.zip(client.registration_access_token.as_ref()).ok_or_else(|| {
        let message = format!("the server lets nobody manage the registration `{}`", args.name);
        Error::usage(message, "it gave no registration access token (RFC 7592)")
    })
}

fn initial_access_token(args: &Args, session: &Session<'_>) -> Result<Option<Secret>, Error> {
    match &args.registration_token_file {
        Some(path) => secret_input::from_file(path).map(Some),
        None => {
            Ok(session.target.lab.as_ref().and_then(|lab| lab.ready.registration_token.clone()))
        }
    }
}

fn grant(text: &str) -> Result<GrantType, String> {
    let name = text.replace('-', "_");
    GrantType::named(text).or_else(|| GrantType::named(&name)).ok_or_else(|| {
        let known: Vec<&str> = GrantType::ALL.iter().map(|grant| grant.short()).collect();
        suggest::help(&name, &known)
    })
}
