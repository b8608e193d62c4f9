//! Text whose parts are typed public or secret, so that it can be kept whole and shown safely.

use crate::protocol::{Secret, percent_decode};

use super::classify::{self, Class};

/// What kind of secret it is, in a word: `code`, `access_token`.
pub type Label = &'static str;

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// May be shown. Untrusted: escape it where it is shown.
    Public(String),
    /// Must not be shown.
    Secret(Label, Secret),
}

/// Public and secret parts in order. Bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Part>);

const MAX_PUBLIC: usize = 1024;
const MAX_SECRET: usize = 8 * 1024;
const MAX_PARTS: usize = 64;
/// Longer words without a class are taken for secrets: ours have 43 characters.
const MAX_WORD: usize = 32;

impl Text {
    /// All of it may be shown.
    pub fn public(text: impl Into<String>) -> Self {
        Self(vec![Part::Public(cut(text.into(), MAX_PUBLIC))])
    }

    /// None of it may be shown.
    pub fn secret(label: Label, text: impl Into<String>) -> Self {
        Self(vec![Part::Secret(label, Secret::new(cut(text.into(), MAX_SECRET)))])
    }

    /// A name that a stranger chose: shown if it reads like a name and not like a token.
    pub fn name(text: &str) -> Self {
        if is_word(text) { Self::public(text) } else { Self::secret("name", text) }
    }

    /// Prose that a stranger wrote: words that look like tokens are taken for secrets.
    pub fn prose(text: &str) -> Self {
        let mut prose = Self::default();
        let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~' | '+');
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let inside = is_token(first);
            let end = rest.find(|c| is_token(c) != inside).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if run.len() > MAX_WORD && !is_word(run) {
                prose.push(Self::secret("text", run));
            } else {
                prose.push(Self::public(run));
            }
            rest = after;
        }
        prose
    }

    /// A URL: long path segments, user info and unknown parameters are secrets. Nothing is
    /// decoded or put in another order.
    pub fn url(text: &str) -> Self {
        let text = &cut(text.to_owned(), MAX_SECRET);
        let (before, fragment) = split(text, '#');
        let (before, query) = split(before, '?');
        let mut url = Self::default();
        let path = match before.find("://") {
            Some(at) => {
                let (scheme, rest) = before.split_at(at + 3);
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                url.push(Self::public(scheme));
                let host = authority.rsplit_once('@').map_or(authority, |(user, host)| {
                    url.push(Self::secret("userinfo", user));
                    url.push(Self::public("@"));
                    host
                });
                url.push(Self::public(host));
                path
            }
            None => before,
        };
        url.push(Self::path(path));
        for (mark, parameters) in [("?", query), ("#", fragment)] {
            if let Some(parameters) = parameters {
                url.push(Self::public(mark));
                url.push(Self::parameters(parameters));
            }
        }
        url
    }

    /// A path: segments that look like tokens are secrets.
    pub fn path(text: &str) -> Self {
        let mut path = Self::default();
        for (i, segment) in text.split('/').enumerate() {
            if i > 0 {
                path.push(Self::public("/"));
            }
            path.push(if is_word(segment) {
                Self::public(segment)
            } else {
                Self::secret("path", segment)
            });
        }
        path
    }

    fn parameters(text: &str) -> Self {
        let mut parameters = Self::default();
        for (i, pair) in text.split('&').enumerate() {
            if i > 0 {
                parameters.push(Self::public("&"));
            }
            let (raw_name, value) = split(pair, '=');
            let name = percent_decode(raw_name.as_bytes()).unwrap_or_default();
            parameters.push(Self::name(raw_name));
            let Some(value) = value else { continue };
            parameters.push(Self::public("="));
            parameters.push(match classify::member(&name) {
                Class::Public | Class::Url => Self::public(value),
                // Decoded, so that a secret has one tag wherever it stands.
                Class::Secret(label) => {
                    let decoded = percent_decode(value.as_bytes());
                    Self::secret(label, decoded.unwrap_or_else(|_| value.to_owned()))
                }
            });
        }
        parameters
    }

    /// Adds the parts of another text; adjoining public parts become one.
    pub fn push(&mut self, other: Self) {
        for part in other.0 {
            let room = self.0.len() < MAX_PARTS;
            match (self.0.last_mut(), part) {
                (_, Part::Public(text)) if text.is_empty() => {}
                (_, Part::Secret(_, secret)) if secret.is_empty() => {}
                (Some(Part::Public(last)), Part::Public(text)) => {
                    if last.len() < MAX_PUBLIC {
                        *last = cut(std::mem::take(last) + &text, MAX_PUBLIC);
                    }
                }
                (_, part) if room => self.0.push(part),
                (_, Part::Public(_) | Part::Secret(..)) => {}
            }
        }
    }

    /// Its parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text, if all of it is public.
    pub fn as_public(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Public(text)] => Some(text),
            _ => None,
        }
    }

    /// The secrets in it with their labels.
    pub fn secrets(&self) -> impl Iterator<Item = (Label, &Secret)> {
        self.0.iter().filter_map(|part| match part {
            Part::Secret(label, secret) => Some((*label, secret)),
            Part::Public(_) => None,
        })
    }

    /// The text with the labels of its secrets in their places: for where no fingerprint can be made.
    pub fn hidden(&self) -> String {
        let shown = self.0.iter().map(|part| match part {
            Part::Public(text) => text.clone(),
            Part::Secret(label, _) => format!("⟨{label}⟩"),
        });
        shown.collect()
    }

    /// About how many bytes it holds.
    pub fn weight(&self) -> usize {
        let of_part = |part: &Part| match part {
            Part::Public(text) => text.len(),
            Part::Secret(_, secret) => secret.expose().len(),
        };
        self.0.iter().map(|part| size_of::<Part>() + of_part(part)).sum()
    }
}

