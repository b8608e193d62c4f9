//! The built program, as scripts and people use it. Most tests run a script inside of
//! `serve -- sh`, where every command finds its lab by itself.

mod answers;
mod examples;
mod fapi2;
mod flows;
mod possession;
mod ready;
mod serve;

use super::support::run::{Done, Home};

/// Runs a shell script around a lab; the first command that fails ends it.
#[track_caller]
fn in_lab(home: &Home, flags: &[&str], script: &str) -> Done {
    let command = ["--", "sh", "-euc", script];
    let arguments = ["serve"].iter().chain(flags).chain(&command);
    home.oauthlab(arguments.copied()).output()
}

/// The only answer of a script, as JSON.
#[track_caller]
fn json(text: &str) -> serde_json::Value {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => panic!("{error}: {text}"),
    }
}
