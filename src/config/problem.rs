//! What is wrong with a configuration, for a person and for a program.

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError {
    /// Each fault.
    pub problems: Vec<Problem>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
}

impl ConfigError {
    pub(super) fn of(message: impl ToString) -> Self {
        Self { problems: vec![Problem { message: message.to_string() }] }
    }
}
