//! The one place that prints. stdout is the answer, stderr is talk; each has its own colour rule.
//! A reader that goes away is no error. Secrets that are printed on purpose are masked first where
//! a CI log would keep them.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::colour::{ColorChoice, Paint};
use super::escape;
use crate::error::{Error, Report};
use crate::protocol::Secret;

type Sink = Mutex<Box<dyn Write + Send>>;

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `-q`: errors only.
    Quiet,
    /// Results and warnings.
    Normal,
    /// `-v`: every step with its checks.
    Steps,
    /// `-vv`: the wire.
    Wire,
}

impl Level {
    pub(super) const fn of(quiet: bool, verbose: u8) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) => Self::Normal,
            (false, 1) => Self::Steps,
            (false, _) => Self::Wire,
        }
    }
}

/// Both streams and what is known about them.
pub(super) struct Terminal {
    out: Sink,
    err: Sink,
    level: Level,
    out_paint: Paint,
    err_paint: Paint,
    watched: bool,
    masks: bool,
}

impl Terminal {
    /// The streams of this process.
    pub(super) fn of_process(
        level: Level,
        color: ColorChoice,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let watched = io::stderr().is_terminal();
        Self {
            out: Mutex::new(Box::new(io::stdout())),
            err: Mutex::new(Box::new(io::stderr())),
            level,
            out_paint: Paint(color.decide(&lookup, io::stdout().is_terminal())),
            err_paint: Paint(color.decide(&lookup, watched)),
            watched,
            masks: lookup("GITHUB_ACTIONS").as_deref() == Some("true"),
        }
    }

    /// How much is said.
    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// The colours of stdout.
    pub(super) const fn out_paint(&self) -> Paint {
        self.out_paint
    }

    /// The colours of stderr.
    pub(super) const fn err_paint(&self) -> Paint {
        self.err_paint
    }

    /// Whether somebody watches stderr.
    pub(super) const fn is_watched(&self) -> bool {
        self.watched
    }

    /// Prints the answer, with a newline at its end. The text is ours, or was escaped.
    pub(super) fn answer(&self, text: &str) -> Result<(), Error> {
        let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let written = write!(out, "{text}{newline}").and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
            _ => Ok(()),
        }
    }

    /// Prints a JSON document of ours or of a server.
    pub(super) fn answer_json(&self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(Error::Json)?;
        self.answer(&escape::json(&text))
    }

    /// Prints a secret that was asked for, as the whole answer.
    pub(super) fn answer_secret(&self, secret: &Secret) -> Result<(), Error> {
        if secret.expose().chars().any(char::is_control) {
            return Err(Error::UnprintableSecret);
        }
        self.mask(secret);
        self.answer(secret.expose())
    }

    /// Hides a secret in the log of a CI job from here on. Call it before the secret is printed.
    pub(super) fn mask(&self, secret: &Secret) {
        let text = secret.expose();
        if self.masks && !text.is_empty() && !text.chars().any(char::is_control) {
            // The runner reads `%25` as a percent sign.
            self.write_err(&format!("::add-mask::{}\n", text.replace('%', "%25")));
        }
    }

    /// Says something, unless `-q`.
    pub(super) fn say(&self, text: &str) {
        self.say_at(Level::Normal, text);
    }

    /// Says something at a level.
    pub(super) fn say_at(&self, level: Level, text: &str) {
        if self.level >= level && !text.is_empty() {
            self.write_err(&format!("{text}\n"));
        }
    }

    /// Warns, unless `-q`.
    pub(super) fn warn(&self, text: &str) {
        let label = self.err_paint.warn("warning:");
        self.say(&format!("{label} {}", escape::lines(text)));
    }

    /// Prints an error, also under `-q`. The text was escaped.
    pub(super) fn error(&self, text: &str) {
        self.write_err(text);
    }

    /// Prints an error for a program: one line of JSON.
    pub(super) fn error_json(&self, report: &Report) {
        let text = serde_json::to_string(report).unwrap_or_else(|error| error.to_string());
        self.write_err(&(escape::json(&text) + "\n"));
    }

    /// A sign of life while something takes long: on a terminal only.
    pub(super) fn progress(&self, message: &'static str) -> ProgressBar {
        if !self.watched || self.level == Level::Quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let template = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        bar.set_style(template.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    fn write_err(&self, text: &str) {
        let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is left to be told.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(crate) fn captured(level: Level, masks: bool) -> (Terminal, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let terminal = Terminal {
            out: Mutex::new(Box::new(out.clone())),
            err: Mutex::new(Box::new(err.clone())),
            level,
            out_paint: Paint(false),
            err_paint: Paint(false),
            watched: false,
            masks,
        };
        (terminal, out, err)
    }

    #[test]
    fn the_answer_is_on_stdout_and_talk_on_stderr() {
        let (terminal, out, err) = captured(Level::Normal, false);
        terminal.answer("token").unwrap();
        terminal.say("done");
        terminal.say_at(Level::Steps, "step");
        assert_eq!((out.text().as_str(), err.text().as_str()), ("token\n", "done\n"));
    }

    #[test]
    fn quiet_leaves_stderr_empty() {
        let (terminal, out, err) = captured(Level::Quiet, false);
        terminal.answer("token").unwrap();
        terminal.say("done");
        terminal.warn("careful");
        assert_eq!((out.text().as_str(), err.text().as_str()), ("token\n", ""));
    }

    #[test]
    fn a_warning_cannot_reach_the_terminal_itself() {
        let (terminal, _, err) = captured(Level::Normal, false);
        terminal.warn("bad\u{1b}[2J");
        assert_eq!(err.text(), "warning: bad\\u{1b}[2J\n");
    }

    #[test]
    fn a_secret_is_masked_before_it_is_printed_in_a_ci_log() {
        let (terminal, out, err) = captured(Level::Quiet, true);
        terminal.answer_secret(&Secret::new("100%secret")).unwrap();
        assert_eq!(err.text(), "::add-mask::100%25secret\n");
        assert_eq!(out.text(), "100%secret\n");
        assert!(terminal.answer_secret(&Secret::new("a\nb")).is_err());
    }

    struct Gone(io::ErrorKind);
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_success_and_a_full_disk_is_not() {
        let (mut terminal, _, _) = captured(Level::Normal, false);
        terminal.out = Mutex::new(Box::new(Gone(io::ErrorKind::BrokenPipe)));
        assert!(terminal.answer("x").is_ok());
        terminal.out = Mutex::new(Box::new(Gone(io::ErrorKind::StorageFull)));
        assert!(matches!(terminal.answer("x"), Err(Error::Output(_))));
    }
}
