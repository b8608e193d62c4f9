//! `oauthlab revoke`: ends a token (RFC 7009).

use super::clients::ClientArgs;
use super::context::Context;
use super::presented::TokenArgs;
use super::runtime;
use super::session::Session;
use crate::client;
use crate::error::Error;
use crate::protocol::{Secret, TokenResponse};

/// Revoke a token, and forget it here
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab revoke
oauthlab revoke --token-file token.txt --client web")]
pub(super) struct Args {
    #[command(flatten)]
    token: TokenArgs,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let session = Session::open(context).await?;
        let result = revoke(args, &session).await;
        session.end(result).await?;
        context.terminal.say("revoked");
        Ok(0)
    })
}

async fn revoke(args: &Args, session: &Session<'_>) -> Result<(), Error> {
    let target = &session.target;
    let (token, owner) = match args.token.given()? {
        Some(token) => {
            let owner = target.kept.read()?.holding(&token).map(|kept| kept.client_id.clone());
            (token, owner)
        }
        None => strongest(session)?,
    };
    // A token is revoked by the client that it belongs to (RFC 7009 section 2.1).
    let credentials = match (&args.client.client, owner) {
        (None, Some(owner)) => args.client.of(target, &owner)?.credentials,
        _ => args.client.find(target, None, false)?.credentials,
    };
    let server = session.server().await?;
    let endpoint = server.revocation_endpoint()?;
    client::revoke(session.caller(), endpoint, &credentials, &token, None).await?;
    target.kept.change(|kept| {
        kept.forget_token(&token);
    })
}

/// The latest refresh token, whose end is the end of the whole grant; else the access token.
fn strongest(session: &Session<'_>) -> Result<(Secret, Option<String>), Error> {
    let kept = session.target.kept.read()?;
    let latest = kept.latest(None).ok_or_else(|| {
        Error::usage("there is no token to revoke", "give one as an argument, or - for stdin")
    })?;
    let TokenResponse { access_token, refresh_token, .. } = &latest.response;
    let token = refresh_token.as_ref().unwrap_or(access_token).clone();
    Ok((token, Some(latest.client_id.clone())))
}
