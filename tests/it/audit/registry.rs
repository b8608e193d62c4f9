//! The registry of checks: quantified over, so that a new check cannot be half a check.

use std::collections::BTreeMap;

use oauthlab::audit::{CHECKS, Seeded, check, explain};
use oauthlab::deviation::WEAKNESSES;
use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogued {
    id: String,
    severity: String,
    tier: u8,
}

/// What the catalogue of checks says: stable ids, and how bad each is.
fn catalogue() -> BTreeMap<String, Catalogued> {
    let text = include_str!("../../../fixtures/audit/checks.json");
    let rows: Vec<Catalogued> = serde_json::from_str(text).unwrap();
    rows.into_iter().map(|row| (row.id.clone(), row)).collect()
}

#[test]
fn ids_are_unique_sorted_and_those_of_the_catalogue() {
    for pair in CHECKS.windows(2) {
        assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
    }
    let catalogue = catalogue();
    for check in CHECKS.iter() {
        let row = &catalogue[check.id];
        assert_eq!(row.severity, check.severity.as_str(), "{}", check.id);
        assert!([1, 2, 3].contains(&row.tier), "{}", check.id);
    }
}

#[derive(Deserialize)]
struct Omitted {
    id: String,
    reason: String,
}

#[test]
fn every_check_of_the_first_tier_is_built_or_left_out_with_a_reason() {
    let text = include_str!("../../../fixtures/audit/omitted.json");
    let omitted: Vec<Omitted> = serde_json::from_str(text).unwrap();
    assert!(omitted.is_sorted_by(|one, other| one.id < other.id));
    assert!(omitted.iter().all(|one| one.reason.len() > 20));
    let left_out = |id: &str| omitted.iter().any(|one| one.id == id);
    let catalogue = catalogue();
    assert!(omitted.iter().all(|one| catalogue.contains_key(&one.id)));
    for row in catalogue.values().filter(|row| row.tier == 1) {
        let built = check(&row.id).is_some();
        assert_eq!(built, !left_out(&row.id), "{}", row.id);
    }
    assert!(CHECKS.len() >= 200);
}

#[test]
fn every_check_says_what_it_does_why_how_it_is_shown_and_how_to_fix_it() {
    for check in CHECKS.iter() {
        let text = &check.text;
        for words in [check.title, text.does, text.why, text.shown, text.fix] {
            assert!(words.len() > 15, "{}: {words}", check.id);
            assert!(!words.contains("  "), "{}: {words}", check.id);
        }
        for sentence in [text.does, text.why, text.shown, text.fix] {
            assert!(sentence.ends_with('.'), "{}: {sentence}", check.id);
        }
        assert!(!check.title.ends_with('.'), "{}", check.id);
        assert!(!check.references.is_empty(), "{}", check.id);
        let explained = explain(check.id).unwrap();
        for words in [check.id, check.title, text.why, text.fix, check.references[0]] {
            assert!(explained.contains(words), "{}: {words}", check.id);
        }
    }
    assert_eq!(explain("no-such-check"), None);
}

#[test]
fn every_check_has_a_weakness_or_a_reason_and_every_weakness_a_check() {
    for check in CHECKS.iter() {
        let weakness = WEAKNESSES.iter().find(|weakness| weakness.id == check.id);
        match check.seeded {
            Seeded::Weakness => assert!(weakness.is_some(), "{}", check.id),
            Seeded::Otherwise(reason) => {
                assert!(weakness.is_none() && reason.len() > 20, "{}", check.id);
            }
        }
    }
    for weakness in WEAKNESSES.iter() {
        assert!(check(weakness.id).is_some(), "{}", weakness.id);
    }
}

#[test]
fn checks_and_weaknesses_agree_on_what_cannot_be_told_apart() {
    for weakness in WEAKNESSES.iter() {
        let own = check(weakness.id).unwrap();
        assert_eq!(own.dominates, weakness.dominates, "{}", weakness.id);
        for id in own.dominates {
            assert!(check(id).is_some() && *id != own.id, "{} dominates {id}", own.id);
        }
    }
}