/// Whether a word reads like a name: short, or of nothing but small letters.
fn is_word(text: &str) -> bool {
    let short = |c: char| c.is_ascii_alphanumeric() || "_-.:~%@[]".contains(c);
    let long = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-');
    (text.len() <= MAX_WORD && text.chars().all(short))
        || (text.len() <= 80 && text.chars().all(long))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// At most `max` bytes and a sign that something is missing.
pub(super) fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_secrets_apart_from_what_may_be_shown() {
        let url = Text::url("https://u:p@app.example/cb?code=a%2Bb&iss=https%3A%2F%2Fl&x=1#y");
        let expected = [
            Part::Public("https://".into()),
            Part::Secret("userinfo", Secret::new("u:p")),
            Part::Public("@app.example/cb?code=".into()),
            Part::Secret("code", Secret::new("a+b")),
            Part::Public("&iss=https%3A%2F%2Fl&x=".into()),
            Part::Secret("secret", Secret::new("1")),
            Part::Public("#y".into()),
        ];
        assert_eq!(url.parts(), expected);
    }

    #[test]
    fn what_is_hidden_leaves_its_label() {
        let path = Text::path("/register/SplxlOBeZQQYbYS6WxSbIA-a-token-of-43-chars-x/a");
        assert_eq!(path.hidden(), "/register/⟨path⟩/a");
    }

    #[test]
    fn a_path_shows_names_and_hides_tokens() {
        let well_known = "/.well-known/oauth-protected-resource/notes";
        assert_eq!(Text::path(well_known).as_public(), Some(well_known));
        let token = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg";
        assert_eq!(Text::path(&format!("/x/{token}")).secrets().count(), 1);
        assert_eq!(Text::name(token).as_public(), None);
        let long = "introspection_endpoint_auth_methods_supported";
        assert_eq!(Text::name(long).as_public(), Some(long));
    }

    #[test]
    fn prose_hides_words_that_look_like_tokens() {
        let token = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg";
        let prose = Text::prose(&format!("the code {token} was sent"));
        assert_eq!(prose.secrets().map(|(_, s)| s.expose()).collect::<Vec<_>>(), [token]);
        assert_eq!(prose.parts().len(), 3);
    }

    #[test]
    fn everything_is_bounded() {
        assert!(Text::public("x".repeat(9000)).weight() < 1200);
        assert!(Text::secret("code", "x".repeat(90_000)).weight() < 9000);
        assert!(Text::url(&"?code=1&".repeat(5000)).parts().len() <= MAX_PARTS);
    }
}
