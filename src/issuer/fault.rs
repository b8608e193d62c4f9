//! What goes wrong on our side: not the requester's fault, and never silent.

use crate::protocol::jose::KeyError;
use crate::random::RandomFailed;
use crate::rule::{self, Blocked, Decision, Judge, Rule};
use crate::store::{Key, StoreError};

use super::Effect;

/// The issuer cannot decide.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be made or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No randomness.
    #[error("the system's random number generator failed")]
    Random,
    /// A race was lost again and again.
    #[error("a record changed under every try")]
    Contention,
    /// A background task ended early.
    #[error("a background task ended early")]
    Task,
}

impl Fault {
    /// The rule that the wire names.
    pub const fn rule(&self) -> &'static Rule {
        match self {
            Self::Store(StoreError::Full(_)) => &rule::SERVER_CAPACITY,
            Self::Store(StoreError::Unavailable(_)) => &rule::SERVER_STORE,
            Self::Store(StoreError::Corrupt | StoreError::Damaged)
            | Self::Key(_)
            | Self::Random
            | Self::Contention
            | Self::Task => &rule::SERVER_CONDITION,
        }
    }
}

impl From<RandomFailed> for Fault {
    fn from(_: RandomFailed) -> Self {
        Self::Random
    }
}

/// Why deciding ended without a value.
#[derive(Debug)]
pub(super) enum Stop {
    /// A rule is broken; the effects are those of the refusal.
    Refused(Blocked, Vec<Effect>),
    /// We cannot decide.
    Fault(Fault),
}

impl From<Blocked> for Stop {
    fn from(blocked: Blocked) -> Self {
        Self::Refused(blocked, Vec::new())
    }
}

impl<F: Into<Fault>> From<F> for Stop {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// What a deciding function yields: the value with its effects, or why there is none.
pub(super) type Outcome<T> = Result<(T, Vec<Effect>), Stop>;

/// Ends the judgement.
pub(super) fn conclude<T>(
    mut judge: Judge<'_>,
    outcome: Outcome<T>,
) -> Result<Decision<T, Effect>, Fault> {
    let spent = judge.take_spent();
    let mut decision = match outcome {
        Ok(granted) => judge.conclude(Ok(granted)),
        Err(Stop::Refused(blocked, effects)) => judge.conclude(Err((blocked, effects))),
        Err(Stop::Fault(fault)) => return Err(fault),
    };
    // First: whoever loses this race has shown nothing that counts, and must change nothing.
    decision.effects.splice(
        ..0,
        spent.iter().map(|(name, until)| {
            let parts: Vec<&str> = name.iter().map(String::as_str).collect();
            Effect::RecordReplay(Key::of(&parts), *until)
        }),
    );
    Ok(decision)
}
