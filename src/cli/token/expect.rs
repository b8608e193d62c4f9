//! Drills: a refusal that is expected is a success, and anything else is exit code 10.

use super::DrillArgs;
use crate::cli::context::Context;
use crate::cli::suggest;
use crate::client::ClientError;
use crate::error::{Error, Exit};
use crate::protocol::ErrorCode;
use crate::trace::explain;

/// What should happen.
#[derive(Debug)]
pub(super) enum Expected {
    /// This error code on the wire.
    Error(String),
    /// A refusal by this rule, as the lab tells it.
    Refusal(String),
    /// Both.
    Both(String, String),
}

impl DrillArgs {
    /// Whether a refusal is what is wanted.
    pub(super) const fn is_drill(&self) -> bool {
        self.expect_error.is_some() || self.expect_refusal.is_some()
    }
}

impl Expected {
    /// What the flags say. A rule that does not exist can never refuse.
    pub(super) fn of(args: &DrillArgs) -> Result<Option<Self>, Error> {
        if let Some(rule) = args.expect_refusal.as_deref().filter(|id| explain::rule(id).is_none())
        {
            let hint = suggest::help(rule, &explain::suggestions(rule));
            return Err(Error::usage(format!("there is no rule `{rule}`"), hint));
        }
        Ok(match (args.expect_error.clone(), args.expect_refusal.clone()) {
            (None, None) => None,
            (Some(code), None) => Some(Self::Error(code)),
            (None, Some(rule)) => Some(Self::Refusal(rule)),
            (Some(code), Some(rule)) => Some(Self::Both(code, rule)),
        })
    }

    /// Judges what happened. Errors that are no refusal stay what they are.
    pub(super) fn judge(&self, context: &Context, result: Result<(), Error>) -> Result<u8, Error> {
        let error = match result {
            Ok(()) => return Err(self.missed("tokens were issued".to_owned())),
            Err(error) => error,
        };
        if !matches!(error.exit(), Exit::OAuth | Exit::Verification | Exit::Person) {
            return Err(error);
        }
        let (code, rule) = (code(&error), rule(&error));
        let met = match self {
            Self::Error(wanted) => code.as_ref() == Some(wanted),
            Self::Refusal(wanted) => rule.as_ref() == Some(wanted),
            Self::Both(error, refusal) => {
                code.as_ref() == Some(error) && rule.as_ref() == Some(refusal)
            }
        };
        let got = match (&code, &rule) {
            (Some(code), Some(rule)) => format!("{code} by {rule}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => error.to_string(),
        };
        if met {
            context
                .terminal
                .say(&format!("refused, as expected: {}", crate::cli::escape::line(&got)));
            return Ok(0);
        }
        Err(self.missed(format!("it was refused with {got}")))
    }

    fn missed(&self, got: String) -> Error {
        let expected = match self {
            Self::Error(code) => format!("the error {code}"),
            Self::Refusal(rule) => format!("a refusal by {rule}"),
            Self::Both(code, rule) => format!("the error {code} by {rule}"),
        };
        Error::Expectation { expected, got }
    }
}

/// The error code on the wire; of a page without one, that of the rule behind it.
fn code(error: &Error) -> Option<String> {
    let Error::Client { error, rule, .. } = error else { return None };
    if let ClientError::OAuth(response) | ClientError::NonceRefused(response) = &**error {
        return Some(response.error.clone());
    }
    let rule = explain::rule(&rule.as_ref()?.id)?;
    Some(ErrorCode::as_str(rule.face.error).to_owned())
}

fn rule(error: &Error) -> Option<String> {
    let Error::Client { rule, .. } = error else { return None };
    Some(rule.as_ref()?.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ErrorResponse;

    fn refused(code: &str) -> Error {
        let response = ErrorResponse {
            endpoint: "https://localhost/token".into(),
            status: Some(400),
            error: code.into(),
            description: None,
            uri: None,
            trace_id: None,
        };
        ClientError::from(Box::new(response)).into()
    }

    fn judged(result: Result<(), Error>) -> u8 {
        let context = crate::cli::context::tests::context();
        let expected = Expected::Error("invalid_grant".into());
        match expected.judge(&context, result) {
            Ok(code) => code,
            Err(error) => error.exit().code(),
        }
    }

    #[test]
    fn only_exactly_the_expected_refusal_is_a_success() {
        assert_eq!(judged(Err(refused("invalid_grant"))), 0);
        assert_eq!(judged(Err(refused("invalid_client"))), 10);
        assert_eq!(judged(Ok(())), 10);
        assert_eq!(judged(Err(Error::Interrupted)), 130);
    }

    #[test]
    fn a_rule_that_does_not_exist_is_a_typing_error() {
        let args = DrillArgs {
            no_par: false,
            pkce: super::super::Pkce::S256,
            param: Vec::new(),
            expect_error: None,
            expect_refusal: Some("pkce.verifer".into()),
        };
        let error = Expected::of(&args).unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `pkce.verifier`?"));
    }
}
