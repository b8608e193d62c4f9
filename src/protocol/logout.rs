//! Logout: the request of OpenID Connect RP-Initiated Logout 1.0 §2, and the token of OpenID
//! Connect Back-Channel Logout 1.0 §2.4.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Form, Secret};

/// A logout request as it came. `logout_hint` and `ui_locales` are not read: a browser has one
/// session here, and pages speak one language.
#[derive(Clone, Debug, Default)]
pub struct LogoutRequest {
    /// An ID token that the client was given.
    pub id_token_hint: Option<Secret>,
    /// Who asks.
    pub client_id: Option<String>,
    /// Where the browser is to go afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// Returned there as it came.
    pub state: Option<String>,
}

impl LogoutRequest {
    /// Reads query or form.
    pub fn read(form: &Form) -> Self {
        let text = |name| form.get(name).map(str::to_owned);
        Self {
            id_token_hint: form.secret("id_token_hint").cloned(),
            client_id: text("client_id"),
            post_logout_redirect_uri: text("post_logout_redirect_uri"),
            state: text("state"),
        }
    }
}

/// The event that makes a token a logout token.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Claims of a logout token. It never has a `nonce`, so that it cannot pass for an ID token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutTokenClaims {
    /// Issuer, the exact string.
    pub iss: String,
    /// Who is logged out.
    pub sub: String,
    /// The client that is told.
    pub aud: String,
    /// Issued at, in seconds since the Unix epoch.
    pub iat: u64,
    /// Expiry, soon.
    pub exp: u64,
    /// Unique identifier.
    pub jti: String,
    /// The session that ended, as its ID tokens named it.
    pub sid: String,
    /// One event with an empty object.
    pub events: BTreeMap<String, Map<String, Value>>,
}

impl LogoutTokenClaims {
    /// Header `typ` (§2.4).
    pub const TYPE: &'static str = "logout+jwt";

    /// The one value of `events`.
    pub fn event() -> BTreeMap<String, Map<String, Value>> {
        BTreeMap::from([(LOGOUT_EVENT.to_owned(), Map::new())])
    }
}
