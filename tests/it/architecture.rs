//! The house keeps its shape: arrows between modules, sizes, and a few things that must not occur.
//! Product code alone is judged by the arrows; tests may join what the product keeps apart.

mod imports;
mod source;

use std::fmt::Write as _;

use imports::imports;
pub(crate) use source::sources;
use source::{Source, Token, closing, files, product, relative, root};

/// Left may import right, itself included; anything else is forbidden. The longest name that fits
/// a file counts. `*` is everything but the command line.
const ARROWS: &[(&str, &[&str])] = &[
    ("audit", &["audit", "client", "fetch", "protocol", "tls", "clock", "random"]),
    (
        "audit::check",
        &["audit::check", "audit::evidence", "audit::finding", "audit::probe", "protocol"],
    ),
    (
        "audit::deployment",
        &["audit::deployment", "audit::finding", "config", "tls", "protocol", "clock"],
    ),
    ("audit::finding", &["audit::evidence", "audit::finding", "audit::probe", "protocol"]),
    ("cli", &["*", "cli"]),
    ("client", &["client", "protocol", "rule", "tls", "trace", "fetch", "clock", "random"]),
    ("clock", &["clock"]),
    ("config", &["config", "protocol", "rule", "deviation"]),
    ("deviation", &["deviation", "rule", "protocol"]),
    ("error", &["*"]),
    ("fetch", &["fetch", "tls", "protocol", "clock"]),
    (
        "issuer",
        &["issuer", "store", "protocol", "rule", "deviation", "config", "fetch", "clock", "random"],
    ),
    ("lab", &["*"]),
    ("lib", &["*", "cli"]),
    ("metrics", &["metrics", "trace", "store", "rule", "protocol", "clock"]),
    ("protocol", &["protocol"]),
    ("random", &["random"]),
    ("report", &["report", "audit", "protocol"]),
    (
        "resource",
        &[
            "resource",
            "client",
            "store",
            "protocol",
            "rule",
            "deviation",
            "config",
            "fetch",
            "clock",
            "random",
        ],
    ),
    ("rule", &["rule", "protocol", "clock"]),
    (
        "server",
        &[
            "server",
            "issuer",
            "resource",
            "trace",
            "metrics",
            "deviation",
            "config",
            "tls",
            "protocol",
            "rule",
            "clock",
            "random",
        ],
    ),
    ("store", &["store", "protocol", "clock"]),
    ("tls", &["tls", "clock"]),
    ("trace", &["trace", "rule", "protocol", "clock"]),
];

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 50;
const PARAMETERS: usize = 5;

