//! oauthlab.yaml as it is written: text → tree → shape, with every fault noted on the way.
//!
//! `tree` and `raw` alone know the YAML library. `reader` shows the tree to serde; `shape` and `words` are
//! the types that serde fills, and from which the JSON Schema for editors is made.

mod access;
mod dotenv;
mod field;
mod interpolate;
mod raw;
mod reader;
mod shape;
mod tree;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize as _;

pub(super) use field::{Entries, Field, Mode};
pub(super) use shape::{
    Api, Client, Issuer, Lab, Limits, Par, ResourceServer, Sessions, StatementIssuer, StepUp,
    Tokens, TrustedIssuer, User,
};
pub(super) use words::{
    ClientDocuments, Login, Proxies, Registration, Remember, SenderConstrained, Store, Tls,
    TokenRotation,
};

use self::reader::{Reader, Unread};
use self::tree::{Kind, Node};
use super::fault::{Fault, Faults};
use super::mask::{Mask, is_rate, is_secret_key};

/// A line of a `.env` file that cannot be read.
pub(super) use dotenv::BadLine;

/// The JSON Schema of the shape.
pub(super) fn schema() -> serde_json::Value {
    schemars::schema_for!(Lab).to_value()
}

/// Reads the text of a `.env` file.
pub(super) fn read_dotenv(text: &str) -> Result<BTreeMap<String, String>, Vec<BadLine>> {
    dotenv::parse(text)
}

/// Reads the text of an oauthlab.yaml. What is wrong is in `faults`, and missing in the result.
pub(super) fn read(source: &str, lookup: &dyn Fn(&str) -> Option<String>, faults: &Faults) -> Lab {
    let mut root = match tree::parse(source) {
        Ok(root) => root,
        Err(fault) => {
            faults.push(fault);
            return Lab::default();
        }
    };
    interpolate::interpolate(&mut root, source, lookup, faults);
    match Lab::deserialize(Reader { node: &root, faults }) {
        Ok(lab) => lab,
        Err(Unread { message, help }) => {
            faults.push(Fault { span: Some(root.span), message, help });
            Lab::default()
        }
    }
}

/// What must not be shown of a source text. Made only when there is something to show: it parses
/// the text again, and a good file needs none.
pub(super) fn mask(source: &str) -> Mask {
    let mut mask = Mask::of(source);
    if let Ok(root) = tree::parse(source) {
        hide_secrets(&root, source, &mut mask);
    }
    mask
}

/// The exact places of secrets, beside those that the text alone shows.
fn hide_secrets(node: &Node, source: &str, mask: &mut Mask) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::List(items) => items.iter().for_each(|item| hide_secrets(item, source, mask)),
        Kind::Map(entries) => {
            for entry in entries {
                match &entry.value.kind {
                    Kind::Scalar(scalar)
                        if is_secret_key(entry.name()) && !is_rate(&scalar.text) =>
                    {
                        mask.hide(source, entry.value.span.start..entry.value.span.end);
                    }
                    _ => hide_secrets(&entry.value, source, mask),
                }
            }
        }
    }
}
