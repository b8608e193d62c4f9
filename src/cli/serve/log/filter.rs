//! Which lines of the log are wanted: `info`, or `warn,oauthlab::metrics=debug`.

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::cli::context::lookup;
use crate::error::Error;

/// The target of the line that each request gets.
pub(super) const REQUEST: &str = "oauthlab::request";

/// A filter. A level without a target is that of the lab itself: the libraries below it speak only
/// when they are named, since nobody here answers for what they say.
#[derive(Clone, Debug)]
pub(crate) struct LogFilter {
    targets: Targets,
    /// Whether somebody asked for it.
    pub(crate) is_given: bool,
}

impl LogFilter {
    /// From the flag, else from `OAUTHLAB_LOG`, else `info`.
    pub(crate) fn of(flag: Option<&str>) -> Result<Self, Error> {
        let variable = lookup("OAUTHLAB_LOG").filter(|text| !text.is_empty());
        let given = flag.map(str::to_owned).or(variable);
        Self::parse(given.as_deref())
    }

    fn parse(given: Option<&str>) -> Result<Self, Error> {
        let text = given.unwrap_or("info");
        // A bare word that is no level would be a target whose every word is told.
        let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
        let is_clear = |part: &str| part.contains('=') || is_level(part.trim());
        let parsed = text.split(',').all(is_clear).then(|| text.parse::<Targets>().ok()).flatten();
        let parsed = parsed.ok_or_else(|| {
            Error::usage(
                format!("`{text}` is no log filter"),
                "write off, error, warn, info, debug or trace, or TARGET=LEVEL, with commas between",
            )
        })?;
        let own = parsed.default_level().unwrap_or(LevelFilter::INFO);
        let named: Vec<_> =
            parsed.iter().map(|(target, level)| (target.to_owned(), level)).collect();
        let targets = Targets::new()
            .with_default(LevelFilter::OFF)
            .with_target("oauthlab", own)
            .with_targets(named);
        Ok(Self { targets, is_given: given.is_some() })
    }

    pub(super) fn targets(&self) -> Targets {
        self.targets.clone()
    }

    /// Whether requests are told at this level.
    pub(super) fn wants(&self, level: tracing::Level) -> bool {
        self.targets.would_enable(REQUEST, &level)
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_is_that_of_the_lab_and_libraries_must_be_named() {
        let wants = |filter: &str, target: &str, level| {
            let filter = LogFilter::parse(Some(filter)).unwrap();
            filter.targets().would_enable(target, &level)
        };
        assert!(wants("trace", "oauthlab::metrics", Level::TRACE));
        assert!(!wants("trace", "h2::codec", Level::ERROR));
        assert!(wants("warn,h2=trace", "h2::codec", Level::TRACE));
        assert!(!wants("warn,h2=trace", "oauthlab::lab", Level::INFO));
        assert!(wants("off,oauthlab::request=info", REQUEST, Level::INFO));
        assert!(!wants("off,oauthlab::request=info", "oauthlab::lab", Level::ERROR));
        assert!(LogFilter::parse(None).unwrap().wants(Level::INFO));
        assert!(!LogFilter::parse(None).unwrap().wants(Level::DEBUG));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["loud", "info,oauthlab::lab", "", "oauthlab=loud", "a=b=c"] {
            assert!(LogFilter::parse(Some(text)).is_err(), "{text}");
        }
    }
}
