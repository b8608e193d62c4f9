//! YAML text → a tree in which every node knows where it stands. The only place that calls the
//! YAML library, within budgets: no alias bomb, no deep nesting, no second document.

use serde_yaml::{DuplicateKeyPolicy, Location, MessageFormatter as _, Spanned};

use super::raw::Raw;
use crate::config::fault::{Fault, Span};

/// One value of the file and its place.
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a value is.
pub(super) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value, in the order of the file. A key may occur twice: readers report that.
pub(super) struct Entry {
    pub(super) key: Node,
    pub(super) value: Node,
}

/// A text, number, truth value or nothing.
pub(super) struct Scalar {
    /// As it is written: `0x1F` and `1.10` stay what they are.
    pub(super) text: String,
    pub(super) form: Form,
    /// Whether the environment supplied some of it. Such a text is never shown.
    pub(super) supplied: bool,
}

/// What the YAML core schema takes a scalar for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Number,
    Truth,
    Nothing,
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        match &self.key.kind {
            Kind::Scalar(scalar) => &scalar.text,
            Kind::List(_) | Kind::Map(_) => "",
        }
    }
}

impl Node {
    /// What to call this value in a message.
    pub(super) fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.form {
                Form::Text => "text",
                Form::Number => "a number",
                Form::Truth => "true or false",
                Form::Nothing => "nothing",
            },
        }
    }
}

/// Parses one document. An empty one is a mapping without keys.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: 24,
            flow_nesting_limit: 24,
            max_nodes: 20_000,
            max_events: 60_000,
            max_anchors: 100,
            max_aliases: 200,
            max_merge_keys: 100,
            max_recorded_anchor_events: 20_000,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: 20_000,
            max_replay_stack_depth: 8,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: serde_yaml::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    let parsed = serde_yaml::from_str_with_options::<Option<Spanned<Raw>>>(text, options);
    match parsed {
        Ok(Some(root)) => Ok(node(root, text)),
        Ok(None) => Ok(Node { span: Span::default(), kind: Kind::Map(Vec::new()) }),
        Err(error) => Err(fault(&error, text)),
    }
}

fn node(raw: Spanned<Raw>, source: &str) -> Node {
    let span = span(&raw.defined, source);
    let kind = match raw.value {
        Raw::Scalar(text, Form::Number) => {
            // The library has read a number; the reader may want its digits.
            let written = source.get(span.start..span.end).map_or(text, str::to_owned);
            Kind::Scalar(Scalar { text: written, form: Form::Number, supplied: false })
        }
        Raw::Scalar(text, form) => Kind::Scalar(Scalar { text, form, supplied: false }),
        Raw::List(items) => Kind::List(items.into_iter().map(|item| node(item, source)).collect()),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| entry(key, node(value, source), source))
                .collect(),
        ),
    };
    Node { span, kind }
}

fn entry(key: Spanned<String>, value: Node, source: &str) -> Entry {
    let scalar = Scalar { text: key.value, form: Form::Text, supplied: false };
    let key = Node { span: span(&key.defined, source), kind: Kind::Scalar(scalar) };
    Entry { key, value }
}

fn span(location: &Location, source: &str) -> Span {
    let offset = |at: Option<u64>| at.and_then(|at| usize::try_from(at).ok());
    let found = location.span();
    if let Some(start) = offset(found.byte_offset()) {
        return Span { start, end: start + offset(found.byte_len()).unwrap_or(0) };
    }
    // Errors of the scanner have line and column only.
    let start = position(location.line(), location.column(), source);
    Span { start, end: start }
}

/// The byte at a line and a column, both counted from 1.
fn position(line: u64, column: u64, source: &str) -> usize {
    let before = |count: u64| usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
    let line_at: usize = source.split_inclusive('\n').take(before(line)).map(str::len).sum();
    let rest = source.get(line_at..).unwrap_or("");
    line_at + rest.chars().take(before(column)).map(char::len_utf8).sum::<usize>()
}

fn fault(error: &serde_yaml::Error, source: &str) -> Fault {
    let place = error.location().filter(|found| *found != Location::UNKNOWN);
    let message = serde_yaml::UserMessageFormatter.format_message(error).into_owned();
    // Some breaches come from the scanner, and have no kind of their own.
    let too_much = matches!(error.without_snippet(), serde_yaml::Error::Budget { .. })
        || message.contains("limit exceeded")
        || message.contains("too large or too complex");
    let several = matches!(error.without_snippet(), serde_yaml::Error::MultipleDocuments { .. });
    let (message, help) = if several {
        ("a configuration is one document".to_owned(), "remove what follows the `---`")
    } else if too_much {
        let help = "a configuration needs no deep nesting, and hardly any anchor";
        ("it is nested too deeply, or repeats itself too often".to_owned(), help)
    } else {
        (message, "look at brackets, quotes and indentation here, and just above")
    };
    let span = place.map(|found| span(&found, source));
    Fault { span, message: format!("not valid YAML: {message}"), help: Some(help.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_value(yaml: &str) -> Scalar {
        let Ok(Node { kind: Kind::Map(mut entries), .. }) = parse(yaml) else { panic!("{yaml}") };
        let Kind::Scalar(scalar) = entries.remove(0).value.kind else { panic!("{yaml}") };
        scalar
    }

    #[test]
    fn scalars_keep_their_text() {
        for text in [
            "1.10",
            "0x1F",
            "007",
            "1_000",
            "+5",
            "1e3",
            "-0",
            ".inf",
            "off",
            "NO",
            "12345678901234567890123",
        ] {
            assert_eq!(only_value(&format!("k: {text}")).text, text);
        }
        assert_eq!(only_value("k: \"a\\tb\"").text, "a\tb");
        assert!(only_value("k: off").form == Form::Text);
        assert!(only_value("k: true").form == Form::Truth);
        assert!(only_value("k: '7'").form == Form::Text);
        assert!(only_value("k:").form == Form::Nothing);
    }

    #[test]
    fn spans_are_bytes_of_the_source() {
        let source = "ä: x\nkéy: { a: \"wö\", b: [1, 2] }\n";
        let Ok(Node { kind: Kind::Map(entries), .. }) = parse(source) else { panic!() };
        let at = |span: Span| &source[span.start..span.end];
        assert_eq!(at(entries[1].key.span), "kéy");
        let Kind::Map(inner) = &entries[1].value.kind else { panic!() };
        assert_eq!(at(inner[0].value.span), "\"wö\"");
        let Kind::List(items) = &inner[1].value.kind else { panic!() };
        assert_eq!(at(items[1].span), "2");
    }

    #[test]
    fn bombs_and_depth_are_refused_before_they_cost_anything() {
        let bomb = (0..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
            format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
        });
        assert!(parse(&bomb).is_err());
        assert!(parse(&format!("k: {}", "[".repeat(100_000))).is_err());
        let deep = (0..1000).fold(String::new(), |text, n| text + &" ".repeat(n) + "k:\n");
        assert!(parse(&deep).is_err());
        assert!(parse(&"- a\n".repeat(30_000)).is_err());
    }

    #[test]
    fn an_empty_file_is_an_empty_mapping() {
        for text in ["", "# only a comment\n", "---\n", "~"] {
            assert!(
                matches!(parse(text), Ok(Node { kind: Kind::Map(entries), .. }) if entries.is_empty())
            );
        }
    }
}
