//! The `.env` file beside the YAML: `KEY=VALUE` lines, comments, quotes, `export`. Strict: a line
//! that is none of these is a fault, since a silently ignored secret is a long search.

use std::collections::BTreeMap;

use super::interpolate::is_name;

/// A line that cannot be read, counted from 1. Its text is not kept: it may hold a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Reads the whole file; every bad line is reported.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, Vec<BadLine>> {
    let mut variables = BTreeMap::new();
    let mut bad = Vec::new();
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let mut refuse = |message: String| bad.push(BadLine { line: index + 1, message });
        match assignment(line.trim()) {
            Ok(None) => {}
            Ok(Some((name, _))) if variables.contains_key(name) => {
                refuse(format!("`{name}` is given twice"));
            }
            Ok(Some((name, value))) => {
                variables.insert(name.to_owned(), value);
            }
            Err(message) => refuse(message.to_owned()),
        }
    }
    if bad.is_empty() { Ok(variables) } else { Err(bad) }
}

fn assignment(line: &str) -> Result<Option<(&str, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=').ok_or("expected `NAME=value`")?;
    if !is_name(name) {
        return Err("a name has letters, digits and `_`, and no space before `=`");
    }
    Ok(Some((name, unquoted(value.trim_start())?)))
}

fn unquoted(value: &str) -> Result<String, &'static str> {
    if let Some(rest) = value.strip_prefix('\'') {
        let (inside, after) = rest.split_once('\'').ok_or("a quote is not closed")?;
        only_comment(after)?;
        return Ok(inside.to_owned());
    }
    if let Some(rest) = value.strip_prefix('"') {
        return double_quoted(rest);
    }
    let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
    Ok(value.get(..end).unwrap_or(value).trim_end().to_owned())
}

fn double_quoted(rest: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return only_comment(characters.as_str()).map(|()| out),
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some(escaped @ ('"' | '\\' | '$')) => out.push(escaped),
                _ => return Err("the escapes are `\\n`, `\\\"`, `\\\\` and `\\$`"),
            },
            other => out.push(other),
        }
    }
    Err("a quote is not closed")
}

fn only_comment(after: &str) -> Result<(), &'static str> {
    let after = after.trim_start();
    let fits = after.is_empty() || after.starts_with('#');
    if fits { Ok(()) } else { Err("text behind the closing quote") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_export_are_understood() {
        let text = "# a comment\n\nA=1\nexport B = 2".replace("B = 2", "B= 2 # two")
            + "\nC='a # b'\nD=\"x\\n\\\"y\\\"\" # quoted\nE=\nF=a#b\n";
        let parsed = parse(&text).unwrap();
        let expected =
            [("A", "1"), ("B", "2"), ("C", "a # b"), ("D", "x\n\"y\""), ("E", ""), ("F", "a#b")];
        let expected = expected.map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(parsed, BTreeMap::from(expected));
    }

    #[test]
    fn every_bad_line_is_reported_without_its_text() {
        let text = "A=1\nhunter2\nB =2\nC='open\nA=2\nD=\"a\\q\"\nE='x' y\n";
        let bad = parse(text).unwrap_err();
        assert_eq!(bad.iter().map(|b| b.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
        assert!(bad.iter().all(|b| !b.message.contains("hunter2")));
    }
}
