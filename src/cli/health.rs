//! `oauthlab health`: is it there, and does it answer?

use super::context::Context;
use super::runtime;
use super::target::Target;
use crate::error::Error;
use crate::fetch::{FetchError, Request};

/// Ask the server whether it is well: exit 0, or 5
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab health
oauthlab health --wait 10s --server ci-lab")]
pub(super) struct Args {}

pub(super) fn run(context: &Context, _: &Args) -> Result<u8, Error> {
    runtime::block_on(context, async {
        let target = Target::find(context).await?;
        // A lab says whether it can work; any server has metadata.
        let url = match target.lab {
            Some(_) => target.issuer.endpoint("/health/ready"),
            None => target.issuer.well_known_appended("openid-configuration"),
        };
        let answer = target.http.send(Request::get(&url)).await?;
        if answer.is_success() {
            context.terminal.say("ok");
            return Ok(0);
        }
        let reason = format!("{url} answered with status {}", answer.status);
        Err(FetchError::Unreachable { origin: target.issuer.origin().to_owned(), reason }.into())
    })
}
