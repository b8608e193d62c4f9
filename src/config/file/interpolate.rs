//! `${NAME}` and `${NAME:-default}` in values. `$${` stands for a literal `${`. Nothing nests, and
//! what a variable holds is not looked at again.

use super::tree::{Kind, Node, Scalar};
use crate::config::fault::{Faults, Span};

/// One value may grow to this many bytes.
const LONGEST: usize = 16 * 1024;

/// Replaces every reference below a node. Keys are left alone.
pub(super) fn interpolate(
    node: &mut Node,
    source: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    faults: &Faults,
) {
    match &mut node.kind {
        Kind::List(items) => {
            for item in items {
                interpolate(item, source, lookup, faults);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                interpolate(&mut entry.value, source, lookup, faults);
            }
        }
        Kind::Scalar(scalar) if scalar.text.contains("${") => match expand(&scalar.text, lookup) {
            Ok((text, supplied)) => *scalar = Scalar { text, supplied, ..*scalar },
            Err(fault) => {
                let place = find(node.span, source, fault.reference);
                faults.add_with_help(Some(place), fault.message, fault.help);
            }
        },
        Kind::Scalar(_) => {}
    }
}

struct Unexpanded<'a> {
    reference: &'a str,
    message: String,
    help: String,
}

/// The expanded text, and whether a variable supplied some of it.
fn expand<'a>(
    text: &'a str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, bool), Unexpanded<'a>> {
    let (mut out, mut supplied, mut rest) = (String::new(), false, text);
    while let Some(at) = rest.find("${") {
        let (before, from_here) = rest.split_at(at);
        if let Some(escaped) = before.strip_suffix('$') {
            out.push_str(escaped);
            out.push_str("${");
            rest = from_here.get(2..).unwrap_or("");
            continue;
        }
        out.push_str(before);
        let end = from_here.find('}').ok_or_else(|| malformed(from_here))?;
        let (reference, after) = from_here.split_at(end + 1);
        let (value, is_variable) = resolve(reference, lookup)?;
        out.push_str(&value);
        supplied |= is_variable;
        rest = after;
        if out.len() > LONGEST {
            return Err(Unexpanded {
                reference,
                message: format!("the value grows beyond {LONGEST} bytes"),
                help: "is this the right variable?".to_owned(),
            });
        }
    }
    out.push_str(rest);
    Ok((out, supplied))
}

/// What one reference stands for, and whether a variable supplied it. As in shells, `:-` takes an
/// empty variable for an unset one.
fn resolve<'a>(
    reference: &'a str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, bool), Unexpanded<'a>> {
    let inside = reference.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let inside = inside.ok_or_else(|| malformed(reference))?;
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return Err(malformed(reference));
    }
    let value = lookup(name).filter(|value| default.is_none() || !value.is_empty());
    match (value, default) {
        (Some(value), _) => Ok((value, true)),
        (None, Some(default)) => Ok((default.to_owned(), false)),
        (None, None) => Err(unset(reference, name)),
    }
}

fn malformed(reference: &str) -> Unexpanded<'_> {
    Unexpanded {
        reference,
        message: "malformed reference to a variable".to_owned(),
        help: "write `${NAME}` or `${NAME:-default}`; `$${` is a literal `${`".to_owned(),
    }
}

fn unset<'a>(reference: &'a str, name: &str) -> Unexpanded<'a> {
    Unexpanded {
        reference,
        message: format!("the variable `{name}` is not set"),
        help: format!(
            "set it in the environment or in a .env file beside this one, or write `${{{name}:-default}}`"
        ),
    }
}

/// Whether a text is a variable's name: letters, digits and `_`, not beginning with a digit.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
    name.len() <= 128
        && name.bytes().all(allowed)
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Where a reference stands inside of a value; the value itself when an escape hides it.
fn find(value: Span, source: &str, reference: &str) -> Span {
    let found = source.get(value.start..value.end).and_then(|text| text.find(reference));
    found.map_or(value, |at| Span {
        start: value.start + at,
        end: value.start + at + reference.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Option<(String, bool)> {
        let lookup = |name: &str| match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        expand(text, &lookup).ok()
    }

    #[test]
    fn a_variable_or_its_default_takes_the_place_of_the_reference() {
        for (text, expected, supplied) in [
            ("${SET}", "value", true),
            ("a-${SET}-${SET}", "a-value-value", true),
            ("${UNSET:-default}", "default", false),
            ("${EMPTY:-default}", "default", false),
            ("${UNSET:-}", "", false),
            ("${EMPTY}", "", true),
            ("$${SET} and $HOME", "${SET} and $HOME", false),
            ("$argon2id$v=19$x", "$argon2id$v=19$x", false),
        ] {
            assert_eq!(expanded(text), Some((expected.to_owned(), supplied)), "{text}");
        }
    }

    #[test]
    fn unset_and_malformed_references_are_refused() {
        for text in ["${UNSET}", "${}", "${1A}", "${A B}", "${SET", "${SET:x}", "${SET-x}"] {
            assert_eq!(expanded(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_variable_holds_is_not_looked_at_again() {
        let lookup = |_: &str| Some("${OTHER}".to_owned());
        assert_eq!(expand("${A}", &lookup).ok(), Some(("${OTHER}".to_owned(), true)));
    }
}
