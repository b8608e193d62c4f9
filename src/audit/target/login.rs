//! A login script: how a person gets through the pages of a server whose forms do not explain
//! themselves. Steps are tried in order; the first one that matches a page answers it.

use serde::Deserialize;

/// One step.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The page's URL without its query, with `*` for anything.
    #[serde(rename = "match")]
    pub page: String,
    /// Field and value; `{user}` and `{password}` stand for the user's.
    #[serde(default)]
    pub fill: std::collections::BTreeMap<String, String>,
    /// The name or the value of the button; without it the form is sent without any.
    #[serde(default)]
    pub press: Option<String>,
}

/// Why a step cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// It does nothing.
    #[error("the login step for `{0}` fills nothing and presses nothing")]
    Empty(String),
    /// It is too large.
    #[error("the login step for `{0}` is too large")]
    Large(String),
}

const MAX_FIELDS: usize = 50;
const MAX_PATTERN: usize = 500;

impl Login {
    /// Whether the step does something, within bounds.
    pub(super) fn check(&self) -> Result<(), LoginError> {
        if self.page.len() > MAX_PATTERN || self.fill.len() > MAX_FIELDS {
            return Err(LoginError::Large(self.page.chars().take(40).collect()));
        }
        if self.fill.is_empty() && self.press.is_none() {
            return Err(LoginError::Empty(self.page.clone()));
        }
        Ok(())
    }

    /// Whether the step answers the page of this URL.
    pub fn matches(&self, url: &str) -> bool {
        let page = url.split(['?', '#']).next().unwrap_or_default();
        glob(&self.page, page)
    }

    /// Whether the step gives the password.
    pub fn gives_password(&self) -> bool {
        self.fill.values().any(|value| value.contains("{password}"))
    }
}

/// `*` stands for any text. Linear in the text for each `*`: nothing to backtrace.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some((_, after)) = rest.split_once(middle) else { return false };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, holds) in [
            ("*/login*", "https://a/login", true),
            ("*/login*", "https://a/x/login/2", true),
            ("*/login", "https://a/login/2", false),
            ("https://a/*/b*c", "https://a/x/bxc", true),
            ("https://a/*/b*c", "https://a/x/xc", false),
            ("https://a/login", "https://a/login", true),
            ("https://a/login", "https://a/login2", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), holds, "{pattern} {text}");
        }
    }

    #[test]
    fn the_query_of_a_page_does_not_count() {
        let step =
            Login { page: "*/login".to_owned(), fill: [].into(), press: Some("x".to_owned()) };
        assert!(step.matches("https://a/login?next=/b"));
        assert!(!step.matches("https://a/other?next=/login"));
    }
}
