//! Broken files, and what is said about them: `fixtures/config/NAME.yaml` and `NAME.txt`.
//! `OAUTHLAB_BLESS=1 cargo test golden` writes the texts anew; read the difference before you
//! commit it.

use std::path::Path;

use super::{Config, ConfigError, Overrides, Source};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/config");

/// Values that must never be shown, in whatever file they stand.
const SECRETS: &[&str] = &["hunter2", "from-the-environment"];

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "LAB_NAME" => "name from-the-environment",
        "ISSUER_URL" => "issuer from-the-environment",
        "LAB_GRANT" => "grant-from-the-environment",
        "BOB_PASSWORD" => "bob from-the-environment",
        _ => return None,
    };
    Some(value.to_owned())
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let yaml = files.filter(|path| path.extension().is_some_and(|ext| ext == "yaml"));
    let mut names: Vec<_> =
        yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn errors_of(name: &str) -> ConfigError {
    let path = Path::new(FOLDER).join(format!("{name}.yaml"));
    let loaded = Config::load(&Source::File(path), &Overrides::default(), &environment);
    loaded.expect_err(name)
}

#[test]
fn every_broken_file_is_answered_as_its_golden_text_says() {
    let bless = std::env::var_os("OAUTHLAB_BLESS").is_some();
    let mut stale = Vec::new();
    for name in names() {
        let text = errors_of(&name).render(false).replace(&format!("{FOLDER}/"), "");
        let golden = Path::new(FOLDER).join(format!("{name}.txt"));
        if bless {
            std::fs::write(&golden, &text).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != text {
            stale.push(format!("{name}:\n{text}"));
        }
    }
    assert!(stale.is_empty(), "these texts changed:\n{}", stale.join("\n"));
}

#[test]
fn no_secret_is_shown_in_text_json_or_debug() {
    for name in names() {
        let error = errors_of(&name);
        let json = serde_json::to_string(&error).unwrap();
        for shown in [error.render(true), json, format!("{error:?}"), error.to_string()] {
            for secret in SECRETS {
                assert!(!shown.contains(secret), "{name} shows {secret}: {shown}");
            }
        }
    }
}

#[test]
fn every_fault_of_a_file_is_reported_at_once() {
    let problems = errors_of("many").problems;
    let lines: Vec<_> = problems.iter().filter_map(|p| p.place).map(|place| place.line).collect();
    for line in [2, 3, 4, 5, 7, 8, 10, 12, 13, 15, 16, 17, 18, 19] {
        assert!(lines.contains(&line), "no problem at line {line}: {lines:?}");
    }
    assert!(lines.is_sorted());
}

#[test]
fn carets_stand_below_what_they_mean() {
    let error = errors_of("unknown-keys");
    let first = &error.problems[0];
    let place = first.place.unwrap();
    assert_eq!((place.line, place.column, place.length), (2, 1, 5));
    assert_eq!(first.help.as_deref(), Some("did you mean `issuer`?"));
}
