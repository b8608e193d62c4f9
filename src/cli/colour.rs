//! Whether a stream is coloured, and the few colours that there are.

use std::fmt::Display;

use clap::ValueEnum;
use console::Style;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Decides for one stream: the flag, then `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`, then
    /// whether the stream is a terminal. `lookup` reads one environment variable.
    pub(super) fn decide(self, lookup: impl Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto if set("TERM").is_some_and(|term| term == "dumb") => false,
            Self::Auto if set("CLICOLOR").is_some_and(|value| value == "0") => false,
            Self::Auto => is_terminal,
        }
    }
}

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, style: Style, text: impl Display) -> String {
        style.force_styling(self.0).apply_to(text).to_string()
    }

    pub(super) fn bold(self, text: impl Display) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(super) fn dim(self, text: impl Display) -> String {
        self.with(Style::new().dim(), text)
    }

    pub(super) fn good(self, text: impl Display) -> String {
        self.with(Style::new().green(), text)
    }

    pub(super) fn bad(self, text: impl Display) -> String {
        self.with(Style::new().red().bold(), text)
    }

    pub(super) fn warn(self, text: impl Display) -> String {
        self.with(Style::new().yellow().bold(), text)
    }

    pub(super) fn reverse(self, text: impl Display) -> String {
        self.with(Style::new().reverse(), text)
    }

    pub(super) fn link(self, text: impl Display) -> String {
        self.with(Style::new().cyan(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(choice: ColorChoice, variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        choice.decide(lookup, is_terminal)
    }

    #[test]
    fn the_flag_then_the_environment_then_the_stream() {
        use ColorChoice::{Always, Auto, Never};
        assert!(decide(Auto, &[], true));
        assert!(!decide(Auto, &[], false));
        assert!(!decide(Auto, &[("NO_COLOR", "1")], true));
        assert!(decide(Auto, &[("NO_COLOR", "")], true));
        assert!(decide(Auto, &[("CLICOLOR_FORCE", "1")], false));
        assert!(!decide(Auto, &[("CLICOLOR_FORCE", "0")], false));
        assert!(!decide(Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true));
        assert!(!decide(Auto, &[("TERM", "dumb")], true));
        assert!(decide(Always, &[("NO_COLOR", "1")], false));
        assert!(!decide(Never, &[("CLICOLOR_FORCE", "1")], true));
    }

    #[test]
    fn paint_is_off_when_it_is_off() {
        assert_eq!(Paint(false).bad("x"), "x");
        assert!(Paint(true).bad("x").contains('\u{1b}'));
    }
}
