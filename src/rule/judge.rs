//! The judge: collects one ruling a rule, stage by stage, and touches nothing.

use std::time::Duration;

use super::{Decision, DecisionRecord, Docket, Fact, Refusal, Rule};
use crate::clock::Timestamp;

/// What became of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It is broken.
    Broken,
    /// It is broken, and a deviation let it pass.
    Waived,
    /// There was nothing for it to judge.
    NotApplicable,
    /// An earlier stage failed at this rule, so that its facts were never gathered.
    NotEvaluated(&'static Rule),
}

/// One line of a decision.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// The rule.
    pub rule: &'static Rule,
    /// What became of it.
    pub verdict: Verdict,
    /// What would have been right.
    pub expected: Fact,
    /// What came.
    pub got: Fact,
}

/// Who may let a broken rule pass: the deviations of a lab that is weak on purpose.
pub trait Waivers: Sync {
    /// Whether the broken rule is let pass, given what it expected and got.
    fn waives(&self, rule: &'static Rule, expected: &Fact, got: &Fact) -> bool;

    /// As [`Waivers::waives`], where the decision point matters too: one rule stands on many
    /// dockets, and a weakness may live at a single one of them.
    fn waives_at(
        &self,
        _docket: &'static Docket,
        rule: &'static Rule,
        facts: (&Fact, &Fact),
    ) -> bool {
        self.waives(rule, facts.0, facts.1)
    }
}

/// Nobody: every broken rule refuses.
#[derive(Clone, Copy, Debug)]
pub struct NoWaivers;

impl Waivers for NoWaivers {
    fn waives(&self, _: &'static Rule, _: &Fact, _: &Fact) -> bool {
        false
    }
}

/// A stage ended with a broken rule; later stages gather nothing. Only a [`Judge`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Blocked(());

/// Judges one request along one docket.
pub struct Judge<'w> {
    docket: &'static Docket,
    waivers: &'w dyn Waivers,
    rulings: Vec<Ruling>,
    broken: Option<&'static Rule>,
    spent: Vec<Spent>,
    again_in: Option<Duration>,
}

/// Something that is good once: the parts of its name, and until when it must be remembered.
pub type Spent = (Vec<String>, Timestamp);

impl<'w> Judge<'w> {
    /// A judge for one decision point.
    pub fn new(docket: &'static Docket, waivers: &'w dyn Waivers) -> Self {
        let rulings = Vec::with_capacity(docket.rules.len());
        Self { docket, waivers, rulings, broken: None, spent: Vec::new(), again_in: None }
    }

    /// Records whether a rule holds; true when it holds or is waived. `facts` gives (expected, got).
    pub fn check(
        &mut self,
        rule: &'static Rule,
        holds: bool,
        facts: impl FnOnce() -> (Fact, Fact),
    ) -> bool {
        debug_assert!(self.docket.rules.contains(&rule), "{} on {}", rule.id, self.docket.id);
        let (expected, got) = facts();
        let verdict = if holds {
            Verdict::Holds
        } else if self.waivers.waives_at(self.docket, rule, (&expected, &got)) {
            Verdict::Waived
        } else {
            self.broken = self.broken.or(Some(rule));
            Verdict::Broken
        };
        self.rulings.push(Ruling { rule, verdict, expected, got });
        verdict != Verdict::Broken
    }

    /// As [`Judge::check`], for a rule that yields the value which the next stage needs. Without
    /// that value the stage ends here, waived or not.
    pub fn require<T>(
        &mut self,
        rule: &'static Rule,
        value: Option<T>,
        facts: impl FnOnce() -> (Fact, Fact),
    ) -> Result<T, Blocked> {
        self.check(rule, value.is_some(), facts);
        value.ok_or_else(|| {
            self.broken = self.broken.or(Some(rule));
            Blocked(())
        })
    }

    /// As [`Judge::require`], with a substitute that is used when the broken rule is waived.
    pub fn require_or<T>(
        &mut self,
        rule: &'static Rule,
        value: Option<T>,
        substitute: impl FnOnce() -> Option<T>,
        facts: impl FnOnce() -> (Fact, Fact),
    ) -> Result<T, Blocked> {
        let had_value = value.is_some();
        let passes = self.check(rule, had_value, facts);
        let value = if passes && !had_value { substitute() } else { value };
        value.ok_or_else(|| {
            self.broken = self.broken.or(Some(rule));
            Blocked(())
        })
    }

    /// Whether a rule stands on this docket.
    pub fn has(&self, rule: &'static Rule) -> bool {
        self.docket.rules.contains(&rule)
    }

    /// Records a rule that has nothing to judge in this request.
    pub fn not_applicable(&mut self, rule: &'static Rule) {
        let (expected, got) = (Fact::Absent, Fact::Absent);
        self.rulings.push(Ruling { rule, verdict: Verdict::NotApplicable, expected, got });
    }

    /// Notes in what time a rate admits such a request again; of several rates the last counts.
    pub fn again_in(&mut self, wait: Duration) {
        self.again_in = self.again_in.max(Some(wait));
    }

    /// Notes what this request used up, such as the `jti` of a valid assertion. It is used up
    /// whatever the outcome is.
    pub fn spend(&mut self, name: &[&str], until: Timestamp) {
        self.spent.push((name.iter().map(|part| (*part).to_owned()).collect(), until));
    }

