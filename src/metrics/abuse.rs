//! What looks like an attack: read from the decisions, as everything else is.

use crate::rule::{self, Rule, Verdict};
use crate::trace::Exchange;

const CODE_REUSE: &str = "code_reuse";
const REFRESH_REUSE: &str = "refresh_reuse";
const BRUTE_FORCE: &str = "brute_force";
const USER_CODE_GUESSING: &str = "user_code_guessing";
const REPLAY: &str = "replay";
const FLOOD: &str = "flood";

/// Every pattern.
pub const PATTERNS: [&str; 6] =
    [CODE_REUSE, REFRESH_REUSE, BRUTE_FORCE, USER_CODE_GUESSING, REPLAY, FLOOD];

/// The patterns of the rules that an exchange broke, each once.
pub(super) fn patterns(exchange: &Exchange) -> Vec<&'static str> {
    let rulings = exchange.decisions.iter().flat_map(|decision| &decision.rulings);
    // A waived rule was broken as well; only that the lab lets it pass.
    let broken =
        rulings.filter(|ruling| matches!(ruling.verdict, Verdict::Broken | Verdict::Waived));
    let mut patterns: Vec<_> = broken.filter_map(|ruling| pattern(ruling.rule)).collect();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

/// What breaking a rule looks like, where an honest client does not break it.
fn pattern(broken: &Rule) -> Option<&'static str> {
    let is = |rules: &[&Rule]| rules.contains(&broken);
    if is(&[&rule::CODE_UNSPENT, &rule::DEVICE_CODE_UNSPENT]) {
        Some(CODE_REUSE)
    } else if is(&[&rule::REFRESH_UNROTATED]) {
        Some(REFRESH_REUSE)
    } else if is(&[&rule::LOGIN_RATE, &rule::CLIENT_RATE]) {
        Some(BRUTE_FORCE)
    } else if is(&[&rule::USER_CODE_RATE]) {
        Some(USER_CODE_GUESSING)
    } else if is(&[&rule::REQUEST_RATE, &rule::REGISTRATION_RATE]) {
        Some(FLOOD)
    } else if is(&[
        &rule::DPOP_UNUSED,
        &rule::CLIENT_ASSERTION_UNUSED,
        &rule::ASSERTION_GRANT_UNUSED,
    ]) {
        Some(REPLAY)
    } else {
        None
    }
}
