//! The token that a command is about: typed, from a file, from stdin, or the latest that was kept.

use std::path::PathBuf;

use super::secret_input;
use super::target::Target;
use crate::error::Error;
use crate::protocol::Secret;

/// Which token.
#[derive(Debug, clap::Args)]
pub(super) struct TokenArgs {
    /// The token, or - for stdin [default: the latest access token]
    #[arg(value_name = "TOKEN|-", conflicts_with = "token_file")]
    presented_token: Option<String>,
    /// The token from a file
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl TokenArgs {
    /// Whether one was given.
    pub(super) const fn is_given(&self) -> bool {
        self.presented_token.is_some() || self.token_file.is_some()
    }

    /// The token that was given, if one was.
    pub(super) fn given(&self) -> Result<Option<Secret>, Error> {
        match (&self.presented_token, &self.token_file) {
            (Some(text), _) => secret_input::typed(text).map(Some),
            (None, Some(path)) => secret_input::from_file(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The token that was given, else the latest access token of this server.
    pub(super) fn or_latest(&self, target: &Target) -> Result<Secret, Error> {
        if let Some(token) = self.given()? {
            return Ok(token);
        }
        latest(target)
    }
}

/// The latest access token of this server.
pub(super) fn latest(target: &Target) -> Result<Secret, Error> {
    let kept = target.kept.read()?;
    let tokens = kept.latest(None).ok_or_else(|| {
        Error::usage("there is no token yet", "get one: oauthlab token, or give one as an argument")
    })?;
    Ok(tokens.response.access_token.clone())
}
