//! Rust sources as tokens: enough to see imports, functions and attributes, and to tell product
//! code from `#[cfg(test)]` code. No macro is expanded.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One token; strings and characters are reduced to their quote.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// One file.
pub(crate) struct Source {
    /// Path from the project's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below the given entries of the root, without what is built or installed.
pub(crate) fn files(entries: &[&str]) -> Vec<PathBuf> {
    let skipped = ["target", "node_modules", ".venv", "__pycache__", ".git"];
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = entries.iter().map(|entry| root().join(entry)).collect();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !skipped.contains(&name.as_str()) {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A path from the root, with `/`.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// Every Rust file below the entries.
pub(crate) fn sources(entries: &[&str]) -> Vec<Source> {
    let rust = files(entries).into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    rust.map(|path| Source::new(&relative(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// The product: files below `src` without test-only files and items.
pub(crate) fn product() -> Vec<Source> {
    let mut all = sources(&["src"]);
    let test_only: BTreeSet<Vec<String>> = all.iter().flat_map(Source::test_only_modules).collect();
    all.retain(|s| !test_only.iter().any(|m| s.module().starts_with(m)));
    for source in &mut all {
        source.tokens = without_tests(&source.tokens);
    }
    all
}

impl Source {
    pub(crate) fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), tokens: tokens(&text), text }
    }

    /// The module path: `src/store/memory.rs` is `store`, `memory`; the crate root is empty.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            parts.pop();
        }
        parts
    }

    /// Modules that `#[cfg(test)] mod name;` declares.
    fn test_only_modules(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for at in test_attributes(&self.tokens) {
            if let [module, name, end, ..] = &self.tokens[at + 7..]
                && module.text == "mod"
                && end.text == ";"
            {
                found.push(self.module().into_iter().chain([name.text.clone()]).collect());
            }
        }
        found
    }
}

/// Where `#[cfg(test)]` stands: seven tokens.
fn test_attributes(tokens: &[Token]) -> Vec<usize> {
    let shape = ["#", "[", "cfg", "(", "test", ")", "]"];
    let same = |window: &[Token]| window.iter().zip(shape).all(|(token, s)| token.text == s);
    (0..tokens.len()).filter(|&at| tokens[at..].len() >= 7 && same(&tokens[at..at + 7])).collect()
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let attributes: BTreeSet<usize> = test_attributes(tokens).into_iter().collect();
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if attributes.contains(&at) {
            at = end_of_item(tokens, at + 7);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The place behind the item that starts here: behind its `;`, or behind its closing brace
/// (and the `;` of a group of imports).
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at + 1,
            "{" => {
                let end = closing(tokens, at) + 1;
                return end + usize::from(tokens.get(end).is_some_and(|token| token.text == ";"));
            }
            "(" | "[" => at = closing(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at
}

/// The bracket that closes the one here; the last token if none does.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

/// Splits a text into tokens. Comments vanish.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let end = end_of_token(&chars, at);
        let piece: String = chars[at..end].iter().collect();
        let blank = chars[at].is_whitespace();
        if !blank && !piece.starts_with("//") && !piece.starts_with("/*") {
            let quoted = literal(&chars, at).is_some();
            found.push(Token { text: if quoted { "\"".to_owned() } else { piece.clone() }, line });
        }
        line += piece.matches('\n').count();
        at = end;
    }
    found
}

fn end_of_token(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let run = |good: fn(char) -> bool| at + rest.iter().take_while(|c| good(**c)).count();
    match (rest[0], rest.get(1)) {
        ('/', Some('/')) => at + rest.iter().take_while(|c| **c != '\n').count(),
        ('/', Some('*')) => end_of_block_comment(chars, at),
        (':', Some(':')) | ('-' | '=', Some('>')) => at + 2,
        (c, _) if c.is_whitespace() => run(char::is_whitespace),
        (c, _) => match literal(chars, at) {
            Some(end) => end,
            None if c.is_alphanumeric() || c == '_' => run(|c| c.is_alphanumeric() || c == '_'),
            None => at + 1,
        },
    }
}

fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// The end of the string or character literal that starts here, if one does.
fn literal(chars: &[char], at: usize) -> Option<usize> {
    let prefix = chars[at..].iter().take_while(|c| matches!(c, 'b' | 'c' | 'r')).count();
    if prefix > 2 {
        return None;
    }
    let raw = chars[at..at + prefix].contains(&'r');
    let hashes =
        if raw { chars[at + prefix..].iter().take_while(|c| **c == '#').count() } else { 0 };
    let open = at + prefix + hashes;
    match chars.get(open)? {
        '"' => Some(end_of_string(chars, open + 1, raw.then_some(hashes))),
        '\'' if !raw => end_of_char(chars, open + 1),
        _ => None,
    }
}

fn end_of_string(chars: &[char], mut at: usize, raw_hashes: Option<usize>) -> usize {
    while at < chars.len() {
        match (chars[at], raw_hashes) {
            ('\\', None) => at += 2,
            ('"', None) => return at + 1,
            ('"', Some(n)) if chars[at + 1..].iter().take_while(|c| **c == '#').count() >= n => {
                return at + 1 + n;
            }
            _ => at += 1,
        }
    }
    at
}

/// A character literal, or `None` for a lifetime.
fn end_of_char(chars: &[char], at: usize) -> Option<usize> {
    if *chars.get(at)? == '\\' {
        let end = chars[at + 2..].iter().position(|c| *c == '\'')?;
        return Some(at + 2 + end + 1);
    }
    (chars.get(at + 1) == Some(&'\'')).then_some(at + 2)
}

#[test]
fn the_reader_is_not_fooled_by_strings_comments_and_lifetimes() {
    let text = r#"fn a<'x>(b: &'x str) { let _ = ("crate::no", 'c', '\'', b'"', r~"fn "no""~); }
        // crate::no
        /* a /* nested */ crate::no */ use crate::yes;"#;
    let text = text.replace('~', "#");
    let found: Vec<String> = tokens(&text).into_iter().map(|t| t.text).collect();
    assert_eq!(found.iter().filter(|t| *t == "no").count(), 0, "{found:?}");
    assert_eq!(found.iter().filter(|t| *t == "fn").count(), 1, "{found:?}");
    assert!(found.ends_with(&["crate", "::", "yes", ";"].map(str::to_owned)), "{found:?}");
}

#[test]
fn test_code_is_no_product_code() {
    let text = "use a; #[cfg(test)] mod tests { fn b() {} } #[cfg(test)] use c::{d}; fn e() {}";
    let kept: String = without_tests(&tokens(text)).into_iter().map(|t| t.text).collect();
    assert_eq!(kept, "usea;fne(){}");
}
