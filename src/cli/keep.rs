//! What client commands remember between runs: registered clients and the latest tokens, in one
//! 0600 file an issuer. `--no-store` leaves it alone, `logout` empties it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::client::Registration;
use crate::clock::Timestamp;
use crate::error::Error;
pub(super) use crate::lab::ClientKey as KeptKey;
use crate::protocol::{Secret, TokenResponse};
use crate::tls::{DataDir, PrivateDir};

const SCHEMA: &str = "oauthlab.kept/v1";
const LIMIT: u64 = 4 * 1024 * 1024;
/// The oldest beyond these are forgotten.
const MOST_TOKENS: usize = 32;
const MOST_CLIENTS: usize = 256;

/// The file of one issuer.
#[derive(Debug)]
pub(super) struct Kept {
    dir: PrivateDir,
    file: String,
    issuer: String,
}

/// What stands in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Contents {
    schema: String,
    issuer: String,
    /// Registered clients by the name that they were given.
    #[serde(default)]
    pub(super) clients: BTreeMap<String, Registration>,
    /// Keys and certificates of registered clients by their id.
    #[serde(default)]
    pub(super) keys: BTreeMap<String, KeptKey>,
    /// Token sets, the latest last.
    #[serde(default)]
    pub(super) tokens: Vec<KeptTokens>,
}

/// The latest token set of one client and one user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptTokens {
    /// The client's id.
    pub(super) client_id: String,
    /// The user who logged in, where one did and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// When it came.
    pub(super) at: Timestamp,
    /// What the server sent.
    pub(super) response: TokenResponse,
    /// The APIs that it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    /// The private key that they are bound to (RFC 9449), in PEM (PKCS#8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dpop_key: Option<Secret>,
}

impl Kept {
    /// The file of an issuer, which need not exist.
    pub(super) fn of(data: &DataDir, issuer: &str) -> Result<Self, Error> {
        let hash = Sha256::digest(issuer.as_bytes());
        let name = hex(&hash);
        let dir = data.folder("kept")?;
        Ok(Self { dir, file: format!("{name}.json"), issuer: issuer.to_owned() })
    }

    /// What is kept; nothing if there is no file.
    pub(super) fn read(&self) -> Result<Contents, Error> {
        let Some(bytes) = self.dir.read_private(&self.file, LIMIT)? else {
            return Ok(self.empty());
        };
        let bytes = Zeroizing::new(bytes);
        let contents: Contents = serde_json::from_slice(&bytes).map_err(|_| self.damaged())?;
        if contents.issuer == self.issuer { Ok(contents) } else { Err(self.damaged()) }
    }

    /// Changes what is kept, as the only one who does so now.
    pub(super) fn change(&self, change: impl FnOnce(&mut Contents)) -> Result<(), Error> {
        let _lock = self.dir.lock(&self.file)?;
        let mut contents = self.read()?;
        change(&mut contents);
        let json = Secret::new(serde_json::to_string(&contents).map_err(Error::Json)?);
        self.dir.write_private(&self.file, json.expose().as_bytes())?;
        Ok(())
    }

    /// Forgets everything.
    pub(super) fn forget(&self) -> Result<(), Error> {
        self.dir.remove(&self.file)?;
        self.dir.remove(&format!("{}.lock", self.file))?;
        Ok(())
    }

    fn empty(&self) -> Contents {
        Contents {
            schema: SCHEMA.to_owned(),
            issuer: self.issuer.clone(),
            clients: BTreeMap::new(),
            keys: BTreeMap::new(),
            tokens: Vec::new(),
        }
    }

    fn damaged(&self) -> Error {
        Error::Damaged { path: self.dir.path().join(&self.file) }
    }
}

/// The beginning of a hash as a file name.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(12).fold(String::new(), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

impl Contents {
    /// Keeps a client under a name. At the bound the first by name goes.
    pub(super) fn keep_client(&mut self, name: &str, client: Registration) {
        self.clients.insert(name.to_owned(), client);
        while self.clients.len() > MOST_CLIENTS {
            self.clients.pop_first();
        }
        let Self { clients, keys, .. } = self;
        keys.retain(|id, _| clients.values().any(|client| client.client_id == *id));
    }

    /// Keeps a token set in the place of the former one of the same client and user.
    pub(super) fn keep_tokens(&mut self, tokens: KeptTokens) {
        self.tokens.retain(|old| (&old.client_id, &old.user) != (&tokens.client_id, &tokens.user));
        self.tokens.push(tokens);
        let surplus = self.tokens.len().saturating_sub(MOST_TOKENS);
        self.tokens.drain(..surplus);
    }

