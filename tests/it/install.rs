//! `install.sh`: an archive whose sum is right is installed and removed without a trace, and
//! anything else changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::support::run::{Done, Home, under_test};

fn install(home: &Home, arguments: &[&str]) -> Done {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    let all = std::iter::once(&script).chain(arguments).copied();
    home.program("sh", all).output()
}

/// A release archive with the built program, and its sum.
fn archive(home: &Home) -> (String, String) {
    let folder = home.path().join("oauthlab-x");
    fs::create_dir(&folder).unwrap();
    fs::copy(under_test(), folder.join("oauthlab")).unwrap();
    home.program("tar", ["-czf", "release.tar.gz", "oauthlab-x"]).output().ok();
    let path = home.path().join("release.tar.gz");
    let sum = Sha256::digest(fs::read(&path).unwrap());
    let sum = sum.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    (path.to_str().unwrap().to_owned(), sum)
}

fn files(below: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(below) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn an_archive_is_installed_and_removed_without_a_trace() {
    let home = Home::new();
    let (archive, sum) = archive(&home);
    let prefix = home.path().join("prefix");
    let prefix_text = prefix.to_str().unwrap();
    install(&home, &["--prefix", prefix_text, "--archive", &archive, "--sha256", &sum]).ok();
    let program = prefix.join("bin/oauthlab");
    let version = home.program(program.to_str().unwrap(), ["--version"]).output().ok();
    assert!(version.stdout.starts_with("oauthlab "), "{}", version.stdout);
    let names: Vec<_> = files(&prefix).iter().map(|p| p.file_name().unwrap().to_owned()).collect();
    for expected in ["oauthlab", "_oauthlab", "oauthlab.fish"] {
        assert!(names.iter().any(|name| name == expected), "{expected} of {names:?}");
    }
    install(&home, &["--prefix", prefix_text, "--uninstall"]).ok();
    assert_eq!(files(&prefix), Vec::<PathBuf>::new());
    install(&home, &["--prefix", prefix_text, "--uninstall"]).code(1);
}

#[test]
fn an_archive_with_another_sum_changes_nothing() {
    let home = Home::new();
    let (archive, sum) = archive(&home);
    let other = format!("{}0", &sum[..63]);
    let other = if other == sum { format!("{}1", &sum[..63]) } else { other };
    let prefix = home.path().join("prefix");
    let prefix_text = prefix.to_str().unwrap();
    let done =
        install(&home, &["--prefix", prefix_text, "--archive", &archive, "--sha256", &other]);
    assert!(done.fails().stderr.contains("nothing was installed"));
    install(&home, &["--prefix", prefix_text, "--archive", &archive]).code(2);
    assert!(!prefix.exists());
}

#[test]
fn an_unknown_argument_is_a_usage_error() {
    let home = Home::new();
    install(&home, &["--frobnicate"]).code(2);
    install(&home, &["--prefix"]).code(2);
}
