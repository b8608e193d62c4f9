//! JSON inside of a parameter, which is as long, as deep and as wide as anybody likes until it is
//! bounded here. A member that stands twice is refused: two parsers would see two requests.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What a JSON text may have at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) depth: usize,
    /// Members and elements of all objects and arrays together.
    pub(super) parts: usize,
}

/// Parses a JSON text within bounds.
pub(super) fn parse(text: &str, bounds: Bounds) -> Option<Value> {
    if text.len() > bounds.bytes {
        return None;
    }
    let mut left = bounds.parts;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Bounded { depth: bounds.depth, left: &mut left };
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

struct Bounded<'l> {
    depth: usize,
    left: &'l mut usize,
}

impl Bounded<'_> {
    fn inner<E: serde::de::Error>(&mut self) -> Result<Bounded<'_>, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Bounded { depth, left: self.left })
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.left = self.left.checked_sub(1).ok_or_else(|| E::custom("too many parts"))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut inner = self.inner()?;
        let mut all = Vec::new();
        while let Some(one) =
            seq.next_element_seed(Bounded { depth: inner.depth, left: &mut *inner.left })?
        {
            inner.count()?;
            all.push(one);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut inner = self.inner()?;
        let mut all = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            inner.count()?;
            let value =
                map.next_value_seed(Bounded { depth: inner.depth, left: &mut *inner.left })?;
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 64, depth: 2, parts: 4 };

    #[test]
    fn each_bound_holds_to_the_last_part() {
        assert!(parse("[[1,2],3]", BOUNDS).is_some());
        assert!(parse("[[1,2],3,4]", BOUNDS).is_none(), "one part too many");
        assert!(parse("[[[]]]", BOUNDS).is_none(), "one level too deep");
        assert!(parse(&format!("\"{}\"", "x".repeat(62)), BOUNDS).is_some());
        assert!(parse(&format!("\"{}\"", "x".repeat(63)), BOUNDS).is_none(), "one byte too many");
    }

    #[test]
    fn a_member_that_stands_twice_and_text_after_the_end_are_refused() {
        assert!(parse(r#"{"a":1,"b":1}"#, BOUNDS).is_some());
        assert!(parse(r#"{"a":1,"a":1}"#, BOUNDS).is_none());
        assert!(parse("{} {}", BOUNDS).is_none());
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_what_the_library_parses(text in "[\\[\\]{}:,\"a1 .e-]{0,24}") {
            let wide = Bounds { bytes: 64, depth: 64, parts: 64 };
            if let Some(value) = parse(&text, wide) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
