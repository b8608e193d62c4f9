//! Which of the crate's own modules a file names, through `use`, groups, `super` or a full path.

use super::source::{Source, Token};

/// One import: the absolute path below the crate, and where it stands.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// All imports of a file.
pub(crate) fn imports(source: &Source) -> Vec<Import> {
    let tokens = &source.tokens;
    let (mut found, mut inline) = (Vec::new(), Vec::new());
    let (mut at, mut depth) = (0, 0_usize);
    while at < tokens.len() {
        let next = tokens.get(at + 1).map_or("", |token| token.text.as_str());
        match tokens[at].text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|(_, opened)| *opened <= depth);
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token.text == "{") => {
                inline.push((next.to_owned(), depth + 1));
            }
            "crate" | "super" if next == "::" => {
                let here = source.module().into_iter();
                let here = here.chain(inline.iter().map(|(name, _)| name.clone())).collect();
                let line = tokens[at].line;
                let mut paths = Vec::new();
                at = path(tokens, at, here, &mut paths);
                found.extend(paths.into_iter().map(|path| Import { path, line }));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or group of paths; gives the place behind it.
fn path(
    tokens: &[Token],
    mut at: usize,
    mut prefix: Vec<String>,
    out: &mut Vec<Vec<String>>,
) -> usize {
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "{" => return group(tokens, at + 1, &prefix, out),
            "crate" => prefix.clear(),
            "super" => drop(prefix.pop()),
            "self" | "*" => {}
            name if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                prefix.push(name.to_owned());
            }
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != "::") {
            break;
        }
        at += 1;
    }
    out.push(prefix);
    at
}

fn group(tokens: &[Token], mut at: usize, prefix: &[String], out: &mut Vec<Vec<String>>) -> usize {
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            "as" => at += 2,
            _ => at = path(tokens, at, prefix.to_vec(), out).max(at + 1),
        }
    }
    at
}

#[test]
fn imports_are_seen_through_groups_supers_and_inline_modules() {
    let text = "use crate::{protocol::{Scope, pkce as p}, store}; fn f() { crate::clock::now() }
        use super::super::super::trace::Log; mod inner { use super::super::client::*; }
        pub(crate) fn g() {} use super::sibling;";
    let source = Source::new("src/server/endpoint/token.rs", text.to_owned());
    let found: Vec<String> = imports(&source).iter().map(|i| i.path.join("::")).collect();
    assert_eq!(
        found,
        [
            "protocol::Scope",
            "protocol::pkce",
            "store",
            "clock::now",
            "trace::Log",
            "server::endpoint::client",
            "server::endpoint::sibling",
        ]
    );
}
