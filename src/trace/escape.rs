//! Untrusted text made safe for a terminal: no control, no invisible, no direction-changing
//! character survives as itself, and two different texts never look the same.

/// The text with everything that could deceive written as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c, is_plain(c));
    }
    out
}

/// As [`visible`], with every character outside of ASCII escaped: for comparing.
pub(super) fn ascii(c: char) -> String {
    let mut out = String::new();
    push(&mut out, c, (' '..='~').contains(&c) && c != '\\');
    out
}

fn push(out: &mut String, c: char, plain: bool) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\\' => out.push_str("\\\\"),
        c if plain => out.push(c),
        c => out.extend(c.escape_unicode()),
    }
}

/// Printable ASCII, letters and digits of scripts that run left to right, and the few signs that
/// our own texts use. Emoji, marks, spaces of other widths and direction signs are not plain.
fn is_plain(c: char) -> bool {
    match c {
        ' '..='~' => c != '\\',
        '…' | '“' | '”' | '–' | '—' | '§' | '→' | '⟨' | '⟩' | '·' | '×' | '≤' | '≥' | '✓' | '✗' => {
            true
        }
        // Letters by name that draw nothing: Hangul fillers.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
        // Scripts that run right to left: a terminal moves what stands beside them.
        | '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' => false,
        c => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_deceives_a_reader_is_spelled_out() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}\u{1b}[31m\n\\"),
            r"a\u{202e}b\u{200b}\u{1b}[31m\n\\"
        );
        assert_eq!(visible("Grüße, 世界"), "Grüße, 世界");
        assert_eq!(ascii('а'), r"\u{430}");
    }

    fn read_back(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let escape = &rest[at + 1..];
            let (c, used) = match &escape[..1] {
                "n" => ('\n', 1),
                "r" => ('\r', 1),
                "t" => ('\t', 1),
                "\\" => ('\\', 1),
                _ => {
                    let end = escape.find('}').unwrap();
                    let code = u32::from_str_radix(&escape[2..end], 16).unwrap();
                    (char::from_u32(code).unwrap(), end + 1)
                }
            };
            out.push(c);
            rest = &escape[used..];
        }
        out + rest
    }

    proptest! {
        #[test]
        fn nothing_dangerous_survives_and_nothing_is_lost(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(shown.chars().all(|c| !c.is_control() && (is_plain(c) || c == '\\')));
            prop_assert_eq!(read_back(&shown), text);
        }

        #[test]
        fn compared_characters_are_ascii(c in any::<char>()) {
            prop_assert!(ascii(c).chars().all(|c| (' '..='~').contains(&c)));
        }
    }
}
