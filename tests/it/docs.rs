//! The documentation is true: what the README marks as running runs, every flag that it shows is in
//! the help, and the demo works.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::support::run::{Home, under_test};

/// A fenced block: its language with marks, and its text.
struct Block {
    info: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

fn blocks() -> Vec<Block> {
    let text = readme();
    let parts: Vec<&str> = text.split("```").collect();
    assert!(parts.len() % 2 == 1, "a fence is open");
    let inside = parts.iter().skip(1).step_by(2);
    inside
        .map(|part| part.split_once('\n').unwrap())
        .map(|(info, text)| Block { info: info.to_owned(), text: text.to_owned() })
        .collect()
}

#[test]
fn the_readme_runs() {
    let home = Home::new();
    let mut script = String::from("set -eu\n");
    let running: Vec<_> = blocks().into_iter().filter(|block| block.info == "sh run").collect();
    assert!(running.len() >= 5, "the tour is gone");
    for (n, block) in running.iter().enumerate() {
        let _ = write!(script, "echo '== block {n}' >&2\n{}\n", block.text);
    }
    fs::write(home.path().join("tour.sh"), script).unwrap();
    let done = home.oauthlab(["serve", "--", "sh", "tour.sh"]).output();
    assert!(done.stderr.contains(&format!("== block {}", running.len() - 1)), "{}", done.stderr);
    done.ok();
}

#[test]
fn the_yaml_of_the_readme_is_a_lab() {
    let home = Home::new();
    let labs: Vec<_> = blocks().into_iter().filter(|block| block.info == "yaml run").collect();
    assert!(!labs.is_empty());
    for lab in labs {
        fs::write(home.path().join("oauthlab.yaml"), lab.text).unwrap();
        home.oauthlab(["serve", "--check", "-c", "oauthlab.yaml"]).output().ok();
    }
}

/// The words of every `oauthlab …` command in a text.
fn commands(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.split(" #").next().unwrap());
    let starts = lines.flat_map(|line| {
        let found: Vec<_> = line.match_indices("oauthlab ").map(|(at, _)| &line[at..]).collect();
        found
    });
    let words = starts.map(|rest| {
        let end = rest.find([')', '|', ';', '>', '`']).unwrap_or(rest.len());
        let own = rest[..end].split(" -- ").next().unwrap();
        own.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
    });
    words.collect()
}

#[test]
fn every_flag_that_the_readme_shows_is_in_the_help() {
    let home = Home::new();
    let shells = blocks().into_iter().filter(|block| block.info.starts_with("sh"));
    let shown: Vec<_> = shells.flat_map(|block| commands(&block.text)).collect();
    assert!(shown.len() > 10, "{shown:?}");
    let demo = commands(&fs::read_to_string(root().join("tests/demo.sh")).unwrap());
    for words in shown.iter().chain(&demo) {
        let plain = |word: &&String| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let Some(command) = words.get(1).filter(plain) else { continue };
        let help = if command.starts_with('-') {
            home.oauthlab(["--help"]).output().ok().stdout
        } else {
            home.oauthlab([command.as_str(), "--help"]).output().ok().stdout
        };
        for flag in words.iter().skip(1).filter(|word| word.starts_with('-') && word.len() > 1) {
            let name = flag.split('=').next().unwrap();
            let listed = help.split([' ', ',', '\n', '=', '[']).any(|word| word == name);
            assert!(listed, "{name} is not in the help of {command}:\n{help}");
        }
    }
}

#[test]
fn links_and_targets_of_the_readme_exist() {
    let text = readme();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.starts_with("http") && !link.starts_with('#')) {
        assert!(root().join(link).exists(), "{link}");
    }
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let targets = text.split("`make ").skip(1).filter_map(|rest| rest.split('`').next());
    for target in targets {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}

#[test]
fn the_demo_runs_and_shows_no_secret() {
    let home = Home::new();
    let script = root().join("tests/demo.sh");
    let program = under_test();
    let arguments = [script.to_str().unwrap(), program.to_str().unwrap()];
    let done = home.program("sh", arguments).output().ok();
    for shown in ["$ oauthlab register", "$ oauthlab token", "$ oauthlab call", "$ oauthlab why"] {
        assert!(done.stdout.contains(shown), "{shown}:\n{}", done.stdout);
    }
    let rule = "pkce.challenge_presented";
    assert!(done.stdout.contains(rule), "{rule}:\n{}", done.stdout);
    for secret in ["eyJ", "ci-secret", "client_secret", "BEGIN "] {
        assert!(!done.stdout.contains(secret), "{secret}:\n{}", done.stdout);
    }
    let left: Vec<_> = fs::read_dir(home.path().join("run")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_parser_finds_commands_and_their_flags() {
    let found = commands("x=$(oauthlab token -o token) # c\noauthlab serve --strict -- npm test\n");
    assert_eq!(
        found,
        [vec!["oauthlab", "token", "-o", "token"], vec!["oauthlab", "serve", "--strict"]]
    );
}

#[test]
fn every_test_that_security_md_names_exists() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, table) = text.split_once("| promise | test |").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let names = table
        .lines()
        .filter_map(|line| line.split('|').nth(2))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    let names: Vec<String> = names.collect();
    assert!(names.len() > 30, "{names:?}");
    let sources = super::architecture::sources(&["src", "tests"]);
    for name in names {
        let declared = format!("fn {name}()");
        assert!(sources.iter().any(|source| source.text.contains(&declared)), "{name}");
    }
}
