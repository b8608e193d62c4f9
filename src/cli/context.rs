//! What all commands share: the global flags, the terminal, time, randomness, the data folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

use super::colour::ColorChoice;
use super::escape;
use super::terminal::{Level, Terminal};
use crate::clock::Clock;
use crate::config::Source;
use crate::error::{Error, Report};
use crate::random::Random;
use crate::tls::DataDir;

/// How errors leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ErrorFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object on stderr (oauthlab.error/v1)
    Json,
}

/// Flags of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// The lab's YAML [default: ./oauthlab.yaml, else the built-in lab]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A running lab by its NAME, or any server by its issuer URL
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub(super) server: Option<String>,
    /// Say nothing but the answer and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more: -v every step and check, -vv the wire
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
    /// Never wait for a person
    #[arg(long, global = true)]
    pub(super) no_input: bool,
    /// How long the command may take, such as 30s
    #[arg(long, global = true, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(super) timeout: Option<Duration>,
    /// How long to wait for the server to be ready, such as 10s
    #[arg(long, global = true, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(super) wait: Option<Duration>,
    /// Show secrets in transcripts
    #[arg(long, global = true)]
    pub(super) show_secrets: bool,
    /// How errors are printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(super) error_format: ErrorFormat,
}

/// What a command runs with.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) terminal: Terminal,
    pub(super) clock: Clock,
    pub(super) random: Random,
}

/// One environment variable, if it is set and valid Unicode.
pub(super) fn lookup(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The data folder.
pub(super) fn data() -> Result<DataDir, Error> {
    Ok(DataDir::locate(|name| std::env::var_os(name))?)
}

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "oauthlab.yaml";

impl Context {
    /// The context of this process.
    pub(super) fn new(global: Global) -> Self {
        let level = Level::of(global.quiet, global.verbose);
        let terminal = Terminal::of_process(level, global.color, lookup);
        Self { global, terminal, clock: Clock::system(), random: Random::system() }
    }

    /// Where the lab's configuration stands: the file that was named, that of this folder, or none.
    pub(super) fn source(&self) -> Source {
        match &self.global.config {
            Some(path) => Source::File(path.clone()),
            None if Path::new(DEFAULT_FILE).exists() => Source::File(DEFAULT_FILE.into()),
            None => Source::Builtin,
        }
    }

    /// Prints an error; returns its exit code.
    pub(super) fn report(&self, error: &Error) -> u8 {
        let report = error.report();
        match (self.global.error_format, error) {
            (ErrorFormat::Json, _) => self.terminal.error_json(&report),
            (ErrorFormat::Human, Error::Config(config)) => {
                self.terminal.error(&config.render(self.terminal.err_paint().0));
            }
            (ErrorFormat::Human, _) => self.terminal.error(&self.human(&report)),
        }
        report.exit
    }

    fn human(&self, report: &Report) -> String {
        let paint = self.terminal.err_paint();
        let label = match (&report.rule, report.error != report.class) {
            (Some(rule), _) => format!("error[{rule}]:"),
            (None, true) => format!("error[{}]:", report.error),
            (None, false) => "error:".to_owned(),
        };
        let message = escape::lines(&report.error_description);
        let mut lines = vec![format!("{} {message}", paint.bad(escape::line(&label)))];
        let help = report.help.iter();
        lines.extend(help.map(|help| format!("{} {}", paint.link("help:"), escape::lines(help))));
        let see = report.reference.iter();
        lines.extend(see.map(|text| format!("{} {}", paint.dim("see:"), escape::line(text))));
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        global: Global,
    }

    /// A context whose terminal says nothing.
    pub(crate) fn context() -> Context {
        Context::new(Line::parse_from(["oauthlab", "--quiet"]).global)
    }
}
