//! A value together with its place, and with the fact that it was missing or wrong. That is what
//! lets the reader go on after a fault: a broken value breaks only its own field.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::config::fault::Span;

/// The name under which [`Reader`](super::reader::Reader) recognises a [`Field`].
pub(super) const FIELD: &str = "$field";
/// The name under which it recognises a [`Mode`].
pub(super) const MODE: &str = "$mode";

/// Something that the file may say.
#[derive(Clone)]
pub(crate) struct Field<T> {
    /// `None` when the file does not say it, or says it wrongly.
    pub(crate) value: Option<T>,
    /// Where it says it.
    pub(crate) span: Option<Span>,
    /// Whether the environment supplied some of it. Then it is never shown.
    pub(crate) supplied: bool,
}

impl<T> Field<T> {
    /// A value that a flag gave.
    pub(crate) fn from_flag(value: T) -> Self {
        Self { value: Some(value), span: None, supplied: false }
    }

    /// Whether the file says something here, right or wrong.
    pub(crate) fn is_given(&self) -> bool {
        self.value.is_some() || self.span.is_some()
    }
}

impl<T: Clone + Default> Field<T> {
    /// The section, or an empty one.
    pub(crate) fn or_default(&self) -> T {
        self.value.clone().unwrap_or_default()
    }
}

impl<T> Field<Vec<T>> {
    /// The list's items; none when there is no list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &T> {
        self.value.iter().flatten()
    }
}

impl<T: AsRef<str>> Field<T> {
    /// The text for a message: quoted, unless the environment supplied it.
    pub(crate) fn shown(&self) -> Cow<'static, str> {
        match &self.value {
            Some(text) if !self.supplied => Cow::Owned(format!("`{}`", text.as_ref())),
            _ => Cow::Borrowed("the value from the environment"),
        }
    }
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self { value: None, span: None, supplied: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FIELD, FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    // The reader gives two elements: the place, and the value. It gives no value, instead of an
    // error, when the value was wrong; the fault is noted by then.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field<T>, A::Error> {
        let place = seq.next_element::<(usize, usize, usize)>()?;
        let (start, end, supplied) = place.ok_or_else(|| A::Error::custom("a place"))?;
        Ok(Field {
            value: seq.next_element()?,
            span: Some(Span { start, end }),
            supplied: supplied == 1,
        })
    }
}

impl<T: JsonSchema> JsonSchema for Field<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A choice, written as `key: choice` or as `key: { mode: choice }`.
#[derive(Clone)]
pub(crate) struct Mode<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Mode<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MODE, ModeVisitor(PhantomData))
    }
}

struct ModeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ModeVisitor<T> {
    type Value = Mode<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mode")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Mode<T>, D::Error> {
        T::deserialize(inner).map(Mode)
    }
}

impl<T: JsonSchema> JsonSchema for Mode<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let choice = generator.subschema_for::<T>();
        schemars::json_schema!({
            "anyOf": [
                choice,
                {
                    "type": "object",
                    "properties": { "mode": choice },
                    "required": ["mode"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// A mapping with free keys, in the order of the file.
#[derive(Clone)]
pub(crate) struct Entries<T>(pub(crate) Vec<(Field<String>, Field<T>)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "object", "additionalProperties": value })
    }
}
