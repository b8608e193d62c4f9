//! Serde's view of the tree. Serde itself says which keys a struct has and which words an enum
//! has, so the types of `shape.rs` are the only schema: unknown keys, unknown words and duplicates
//! are noted here, all of them, and reading goes on.

use std::fmt;

use serde::de::{self, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Choice, Items, Pairs, Place};
use super::field::{FIELD, MODE};
use super::tree::{Entry, Form, Kind, Node, Scalar};
use crate::config::fault::Faults;
use crate::config::suggest;

/// Reads one node.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) node: &'a Node,
    pub(super) faults: &'a Faults,
}

/// Why a value could not be read: message and help. The next [`Field`](super::field::Field) above
/// notes it with its place.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unread {}

impl de::Error for Unread {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), help: None }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn of(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    fn expected(self, what: &str, help: Option<&str>) -> Unread {
        let message = format!("expected {what}, found {}", self.node.noun());
        Unread { message, help: help.map(str::to_owned) }
    }

    fn no_word(self, name: &str, words: &[&str]) -> Unread {
        let message = format!("{name} must be one word, not {}", self.node.noun());
        Unread { message, help: Some(suggest::one_of(words)) }
    }

    fn scalar(self, what: &str) -> Result<&'a Scalar, Unread> {
        match &self.node.kind {
            Kind::Scalar(scalar) if scalar.form != Form::Nothing => Ok(scalar),
            _ => Err(self.expected(what, None)),
        }
    }

    fn entries(self, name: &str) -> Result<&'a [Entry], Unread> {
        match &self.node.kind {
            Kind::Map(entries) => Ok(entries),
            _ => Err(self.expected(&format!("a mapping for {name}"), None)),
        }
    }

    /// The first entry of each key; later ones are noted.
    fn distinct(self, entries: &'a [Entry]) -> Vec<&'a Entry> {
        let mut seen = std::collections::HashSet::new();
        let (first, again): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| seen.insert(entry.name()));
        for entry in again {
            let message = format!("the key `{}` is given twice", entry.name());
            let help = "keep one of them; YAML has no way to say which one counts";
            self.faults.add_with_help(Some(entry.key.span), message, help);
        }
        first
    }

    /// The entries whose keys are among `known`; the others are noted.
    fn known(self, entries: Vec<&'a Entry>, name: &str, known: &[&str]) -> Vec<&'a Entry> {
        let (good, unknown): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| known.contains(&entry.name()));
        for entry in unknown {
            let message = format!("unknown key `{}` in {name}", entry.name());
            let free: Vec<&str> = known
                .iter()
                .copied()
                .filter(|key| !good.iter().any(|given| given.name() == *key))
                .collect();
            let help = suggest::help(entry.name(), &free, known);
            self.faults.add_with_help(Some(entry.key.span), message, help);
        }
        good
    }

    /// The value itself, or the value below a single key `mode`.
    fn below_mode(self) -> Self {
        let Kind::Map(entries) = &self.node.kind else { return self };
        if !entries.iter().any(|entry| entry.name() == "mode") {
            return self;
        }
        let entries = self.known(self.distinct(entries), "a mode", &["mode"]);
        entries.first().map_or(self, |entry| self.of(&entry.value))
    }
}

impl<'de> de::Deserializer<'de> for Reader<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match &self.node.kind {
            Kind::List(_) => self.deserialize_seq(visitor),
            Kind::Map(_) => self.deserialize_map(visitor),
            Kind::Scalar(scalar) => match scalar.form {
                Form::Text => visitor.visit_borrowed_str(&scalar.text),
                Form::Truth => visitor.visit_bool(scalar.text == "true"),
                Form::Nothing => visitor.visit_unit(),
                Form::Number => match serde_json::from_str(&scalar.text) {
                    Ok(serde_json::Value::Number(number)) => {
                        number.deserialize_any(visitor).map_err(de::Error::custom)
                    }
                    _ => visitor.visit_borrowed_str(&scalar.text),
                },
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.scalar("true or false")?.text.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.expected("true or false", None)),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.scalar("a port")?.text.parse() {
            Ok(number) => visitor.visit_u16(number),
            Err(_) => Err(de::Error::custom("expected a whole number from 0 to 65535")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.scalar("a whole number")?.text.parse() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => Err(de::Error::custom("expected a whole number that is not negative")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_borrowed_str(&self.scalar("text")?.text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match &self.node.kind {
            Kind::List(items) => visitor.visit_seq(Items::new(self, items)),
            Kind::Scalar(scalar) if scalar.form == Form::Nothing => {
                Err(self
                    .expected("a list", Some("write `[]` for an empty list, or leave the key out")))
            }
            Kind::Scalar(_) => Err(self.expected("a list", Some("write it as `[value]`"))),
            Kind::Map(_) => Err(self.expected("a list", Some("begin each item with `- `"))),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        let entries = self.distinct(self.entries("names and values")?);
        visitor.visit_map(Pairs::new(self, entries))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        let entries = self.known(self.distinct(self.entries(name)?), name, fields);
        visitor.visit_map(Pairs::new(self, entries))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match name {
            FIELD => visitor.visit_seq(Place::new(self)),
            MODE => visitor.visit_newtype_struct(self.below_mode()),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        let (word, payload, supplied) = match &self.node.kind {
            Kind::Scalar(scalar) if scalar.form != Form::Nothing => {
                (scalar.text.as_str(), None, scalar.supplied)
            }
            Kind::Map(entries) if entries.len() == 1 => match entries.first() {
                Some(entry) => (entry.name(), Some(&entry.value), false),
                None => return Err(self.no_word(name, variants)),
            },
            _ => return Err(self.no_word(name, variants)),
        };
        if !variants.contains(&word) {
            let shown = if supplied {
                "the value from the environment".into()
            } else {
                format!("`{word}`")
            };
            let message = format!("unknown {name}: {shown}");
            return Err(Unread { message, help: Some(suggest::help(word, variants, variants)) });
        }
        visitor.visit_enum(Choice::new(self, word, payload))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_str(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u128 f32 f64 char bytes byte_buf option unit unit_struct
        tuple tuple_struct ignored_any
    }
}
