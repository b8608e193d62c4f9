//! Walks lists, mappings, choices and places for serde, one reader at a time.

use std::slice;
use std::vec;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::reader::{Reader, Unread};
use super::tree::{Entry, Kind, Node};
use crate::config::fault::Fault;

/// The items of a list.
pub(super) struct Items<'a> {
    reader: Reader<'a>,
    items: slice::Iter<'a, Node>,
}

impl<'a> Items<'a> {
    pub(super) fn new(reader: Reader<'a>, items: &'a [Node]) -> Self {
        Self { reader, items: items.iter() }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unread> {
        self.items.next().map(|item| seed.deserialize(self.reader.of(item))).transpose()
    }
}

/// The entries of a mapping.
pub(super) struct Pairs<'a> {
    reader: Reader<'a>,
    entries: vec::IntoIter<&'a Entry>,
    value: Option<&'a Node>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(reader: Reader<'a>, entries: Vec<&'a Entry>) -> Self {
        Self { reader, entries: entries.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unread> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        seed.deserialize(self.reader.of(&entry.key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        let value = self.value.take().ok_or_else(|| Unread::custom("a value without its key"))?;
        seed.deserialize(self.reader.of(value))
    }
}

/// A word, or a word with what belongs to it.
pub(super) struct Choice<'a> {
    reader: Reader<'a>,
    word: &'a str,
    payload: Option<&'a Node>,
}

impl<'a> Choice<'a> {
    pub(super) fn new(reader: Reader<'a>, word: &'a str, payload: Option<&'a Node>) -> Self {
        Self { reader, word, payload }
    }

    fn payload(&self) -> Result<Reader<'a>, Unread> {
        let payload = self.payload.map(|node| self.reader.of(node));
        payload.ok_or_else(|| {
            let message = format!("`{}` needs a value", self.word);
            Unread { message, help: Some(format!("write it as `{{ {}: … }}`", self.word)) }
        })
    }
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Unread;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Unread> {
        let word: StrDeserializer<'_, Unread> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Unread;

    fn unit_variant(self) -> Result<(), Unread> {
        match self.payload {
            None => Ok(()),
            Some(_) => Err(Unread::custom(format!("`{}` takes no value", self.word))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unread> {
        seed.deserialize(self.payload()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        serde::Deserializer::deserialize_seq(self.payload()?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match self.payload {
            Some(_) => serde::Deserializer::deserialize_struct(
                self.payload()?,
                "this mode",
                fields,
                visitor,
            ),
            // The word alone: everything else has its default.
            None => visitor.visit_map(MapDeserializer::new(std::iter::empty::<((), ())>())),
        }
    }
}

/// The two elements of a field: its place, and its value unless that is wrong.
pub(super) struct Place<'a> {
    reader: Reader<'a>,
    is_next: bool,
}

impl<'a> Place<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        Self { reader, is_next: true }
    }
}

impl<'de> SeqAccess<'de> for Place<'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unread> {
        let Reader { node, faults } = self.reader;
        if std::mem::take(&mut self.is_next) {
            let supplied = matches!(&node.kind, Kind::Scalar(scalar) if scalar.supplied);
            let place = [node.span.start, node.span.end, usize::from(supplied)];
            return seed.deserialize(SeqDeserializer::new(place.into_iter())).map(Some);
        }
        match seed.deserialize(self.reader) {
            Ok(value) => Ok(Some(value)),
            Err(Unread { message, help }) => {
                faults.push(Fault { span: Some(node.span), message, help });
                Ok(None)
            }
        }
    }
}