#[test]
fn modules_import_only_along_the_arrows() {
    let product = product();
    let tops = top_modules(&product);
    let mut wrong = String::new();
    for source in &product {
        for import in imports(source) {
            let Some(top) = import.path.first().filter(|top| tops.contains(top)) else { continue };
            if !may_import(&source.module(), &import.path) {
                let from = source.module().join("::");
                let _ = writeln!(wrong, "{}:{} {from} → {top}", source.path, import.line);
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden arrows:\n{wrong}");
}

#[test]
fn every_module_has_a_line_in_the_table_and_every_line_a_module() {
    let tops = top_modules(&product());
    for top in &tops {
        assert!(ARROWS.iter().any(|(from, _)| from == top), "no arrows for {top}");
    }
    for (from, _) in ARROWS {
        let top = from.split("::").next().unwrap();
        assert!(top == "lib" || tops.iter().any(|t| t == top), "{from} does not exist");
    }
    assert!(ARROWS.is_sorted_by(|a, b| a.0 < b.0));
}

#[test]
fn the_table_forbids_what_it_should() {
    let may = |from: &str, to: &str| {
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        may_import(&path(from), &path(to))
    };
    assert!(may("issuer::token", "store::Store"));
    assert!(may("audit::check::pkce", "audit::probe::Probe"));
    for (from, to) in [
        ("server::endpoint", "client::flow"),
        ("client::flow", "server::listener"),
        ("audit::check::pkce", "client::flow"),
        ("resource::verify", "issuer::keys"),
        ("protocol::pkce", "clock::Clock"),
        ("lab", "cli::serve"),
        ("storefront", "store"),
    ] {
        assert!(!may(from, to), "{from} → {to}");
    }
}

#[test]
fn files_and_functions_stay_small() {
    let (mut wrong, mut large) = (String::new(), String::new());
    for source in sources(&["src", "tests", "benches"]) {
        let lines = source.text.lines().count();
        if lines > FILE_LINES {
            let _ = writeln!(wrong, "{} has {lines} lines", source.path);
        } else if lines > 300 {
            let _ = writeln!(large, "{} has {lines} lines", source.path);
        }
        for function in functions(&source.tokens) {
            let Function { name, line, lines, parameters } = function;
            if lines > FUNCTION_LINES {
                let _ = writeln!(wrong, "{}:{line} fn {name} has {lines} lines", source.path);
            }
            if parameters > PARAMETERS {
                let _ =
                    writeln!(wrong, "{}:{line} fn {name} has {parameters} parameters", source.path);
            }
        }
    }
    println!("above the ordinary 300 lines:\n{large}");
    assert!(wrong.is_empty(), "too large:\n{wrong}");
}

#[test]
fn every_file_says_what_it_is_and_no_module_is_a_drawer() {
    for source in sources(&["src", "tests", "benches"]) {
        assert!(source.text.starts_with("//!"), "{} has no opening comment", source.path);
        for part in source.module() {
            let drawers = ["utils", "util", "helpers", "helper", "common", "misc"];
            assert!(!drawers.contains(&part.as_str()), "{}", source.path);
        }
    }
}

#[test]
fn only_the_terminal_prints_and_nothing_is_left_to_do() {
    let mut wrong = String::new();
    for source in product() {
        let prints = source.path != "src/cli/terminal.rs";
        for (at, token) in source.tokens.iter().enumerate() {
            let next = |n: usize| source.tokens.get(at + n).map_or("", |t| t.text.as_str());
            let unfinished = ["todo", "unimplemented", "dbg"].contains(&token.text.as_str());
            let printing =
                ["print", "println", "eprint", "eprintln"].contains(&token.text.as_str());
            let stream =
                token.text == "io" && next(1) == "::" && ["stdout", "stderr"].contains(&next(2));
            if (next(1) == "!" && (unfinished || printing && prints)) || (stream && prints) {
                let _ = writeln!(wrong, "{}:{} {}", source.path, token.line, token.text);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_lint_is_never_silenced_without_a_reason() {
    for source in sources(&["src", "tests", "benches"]) {
        let tokens = &source.tokens;
        for (at, token) in tokens.iter().enumerate() {
            let attribute = at > 0 && tokens[at - 1].text == "[";
            if attribute && ["allow", "expect"].contains(&token.text.as_str()) {
                let body = &tokens[at..=closing(tokens, at + 1)];
                let reasoned = body.iter().any(|t| t.text == "reason");
                assert!(reasoned, "{}:{}", source.path, token.line);
            }
        }
    }
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let words = [
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["/Us", "ers/"],
        ["/tm", "p/"],
        ["registry.npm", "js.org"],
        ["py", "pi.org"],
        ["static.crates", ".io"],
        ["index.crates", ".io"],
        ["deb.debian", ".org"],
    ];
    let words = words.map(|halves| halves.concat());
    for path in files(&everything()) {
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for word in &words {
            assert!(!text.contains(word.as_str()), "{} contains {word}", relative(&path));
        }
    }
}

fn everything() -> Vec<&'static str> {
    assert!(root().join("Cargo.toml").is_file());
    vec!["."]
}

fn top_modules(product: &[Source]) -> Vec<String> {
    let mut tops: Vec<String> =
        product.iter().filter_map(|s| s.module().first().cloned()).collect();
    tops.sort();
    tops.dedup();
    tops
}

fn may_import(from: &[String], to: &[String]) -> bool {
    let below = |path: &[String], name: &str| {
        let parts: Vec<&str> = name.split("::").collect();
        path.len() >= parts.len() && path.iter().zip(&parts).all(|(a, b)| a == b)
    };
    let root = ["lib".to_owned()];
    let from = if from.is_empty() { &root } else { from };
    let lines = ARROWS.iter().filter(|(name, _)| below(from, name));
    let Some((_, allowed)) = lines.max_by_key(|(name, _)| name.len()) else { return false };
    let cli = to.first().is_some_and(|top| top == "cli");
    allowed.iter().any(|name| if *name == "*" { !cli } else { below(to, name) })
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
    parameters: usize,
}

/// Every function with a body.
fn functions(tokens: &[Token]) -> Vec<Function> {
    let starts = (0..tokens.len()).filter(|&at| tokens[at].text == "fn");
    starts.filter_map(|at| function(tokens, at)).collect()
}

fn function(tokens: &[Token], start: usize) -> Option<Function> {
    let name = tokens.get(start + 1)?.text.clone();
    let mut angle = 0_usize;
    let open = (start + 2..tokens.len()).find(|&at| {
        match tokens[at].text.as_str() {
            "<" => angle += 1,
            ">" => angle = angle.saturating_sub(1),
            _ => {}
        }
        angle == 0 && tokens[at].text == "("
    })?;
    if name == "(" {
        return None;
    }
    let close = closing(tokens, open);
    let body = (close..tokens.len()).find(|&at| ["{", ";"].contains(&tokens[at].text.as_str()))?;
    let end = if tokens[body].text == "{" { closing(tokens, body) } else { return None };
    let line = tokens[start].line;
    let lines = tokens[end].line - line + 1;
    Some(Function { name, line, lines, parameters: parameters(&tokens[open + 1..close]) })
}

/// Parameters without `self`.
fn parameters(tokens: &[Token]) -> usize {
    let (mut depth, mut lists) = (0_usize, vec![Vec::new()]);
    for token in tokens {
        match token.text.as_str() {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                lists.push(Vec::new());
                continue;
            }
            _ => {}
        }
        lists.last_mut().unwrap().push(token.text.as_str());
    }
    let real = |list: &&Vec<&str>| !list.is_empty() && !list.iter().take(4).any(|t| *t == "self");
    lists.iter().filter(real).count()
}

#[test]
fn functions_are_measured() {
    let text =
        "fn a<F: Fn(u8, u8) -> u8>(&self, b: Map<u8, u8>, c: (u8, u8)) -> u8 {\n 1\n}\nfn d();";
    let found = functions(&source::tokens(text));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].lines, found[0].parameters), ("a", 3, 2));
}
