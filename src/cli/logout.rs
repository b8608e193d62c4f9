//! `oauthlab logout`: forgets what `token` and `register` kept.

use super::context::{self, Context};
use super::keep::Kept;
use super::target;
use crate::error::Error;

/// Forget the kept tokens of a server; revoke them first with `oauthlab revoke`
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab logout
oauthlab logout --clients --server https://localhost:9443")]
pub(super) struct Args {
    /// Forget registered clients too
    #[arg(long)]
    clients: bool,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let data = context::data()?;
    // A server that is gone can be forgotten, too.
    let issuer = match context.global.server.as_deref() {
        Some(url) if url.contains("://") => url.to_owned(),
        _ => target::lab(context, &data)?.ready.issuer,
    };
    let kept = Kept::of(&data, &issuer)?;
    if args.clients {
        kept.forget()?;
    } else {
        kept.change(|contents| contents.tokens.clear())?;
    }
    context.terminal.say("forgotten; what was not revoked stays valid until it expires");
    Ok(0)
}
