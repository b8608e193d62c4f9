//! The character diff of two public texts: which characters differ, and what that means in words.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices, get_diff_ratio};

/// Two texts cut into pieces that are equal or differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffView {
    /// What would have been right.
    pub expected: Vec<Piece>,
    /// What came.
    pub got: Vec<Piece>,
    /// The difference in words, when it is a known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A run of characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The characters.
    pub text: String,
    /// Whether they differ from the other side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub differs: bool,
}

/// Texts that have less in common than this are not worth a diff.
const MIN_RATIO: f32 = 0.6;

/// The diff of what came against the closest of the alternatives; `None` if nothing is close.
pub fn diff<'a>(alternatives: impl IntoIterator<Item = &'a str>, got: &str) -> Option<DiffView> {
    let got_chars: Vec<char> = got.chars().collect();
    let mut best: Option<(f32, Vec<char>, Vec<DiffOp>)> = None;
    for expected in alternatives.into_iter().take(32) {
        let chars: Vec<char> = expected.chars().collect();
        let ops = capture_diff_slices(Algorithm::Myers, &chars, &got_chars);
        let ratio = get_diff_ratio(&ops, chars.len(), got_chars.len());
        if best.as_ref().is_none_or(|(highest, ..)| ratio > *highest) {
            best = Some((ratio, chars, ops));
        }
    }
    let (ratio, expected, ops) = best?;
    if ratio < MIN_RATIO || expected == got_chars {
        return None;
    }
    let mut view = DiffView { expected: Vec::new(), got: Vec::new(), note: None };
    for op in ops {
        let differs = !matches!(op, DiffOp::Equal { .. });
        push(&mut view.expected, expected.get(op.old_range()), differs);
        push(&mut view.got, got_chars.get(op.new_range()), differs);
    }
    let expected: String = expected.into_iter().collect();
    view.note = note(&expected, got).map(str::to_owned);
    Some(view)
}

fn push(pieces: &mut Vec<Piece>, chars: Option<&[char]>, differs: bool) {
    let text: String = chars.unwrap_or_default().iter().collect();
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.differs == differs => last.text.push_str(&text),
        _ => pieces.push(Piece { text, differs }),
    }
}

/// A known near miss in words.
fn note(expected: &str, got: &str) -> Option<&'static str> {
    let invisible = |c: char| c.is_control() || (!c.is_ascii() && !c.is_alphanumeric());
    if got.chars().any(invisible) && !expected.chars().any(invisible) {
        return Some("what came has invisible or unusual characters");
    }
    if got.strip_suffix('/') == Some(expected) {
        return Some("what came has a slash too many at the end");
    }
    if expected.strip_suffix('/') == Some(got) {
        return Some("what came lacks the slash at the end");
    }
    if got.trim() == expected {
        return Some("what came has spaces around it");
    }
    if expected.eq_ignore_ascii_case(got) {
        return Some("only the case of letters differs");
    }
    if got.trim_end_matches('=') == expected {
        return Some("what came has base64 padding");
    }
    if base64url(got) == expected {
        return Some("what came is base64, not base64url");
    }
    of_urls(expected, got)
}

fn base64url(text: &str) -> String {
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn of_urls(expected: &str, got: &str) -> Option<&'static str> {
    let (scheme, rest) = expected.split_once("://")?;
    let (got_scheme, got_rest) = got.split_once("://")?;
    if rest == got_rest {
        return (scheme != got_scheme).then_some("only the scheme differs");
    }
    let parts = |rest: &str| -> (String, String, String) {
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let colon = authority.rfind(':').filter(|&at| !authority[at..].contains(']'));
        let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
        (host.to_owned(), port.to_owned(), path.to_owned())
    };
    let ((host, port, path), (got_host, got_port, got_path)) = (parts(rest), parts(got_rest));
    match (host == got_host, port == got_port, path == got_path) {
        (true, false, true) => Some("only the port differs"),
        (false, true, true) => {
            let loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
            let both = loopback(&host) && loopback(&got_host);
            Some(if both {
                "two names of this machine, but not the same one"
            } else {
                "only the host differs"
            })
        }
        (true, true, false) if got_path.split(['?', '#']).next() == Some(path.as_str()) => {
            Some("what came has a query or fragment too many")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: &[Piece]) -> String {
        let mark = |p: &Piece| if p.differs { format!("[{}]", p.text) } else { p.text.clone() };
        pieces.iter().map(mark).collect()
    }

    #[test]
    fn only_the_characters_that_differ_are_marked() {
        let view = diff(["https://a.example/cb"], "https://a.example/cb/").unwrap();
        assert_eq!(marked(&view.expected), "https://a.example/cb");
        assert_eq!(marked(&view.got), "https://a.example/cb[/]");
    }

    #[test]
    fn the_closest_alternative_is_compared() {
        let view =
            diff(["https://other.example/x", "https://a.example/cb"], "https://a.example/cB");
        assert_eq!(marked(&view.unwrap().expected), "https://a.example/c[b]");
    }

    #[test]
    fn texts_without_resemblance_are_not_compared() {
        assert_eq!(diff(["notes:read"], "PIZZA"), None);
        assert_eq!(diff(["same"], "same"), None);
        assert_eq!(diff([], "x"), None);
    }

    #[test]
    fn near_misses_are_named() {
        for (expected, got, named) in [
            ("https://a.example/cb", "https://a.example/cb/", "slash too many"),
            ("https://a.example/cb/", "https://a.example/cb", "lacks the slash"),
            ("https://a.example/cb", "https://a.example/CB", "case"),
            ("https://a.example/cb", "http://a.example/cb", "scheme"),
            ("http://localhost:1/cb", "http://localhost:2/cb", "port"),
            ("http://localhost:1/cb", "http://127.0.0.1:1/cb", "two names"),
            ("https://a.example/cb", "https://a.example/cb?x=1", "query"),
            ("https://a.example/cb", "https://a.example/cb ", "spaces"),
            ("https://a.example/cb", "https://a.example/c\u{200b}b", "invisible"),
            ("ab-_", "ab+/=", "base64url"),
            ("abc", "abc=", "padding"),
        ] {
            assert!(note(expected, got).unwrap_or_default().contains(named), "{expected} {got}");
        }
        assert_eq!(note("abc", "abd"), None);
    }
}
