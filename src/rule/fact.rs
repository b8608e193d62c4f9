//! Facts: what a rule expected and what it got, typed public or secret.

use std::borrow::Cow;
use std::fmt;

use crate::protocol::Secret;

/// One side of a ruling. A secret one is only ever shown as a keyed fingerprint, and never diffed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Nothing was there.
    Absent,
    /// May be shown. Untrusted text: escape it where it is shown.
    Public(Cow<'static, str>),
    /// One of these; may be shown.
    AnyOf(Vec<String>),
    /// Must not be shown.
    Secret(Secret),
}

/// At most this many bytes of untrusted text are kept in a fact.
const MAX_LENGTH: usize = 512;

impl Fact {
    /// A fixed text.
    pub const fn fixed(text: &'static str) -> Self {
        Self::Public(Cow::Borrowed(text))
    }

    /// A text that may be shown, cut at 512 bytes.
    pub fn public(text: impl fmt::Display) -> Self {
        let mut text = text.to_string();
        if text.len() > MAX_LENGTH {
            let end = (0..=MAX_LENGTH).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        Self::Public(Cow::Owned(text))
    }

    /// A text that may be shown, or nothing.
    pub fn optional(text: Option<impl fmt::Display>) -> Self {
        text.map_or(Self::Absent, Self::public)
    }

    /// A list that may be shown.
    pub fn any_of<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> Self {
        Self::AnyOf(values.into_iter().take(32).map(|value| value.to_string()).collect())
    }

    /// A secret, or nothing.
    pub fn secret(secret: Option<&Secret>) -> Self {
        secret.map_or(Self::Absent, |secret| Self::Secret(secret.clone()))
    }

    /// The public text, if there is exactly one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Public(text) => Some(text),
            Self::Absent | Self::AnyOf(_) | Self::Secret(_) => None,
        }
    }

    /// The alternatives of a public fact.
    pub fn alternatives(&self) -> Vec<&str> {
        match self {
            Self::Public(text) => vec![text],
            Self::AnyOf(texts) => texts.iter().map(String::as_str).collect(),
            Self::Absent | Self::Secret(_) => Vec::new(),
        }
    }
}

impl From<&'static str> for Fact {
    fn from(text: &'static str) -> Self {
        Self::fixed(text)
    }
}
