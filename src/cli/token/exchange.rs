//! What is traded: a token, for `--flow token-exchange`; an assertion, for `--flow jwt-bearer`.

use std::path::PathBuf;

use super::{Args, demanded};
use crate::cli::clients::KnownClient;
use crate::cli::secret_input;
use crate::cli::session::Session;
use crate::client::{
    AuthorizationServer, ExchangeSettings, Granted, TokenTarget, jwt_bearer, token_exchange,
};
use crate::error::Error;
use crate::protocol::{Secret, TokenType};

/// What is traded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Exchange")]
pub(super) struct ExchangeArgs {
    /// With --flow token-exchange: the token from a file [default: the latest]
    #[arg(long, value_name = "FILE|-")]
    subject_token_file: Option<PathBuf>,
    /// What type of token that is
    #[arg(long, value_name = "TYPE", default_value = "access_token", value_parser = token_type)]
    subject_token_type: String,
    /// An access token of whoever acts, from a file [default: the client acts]
    #[arg(long, value_name = "FILE")]
    actor_token_file: Option<PathBuf>,
    /// The API that the new token is for, by name
    #[arg(long, value_name = "NAME", value_delimiter = ' ')]
    audience: Vec<String>,
    /// What type of token is wanted
    #[arg(long, value_name = "TYPE", value_parser = token_type)]
    requested_token_type: Option<String>,
    /// With --flow jwt-bearer: the assertion from a file
    #[arg(long, value_name = "FILE|-")]
    assertion_file: Option<PathBuf>,
}

/// The identifier of RFC 8693 section 3, for its last part; anything else as it is.
#[expect(clippy::unnecessary_wraps, reason = "clap parses with a Result")]
fn token_type(text: &str) -> Result<String, String> {
    let full = format!("urn:ietf:params:oauth:token-type:{text}");
    Ok(TokenType::parse(&full).map_or_else(|| text.to_owned(), |kind| kind.as_str().to_owned()))
}

pub(super) async fn exchanged(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Granted, Error> {
    let own = &args.exchange;
    let actor = own.actor_token_file.as_deref().map(secret_input::from_file).transpose()?;
    let subject = subject(own, session)?;
    // Who exchanges a bound token proves its key, and the new one is bound to the same.
    demanded::bind(args, session, server, client, Some(&subject))?;
    let settings = ExchangeSettings {
        subject: (subject, own.subject_token_type.clone()),
        actor: actor.map(|token| (token, TokenType::AccessToken.as_str().to_owned())),
        requested: own.requested_token_type.clone(),
        audiences: own.audience.clone(),
        target: target.clone(),
    };
    Ok(token_exchange(session.caller(), server, &client.credentials, &settings).await?)
}

pub(super) async fn asserted(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Granted, Error> {
    let path = args.exchange.assertion_file.as_deref().ok_or_else(|| {
        Error::usage("the flow needs an assertion", "give one by --assertion-file")
    })?;
    let assertion = secret_input::from_file(path)?;
    Ok(jwt_bearer(session.caller(), server, &client.credentials, &assertion, target).await?)
}

/// The token of the file, else the latest one that is kept.
fn subject(own: &ExchangeArgs, session: &Session<'_>) -> Result<Secret, Error> {
    if let Some(path) = &own.subject_token_file {
        return secret_input::from_file(path);
    }
    let kept = session.target.kept.read()?;
    let latest = kept.latest(None).map(|kept| &kept.response);
    let is_id_token = own.subject_token_type == TokenType::IdToken.as_str();
    let token = latest.and_then(|tokens| {
        if is_id_token { tokens.id_token.clone() } else { Some(tokens.access_token.clone()) }
    });
    token.ok_or_else(|| {
        let hint = "get one by the code flow, or give one by --subject-token-file";
        Error::usage("no such token is kept", hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_types_stand_for_the_registered_ones() {
        assert_eq!(token_type("id_token").unwrap(), TokenType::IdToken.as_str());
        assert_eq!(token_type("urn:example:x").unwrap(), "urn:example:x");
    }
}
