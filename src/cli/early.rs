//! What can be said before there are arguments: help, version, and what clap refuses.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap::error::ErrorKind;

use super::colour::ColorChoice;
use super::context::{ErrorFormat, lookup};
use super::terminal::{Level, Terminal};
use crate::error::{Error, Exit};

/// Prints what clap wants to say; returns the exit code.
pub(super) fn report(args: &[OsString], error: &clap::Error) -> u8 {
    let color = value(args, "color").and_then(|text| ColorChoice::from_str(&text, true).ok());
    let format =
        value(args, "error-format").and_then(|text| ErrorFormat::from_str(&text, true).ok());
    let terminal = Terminal::of_process(Level::Normal, color.unwrap_or_default(), lookup);
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let styled = terminal.out_paint().0;
            let text = if styled { text.ansi().to_string() } else { text.to_string() };
            match terminal.answer(&text) {
                Ok(()) => 0,
                Err(error) => error.exit().code(),
            }
        }
        _ if format == Some(ErrorFormat::Json) => {
            let plain = text.to_string();
            let plain = plain.trim().trim_start_matches("error: ").to_owned();
            let report = Error::usage(plain, "").report();
            terminal.error_json(&report);
            Exit::Usage.code()
        }
        _ => {
            let styled = terminal.err_paint().0;
            terminal.error(&if styled { text.ansi().to_string() } else { text.to_string() });
            Exit::Usage.code()
        }
    }
}

/// The value of a global flag, found without clap: `--flag value`, `--flag=value`, or its variable.
fn value(args: &[OsString], flag: &str) -> Option<String> {
    let args = || args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
    let name = format!("--{flag}");
    let joined = args().find_map(|arg| arg.strip_prefix(&name)?.strip_prefix('='));
    let apart = || args().skip_while(|arg| *arg != name).nth(1);
    let variable = || lookup(&format!("OAUTHLAB_{}", flag.replace('-', "_").to_uppercase()));
    joined.or_else(apart).map(str::to_owned).or_else(variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_flags_are_found_before_a_separator_only() {
        let args = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let found = |text: &str| value(&args(text), "color");
        assert_eq!(found("oauthlab token --color never"), Some("never".to_owned()));
        assert_eq!(found("oauthlab --color=always token"), Some("always".to_owned()));
        assert_eq!(found("oauthlab serve -- ls --color=always"), None);
    }
}
