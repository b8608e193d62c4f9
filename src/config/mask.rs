//! Secrets in the source text, so that an error may show the line around them. Found by their
//! keys, as text: a file that does not parse has secrets too.

use std::ops::Range;

/// The parts of a source text that must not be shown.
pub(super) struct Mask {
    hidden: Vec<Range<usize>>,
}

impl Mask {
    /// Finds the value of every key that sounds like a secret, and the user part of every URL.
    pub(super) fn of(source: &str) -> Self {
        let mut hidden = Vec::new();
        let mut at = 0;
        // Values below a secret's key stand deeper than it.
        let mut deeper_than: Option<usize> = None;
        for line in source.split_inclusive('\n') {
            let text = line.trim_end();
            let indent = text.len() - text.trim_start_matches([' ', '-']).len();
            if deeper_than.is_some_and(|key| text.trim().is_empty() || indent > key) {
                hidden.push(at + indent..at + text.len());
            } else {
                let mut secrets = Vec::new();
                secret_values(text, &mut secrets);
                let opens_block = secrets.last().is_some_and(|value: &Range<usize>| {
                    let value = text.get(value.clone()).unwrap_or("").trim();
                    value.is_empty() || value.starts_with(['|', '>', '&', '!', '[', '{'])
                });
                deeper_than = opens_block.then_some(indent);
                user_parts(text, &mut secrets);
                secrets.retain(|value| !is_reference(text.get(value.clone()).unwrap_or("")));
                hidden.extend(secrets.into_iter().map(|value| at + value.start..at + value.end));
            }
            at += line.len();
        }
        Self { hidden }
    }

    /// Hides a further part of the source.
    pub(super) fn hide(&mut self, source: &str, part: Range<usize>) {
        let text = source.get(part.clone()).unwrap_or("");
        if !is_reference(text) {
            self.hidden.push(part.start..part.start + text.trim_end().len());
        }
    }

    /// Whether a byte of the source is hidden.
    pub(super) fn covers(&self, at: usize) -> bool {
        self.hidden.iter().any(|part| part.contains(&at))
    }
}

/// `${NAME}`, quoted or not: a name and no secret, which helps whoever forgot to set it.
fn is_reference(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let name = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()))
}

/// Whether a key's value is a secret, or might be one under a misspelt name.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key = key.to_lowercase();
    ["secret", "pass", "pwd", "credential"].iter().any(|part| key.contains(part))
        || key == "token"
        || key.ends_with("access_token")
        // Private members of a key (RFC 7518 §6), where only public ones belong.
        || ["d", "p", "q", "dp", "dq", "qi", "k"].contains(&key.as_str())
        || super::suggest::resembles(&key, &["secret", "password", "password_hash"])
}

fn secret_values(line: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(colon) = line.get(from..).and_then(|rest| rest.find(':')).map(|at| from + at) {
        from = colon + 1;
        let before = line.get(..colon).unwrap_or("");
        let key_at = before.rfind(['{', ',', '?']).map_or(0, |at| at + 1);
        let key = before.get(key_at..).unwrap_or("").trim().trim_start_matches("- ");
        let key = key.trim_matches(['"', '\'', ' ']);
        if key.is_empty() || !is_secret_key(key) {
            continue;
        }
        let rest = line.get(from..).unwrap_or("");
        let value_at = from + rest.len() - rest.trim_start().len();
        let flow = before.contains('{');
        let value = value_at..value_at + value_length(line.get(value_at..).unwrap_or(""), flow);
        from = value.end.max(from);
        // `limits.token` is a rate.
        if key != "token" || !is_rate(line.get(value.clone()).unwrap_or("")) {
            found.push(value);
        }
    }
}

/// How far a value reaches: to its closing quote, to the next separator in braces, or to the end.
fn value_length(rest: &str, flow: bool) -> usize {
    if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            match character {
                _ if escaped => escaped = false,
                '\\' if quote == '"' => escaped = true,
                _ if character == quote => return at + 1,
                _ => {}
            }
        }
        return rest.len();
    }
    // `${NAME:-default}` has braces of its own.
    let from = if rest.starts_with("${") { rest.find('}').map_or(0, |at| at + 1) } else { 0 };
    let end = if flow { rest.get(from..).and_then(|r| r.find([',', '}'])) } else { None };
    rest.get(..end.map_or(rest.len(), |at| from + at)).unwrap_or(rest).trim_end().len()
}

/// `600/1m`.
pub(super) fn is_rate(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    value.split_once('/').is_some_and(|(events, per)| {
        events.bytes().all(|b| b.is_ascii_digit()) && per.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// `user:password` in `scheme://user:password@host`.
fn user_parts(line: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in line.match_indices("://") {
        let start = at + 3;
        let rest = line.get(start..).unwrap_or("");
        let authority = rest.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or("");
        if let Some(end) = authority.rfind('@') {
            found.push(start..start + end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        let mask = Mask::of(source);
        source.char_indices().map(|(at, c)| if mask.covers(at) { '*' } else { c }).collect()
    }

    #[test]
    fn secrets_are_hidden_and_the_rest_stays() {
        for (line, expected) in [
            ("  secret: hunter2", "  secret: *******"),
            (
                "- { id: ci, secret: \"a,b\", grants: [x] }",
                "- { id: ci, secret: *****, grants: [x] }",
            ),
            ("- { secret: ${S:-x}, id: a }", "- { secret: *******, id: a }"),
            ("- { password: ${PASSWORD} }", "- { password: ${PASSWORD} }"),
            ("token: abc", "token: ***"),
            ("limits: { token: 600/1m per client }", "limits: { token: 600/1m per client }"),
            ("tokens: { id_token: { alg: ES256 } }", "tokens: { id_token: { alg: ES256 } }"),
            ("- { password: 'it', name: a }", "- { password: ****, name: a }"),
            ("pasword: hunter2", "pasword: *******"),
            ("client_secret: hunter2", "client_secret: *******"),
            ("\"secret\": hunter2", "\"secret\": *******"),
            ("store: { redis: redis://u:p@h:1 }", "store: { redis: redis://***@h:1 }"),
            ("scopes: [a, b]", "scopes: [a, b]"),
        ] {
            assert_eq!(shown(line), expected);
        }
    }

    #[test]
    fn secrets_on_further_lines_are_hidden_too() {
        let source = "alice:\n  secret: |\n    hunter2\n\n    more\n  id: x\n";
        let expected = "alice:\n  secret: *\n    *******\n\n    ****\n  id: x\n";
        assert_eq!(shown(source), expected);
    }
}
