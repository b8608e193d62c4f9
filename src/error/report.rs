//! An error as it leaves: `oauthlab.error/v1`.

use serde::Serialize;

use super::Error;
use crate::client::ClientError;
use crate::config::Problem;

/// An error as it leaves: the same facts for people and programs. Absent members are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `oauthlab.error/v1`.
    pub schema: &'static str,
    /// The class of the exit code.
    pub class: &'static str,
    /// The exit code.
    pub exit: u8,
    /// The OAuth error code, when a server said one; else the class.
    pub error: String,
    /// What happened.
    pub error_description: String,
    /// The endpoint that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The number of the step that failed, as in the transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The rule that was broken, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Each fault of a configuration, with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it is written.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Error {
    /// Everything at once.
    pub fn report(&self) -> Report {
        let exit = self.exit();
        let mut report = Report {
            schema: "oauthlab.error/v1",
            class: exit.class(),
            exit: exit.code(),
            error: exit.class().to_owned(),
            error_description: self.to_string(),
            endpoint: None,
            step: None,
            rule: None,
            problems: Vec::new(),
            help: self.hint(),
            reference: None,
        };
        if let Self::Config(config) = self {
            report.problems.clone_from(&config.problems);
            let messages: Vec<&str> = config.problems.iter().map(|p| p.message.as_str()).collect();
            report.error_description = messages.join("; ");
        }
        if let Self::Client { error, step, rule, .. } = self {
            report.step = *step;
            report.add_client(error);
            if let Some(rule) = rule {
                report.rule = Some(rule.id.clone());
                report.reference = Some(rule.spec.clone());
            }
        }
        report
    }
}

impl Report {
    fn add_client(&mut self, error: &ClientError) {
        match error {
            ClientError::OAuth(response) | ClientError::NonceRefused(response) => {
                self.error.clone_from(&response.error);
                self.endpoint = Some(response.endpoint.clone());
            }
            ClientError::Unverified(unverified) => {
                self.endpoint = Some(unverified.from.clone());
                self.rule = Some(unverified.failed.criterion.id.to_owned());
                self.reference = Some(unverified.failed.criterion.spec.to_owned());
            }
            ClientError::Fetch { endpoint, .. }
            | ClientError::Status { endpoint, .. }
            | ClientError::Malformed { endpoint, .. } => self.endpoint = Some(endpoint.clone()),
            ClientError::NoMetadata { .. }
            | ClientError::NotOffered { .. }
            | ClientError::Input { .. }
            | ClientError::NobodyCame { .. }
            | ClientError::NobodyAnswered { .. }
            | ClientError::Listen { .. }
            | ClientError::WrongPassword { .. }
            | ClientError::NeedsPerson { .. }
            | ClientError::NeverArrived { .. }
            | ClientError::Random(_) => {}
        }
    }
}
