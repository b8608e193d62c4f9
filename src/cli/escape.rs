//! Untrusted text for a terminal: what a server, a token or a file says must not move the cursor,
//! colour the screen or turn the reading direction around.

use std::fmt::Write as _;

/// Text as it may be shown: dangerous characters become visible escapes, line breaks stay.
pub(super) fn lines(text: &str) -> String {
    shown(text, |c| c == '\n' || c == '\t')
}

/// Text as it may be shown inside of one line.
pub(super) fn line(text: &str) -> String {
    shown(text, |_| false)
}

/// JSON text in which dangerous characters stand as `\u` escapes: the same value for a program,
/// harmless for a terminal. They can only stand inside of strings, where the escape means them.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        if is_dangerous(c) && c != '\n' {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn shown(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_dangerous(c) && !keep(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters (ANSI and C1 sequences begin with one), and the invisible ones that reorder
/// or hide text (Unicode Standard Annex 9, and zero-width characters).
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ansi_and_bidi_become_visible() {
        assert_eq!(line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(line("a\u{9b}31mb"), "a\\u{9b}31mb");
        assert_eq!(line("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(line("a\r\nb"), "a\\u{d}\\u{a}b");
        assert_eq!(lines("a\r\nb\tc"), "a\\u{d}\nb\tc");
    }

    #[test]
    fn honest_text_of_any_language_stays() {
        for text in ["Grüße", "日本語", "שלום", "👍", "a—b"] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = serde_json::json!({ "a\u{202e}": "b\u{9b}\u{e0041}\u{1b}[2J\n" });
        let escaped = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(escaped.chars().all(|c| c == '\n' || !is_dangerous(c)), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(is_dangerous));
            prop_assert!(lines(&text).chars().all(|c| matches!(c, '\n' | '\t') || !is_dangerous(c)));
        }
    }
}