    /// What was used up so far; afterwards nothing is.
    pub fn take_spent(&mut self) -> Vec<Spent> {
        std::mem::take(&mut self.spent)
    }

    /// The end of a stage: later ones run only if nothing is broken so far.
    pub fn stage(&self) -> Result<(), Blocked> {
        if self.broken.is_some() { Err(Blocked(())) } else { Ok(()) }
    }

    /// The rules that are broken so far, in the order in which they were judged.
    pub fn broken(&self) -> Vec<&'static Rule> {
        let broken = self.rulings.iter().filter(|ruling| ruling.verdict == Verdict::Broken);
        broken.map(|ruling| ruling.rule).collect()
    }

    /// Ends the judgement. Rules that were never reached are recorded as not evaluated; the refusal
    /// is the first broken rule in the docket's order, whatever order they were judged in.
    pub fn conclude<T, E>(
        mut self,
        outcome: Result<(T, Vec<E>), (Blocked, Vec<E>)>,
    ) -> Decision<T, E> {
        let (first, rulings) = self.in_order();
        let (value, effects) = match outcome {
            Ok((value, effects)) => (Some(value), effects),
            Err((Blocked(()), effects)) => (None, effects),
        };
        let outcome = match (first, value) {
            (None, Some(value)) => Ok(value),
            // A value beside a broken rule is a mistake of the deciding code: refuse.
            (Some(rule), _) => Err(Refusal { rule }),
            (None, None) => Err(Refusal { rule: &super::SERVER_CONDITION }),
        };
        let record = DecisionRecord { docket: self.docket, rulings, again_in: self.again_in };
        Decision { outcome, effects, record }
    }

    /// The first broken rule, and every rule of the docket with what became of it, in its order.
    fn in_order(&mut self) -> (Option<&'static Rule>, Vec<Ruling>) {
        let docket = self.docket.rules;
        let (mut at, mut reached) = (0, vec![false; docket.len()]);
        let mut placed = Vec::with_capacity(docket.len());
        for ruling in std::mem::take(&mut self.rulings) {
            // Rules are judged nearly in the docket's order: the next one is a step or two away.
            let later = docket.iter().skip(at).position(|rule| *rule == ruling.rule);
            let found = later.map(|ahead| at + ahead);
            let found = found.or_else(|| docket.iter().position(|rule| *rule == ruling.rule));
            at = found.unwrap_or(docket.len());
            if let Some(reached) = reached.get_mut(at) {
                *reached = true;
            }
            placed.push((at, ruling));
        }
        let broken = placed.iter().filter(|(_, ruling)| ruling.verdict == Verdict::Broken);
        let first = broken.min_by_key(|(at, _)| *at).map(|(_, ruling)| ruling.rule);
        let first = first.or(self.broken);
        let verdict = first.map_or(Verdict::NotApplicable, Verdict::NotEvaluated);
        for (at, rule) in docket.iter().enumerate() {
            if reached.get(at) == Some(&false) {
                let (expected, got) = (Fact::Absent, Fact::Absent);
                placed.push((at, Ruling { rule, verdict, expected, got }));
            }
        }
        placed.sort_by_key(|(at, _)| *at);
        (first, placed.into_iter().map(|(_, ruling)| ruling).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    fn facts() -> (Fact, Fact) {
        (Fact::fixed("a"), Fact::fixed("b"))
    }

    #[test]
    fn the_first_broken_rule_of_the_docket_is_on_the_wire() {
        let docket = &TOKEN_CODE;
        let mut judge = Judge::new(docket, &NoWaivers);
        let (early, late) = (docket.rules[0], docket.rules[docket.rules.len() - 1]);
        judge.check(late, false, facts);
        judge.check(early, false, facts);
        let outcome: Result<((), Vec<()>), _> =
            judge.stage().map(|()| ((), vec![])).map_err(|b| (b, vec![]));
        let decision = judge.conclude(outcome);
        assert_eq!(decision.outcome.unwrap_err().rule, early);
        assert_eq!(decision.record.rulings.len(), docket.rules.len());
        let untouched = &decision.record.rulings[1];
        assert_eq!(untouched.verdict, Verdict::NotEvaluated(early));
    }

    #[test]
    fn a_value_beside_a_broken_rule_is_still_a_refusal() {
        let mut judge = Judge::new(&TOKEN_CODE, &NoWaivers);
        judge.check(TOKEN_CODE.rules[0], false, facts);
        let decision = judge.conclude::<_, ()>(Ok((1, vec![])));
        assert!(decision.outcome.is_err());
    }

    struct All;
    impl Waivers for All {
        fn waives(&self, _: &'static Rule, _: &Fact, _: &Fact) -> bool {
            true
        }
    }

    #[test]
    fn a_waived_rule_passes_and_is_recorded_as_waived() {
        let mut judge = Judge::new(&TOKEN_CODE, &All);
        assert!(judge.check(TOKEN_CODE.rules[0], false, facts));
        let decision = judge.conclude::<_, ()>(Ok((1, vec![])));
        assert_eq!(decision.outcome, Ok(1));
        assert_eq!(decision.record.rulings[0].verdict, Verdict::Waived);
    }

    #[test]
    fn a_missing_value_blocks_even_when_waived() {
        let mut judge = Judge::new(&TOKEN_CODE, &All);
        assert!(judge.require::<()>(TOKEN_CODE.rules[0], None, facts).is_err());
    }
}
