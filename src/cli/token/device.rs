//! `--flow device`: shows where to go and what to type, or does it as `--user`, and polls.

use super::{Args, asked};
use crate::cli::clients::KnownClient;
use crate::cli::escape;
use crate::cli::session::Session;
use crate::client::{AuthorizationServer, Browser, DeviceFlow, Granted, Person, TokenTarget};
use crate::error::Error;
use crate::protocol::Secret;

/// The tokens, once the user has answered.
pub(super) async fn tokens(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Granted, Error> {
    let (caller, clock) = (session.caller(), &session.context.clock);
    let flow = DeviceFlow::begin(caller, server, &client.credentials, target, clock).await?;
    let codes = &flow.codes;
    let complete = codes.verification_uri_complete.as_ref().map(Secret::expose);
    if let Some(user) = &args.user.user {
        let person = Person {
            username: user.clone(),
            password: asked::password(&args.user, user, &session.target)?,
            consent: args.user.consent.answer(),
        };
        let missing = "the server names no verification_uri_complete";
        let url = complete.ok_or_else(|| Error::usage(missing, "leave --user out"))?;
        Browser::new(clock.clone()).answer_device(caller, url, &person).await?;
        return Ok(flow.tokens(caller, server, true).await?);
    }
    session.show_steps().await;
    let terminal = &session.context.terminal;
    // Said even under -q: without it nobody could go on.
    let (page, code) = (escape::line(&codes.verification_uri), codes.user_code.expose());
    terminal.error(&format!("open {page} on any device, and type {}", escape::line(code)));
    if let Some(url) = complete {
        terminal.error(&format!("or open this, and compare the code:\n{}\n", escape::line(url)));
    }
    let progress = terminal.progress("waiting for the user");
    let granted = flow.tokens(caller, server, false).await;
    progress.finish_and_clear();
    Ok(granted?)
}
