//! Where a record stands: the names of keys in the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::store::{Key, Kind};

/// The keys of one lab. Its nodes share an issuer, and other labs on the server have another.
#[derive(Clone, Debug)]
pub(super) struct Places {
    prefix: String,
}

impl Places {
    /// Those of an issuer. The braces keep all of its keys in one slot of a cluster, as scripts
    /// that touch several of them require.
    pub(super) fn of(issuer: &str) -> Self {
        let hash = Sha256::digest(issuer.as_bytes());
        let name = URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or(&hash));
        Self { prefix: format!("{{oauthlab:{name}}}:") }
    }

    fn named(&self, name: &str) -> Vec<u8> {
        format!("{}{name}", self.prefix).into_bytes()
    }

    /// One number and the record's key: what the index of expiries holds.
    pub(super) fn place(kind: Kind, key: Key) -> Vec<u8> {
        let mut place = vec![kind.number()];
        place.extend_from_slice(key.as_bytes());
        place
    }

    pub(super) fn record_prefix(&self) -> Vec<u8> {
        self.named("r:")
    }

    pub(super) fn record(&self, kind: Kind, key: Key) -> Vec<u8> {
        [self.record_prefix(), Self::place(kind, key)].concat()
    }

    pub(super) fn index_prefix(&self) -> Vec<u8> {
        self.named("i:")
    }

    pub(super) fn index(&self, kind: Kind) -> Vec<u8> {
        self.named(&format!("i:{}", kind.number()))
    }

    /// With the number of a kind and a label in hexadecimal behind it.
    pub(super) fn label_prefix(&self) -> Vec<u8> {
        self.named("l:")
    }

    pub(super) fn label(&self, kind: Kind, label: Key) -> Vec<u8> {
        self.named(&format!("l:{}:{}", kind.number(), Self::hex(label)))
    }

    /// A label as records and the names of indexes hold it.
    pub(super) fn hex(label: Key) -> String {
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
        label.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    pub(super) fn expiries(&self) -> Vec<u8> {
        self.named("expiries")
    }

    pub(super) fn versions(&self) -> Vec<u8> {
        self.named("versions")
    }

    pub(super) fn weight(&self) -> Vec<u8> {
        self.named("strangers")
    }

    pub(super) fn schema(&self) -> Vec<u8> {
        self.named("schema")
    }
}
