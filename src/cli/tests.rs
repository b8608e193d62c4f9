//! The command line as a whole: it is well-formed, its help is what the golden files say, and its
//! variables are no trap.

use std::fs;
use std::path::Path;

use super::*;

fn built() -> clap::Command {
    let mut root = command::build(|_| None);
    root.build();
    root
}

#[test]
fn clap_finds_nothing_wrong() {
    command::build(|_| None).debug_assert();
}

/// Run with `UPDATE_GOLDEN=1` to write the files anew.
#[test]
fn the_help_of_every_command_is_golden() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/help");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected_files = vec!["oauthlab.txt".to_owned()];
    let mut root = built().term_width(100);
    let names: Vec<String> = root.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut texts = vec![root.render_help().to_string()];
    for name in names {
        let sub = root.find_subcommand_mut(&name).unwrap();
        *sub = std::mem::take(sub).term_width(100);
        texts.push(sub.render_help().to_string());
        expected_files.push(format!("{name}.txt"));
    }
    if update {
        fs::create_dir_all(&folder).unwrap();
    }
    for (file, text) in expected_files.iter().zip(texts) {
        let path = folder.join(file);
        let text: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        if update {
            fs::write(&path, text).unwrap();
        } else {
            let golden = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(text, golden, "{file} is stale: run this test with UPDATE_GOLDEN=1");
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(expected_files.contains(&name), "{name} belongs to no command");
    }
}

#[test]
fn every_command_has_an_example_that_names_it() {
    for sub in built().get_subcommands() {
        let examples = sub.get_before_help().map(ToString::to_string).unwrap_or_default();
        let name = sub.get_name();
        assert!(examples.contains(&format!("oauthlab {name}")), "{name} has no example");
    }
}

#[test]
fn no_variable_for_a_flag_is_one_that_a_lab_hands_out() {
    let handed =
        ["ISSUER", "RESOURCE", "CA_FILE", "STATE", "PID", "REGISTRATION_TOKEN", "DATA_DIR"];
    let root = command::build(|_| None);
    let commands = std::iter::once(&root).chain(root.get_subcommands());
    for arg in commands.flat_map(clap::Command::get_arguments) {
        let Some(name) = arg.get_env() else { continue };
        let name = name.to_str().unwrap().strip_prefix("OAUTHLAB_").unwrap();
        assert!(!handed.contains(&name), "OAUTHLAB_{name}");
        assert!(!name.starts_with("CLIENT_") && !name.starts_with("USER_"), "OAUTHLAB_{name}");
    }
}

#[test]
fn a_variable_stands_in_for_its_flag_and_an_empty_one_for_nothing() {
    let root = command::build(|name| (name == "OAUTHLAB_ENV_FORMAT").then(OsString::new));
    let env = root.find_subcommand("env").unwrap();
    let variable = |id: &str| {
        let arg = env.get_arguments().find(|arg| arg.get_id() == id).unwrap();
        arg.get_env().map(|name| name.to_str().unwrap().to_owned())
    };
    assert_eq!(variable("shell").as_deref(), Some("OAUTHLAB_ENV_SHELL"));
    assert_eq!(variable("format"), None);
}

#[test]
fn exit_codes_have_a_class_and_a_meaning() {
    let table = Exit::TABLE;
    assert!(table.is_sorted_by(|a, b| a.0 < b.0));
    for exit in [
        Exit::Internal,
        Exit::Usage,
        Exit::Configuration,
        Exit::Person,
        Exit::Unreachable,
        Exit::TimedOut,
        Exit::OAuth,
        Exit::Verification,
        Exit::Token,
        Exit::Expectation,
        Exit::LabFailed,
        Exit::NotExecutable,
        Exit::NotFound,
        Exit::Interrupted,
    ] {
        assert!(table.iter().any(|(code, ..)| *code == exit.code()), "{exit:?}");
    }
}