    /// The latest token set, of this client if one is named.
    pub(super) fn latest(&self, client_id: Option<&str>) -> Option<&KeptTokens> {
        let fits = |kept: &&KeptTokens| client_id.is_none_or(|id| kept.client_id == id);
        self.tokens.iter().rev().find(fits)
    }

    /// The token set that this token is of, if it is kept.
    pub(super) fn holding(&self, token: &Secret) -> Option<&KeptTokens> {
        self.tokens.iter().find(|kept| kept.holds(token))
    }

    /// Forgets every token set that has this token in it; true if there was one.
    pub(super) fn forget_token(&mut self, token: &Secret) -> bool {
        let before = self.tokens.len();
        self.tokens.retain(|kept| !kept.holds(token));
        self.tokens.len() < before
    }
}

impl KeptTokens {
    fn holds(&self, token: &Secret) -> bool {
        let TokenResponse { access_token, refresh_token, id_token, .. } = &self.response;
        let own = std::iter::once(access_token).chain(refresh_token).chain(id_token);
        own.into_iter().any(|own| own == token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(client: &str, user: Option<&str>, access: &str) -> KeptTokens {
        KeptTokens {
            client_id: client.to_owned(),
            user: user.map(str::to_owned),
            at: Timestamp::from_secs(1),
            response: TokenResponse {
                access_token: Secret::new(access),
                token_type: "Bearer".to_owned(),
                expires_in: Some(600),
                ..TokenResponse::default()
            },
            resources: Vec::new(),
            dpop_key: None,
        }
    }

    fn kept() -> (tempfile::TempDir, DataDir, Kept) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().as_os_str().to_owned();
        let data = DataDir::locate(|name| (name == "OAUTHLAB_DATA_DIR").then(|| path.clone()));
        let data = data.unwrap();
        let kept = Kept::of(&data, "https://localhost:9443").unwrap();
        (root, data, kept)
    }

    #[test]
    fn the_latest_tokens_of_a_client_are_found_and_forgotten() {
        let (_root, data, kept) = kept();
        for (client, user, access) in
            [("web", Some("alice"), "a"), ("ci", None, "b"), ("web", Some("alice"), "c")]
        {
            kept.change(|contents| contents.keep_tokens(tokens(client, user, access))).unwrap();
        }
        let contents = kept.read().unwrap();
        assert_eq!(contents.tokens.len(), 2);
        let access = |id| contents.latest(id).unwrap().response.access_token.expose();
        assert_eq!((access(None), access(Some("ci"))), ("c", "b"));
        let other = Kept::of(&data, "https://localhost:9999").unwrap();
        assert!(other.read().unwrap().tokens.is_empty());
        kept.change(|contents| assert!(contents.forget_token(&Secret::new("c")))).unwrap();
        assert_eq!(kept.read().unwrap().tokens.len(), 1);
        kept.forget().unwrap();
        assert!(kept.read().unwrap().tokens.is_empty());
    }

    #[test]
    fn the_number_of_token_sets_is_bounded() {
        let (_root, _data, kept) = kept();
        let mut contents = kept.empty();
        for number in 0..100 {
            contents.keep_tokens(tokens(&number.to_string(), None, "x"));
        }
        assert_eq!(contents.tokens.len(), MOST_TOKENS);
        assert_eq!(contents.latest(None).unwrap().client_id, "99");
    }

    #[test]
    fn a_token_brings_its_own_key_and_no_other_ones() {
        let (_root, _data, kept) = kept();
        for (client, access, key) in [("web", "a", Some("key-a")), ("ci", "b", None)] {
            let dpop_key = key.map(Secret::new);
            let set = KeptTokens { dpop_key, ..tokens(client, None, access) };
            kept.change(|contents| contents.keep_tokens(set)).unwrap();
        }
        let contents = kept.read().unwrap();
        let key = |token| {
            let set = contents.holding(&Secret::new(token));
            set.map(|set| set.dpop_key.as_ref().map(|key| key.expose().to_owned()))
        };
        assert_eq!(key("a"), Some(Some("key-a".to_owned())));
        assert_eq!((key("b"), key("c")), (Some(None), None));
        // The next token of the same client and user takes the key along with the old token.
        kept.change(|contents| contents.keep_tokens(tokens("web", None, "d"))).unwrap();
        let text = kept.dir.read_private(&kept.file, LIMIT).unwrap().unwrap();
        assert!(!String::from_utf8(text).unwrap().contains("key-a"));
    }

    #[test]
    fn a_damaged_file_says_which_one() {
        let (_root, _data, kept) = kept();
        kept.dir.write_private(&kept.file, b"{").unwrap();
        let error = kept.read().unwrap_err();
        assert!(error.to_string().ends_with(".json is damaged"), "{error}");
        assert_eq!(error.exit().code(), 3);
    }
}
