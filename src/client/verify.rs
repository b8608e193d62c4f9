//! Are these tokens what we asked for? Every check is made, in a fixed order, so that all of them
//! can be shown; the first broken one is the error.

use super::access_token;
use super::caller::Caller;
use super::check::{Check, Checks};
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::id_token;
use super::jwks::Jwks;
use super::token_request::Granted;
use super::wanted_login;
use crate::clock::Timestamp;
use crate::protocol::jose::{JwkSet, Jws};
use crate::protocol::{AccessTokenClaims, Algorithm, IdTokenClaims, Secret};

/// What the tokens must fit.
#[derive(Clone, Debug)]
pub struct Expectation<'a> {
    /// Who was asked.
    pub server: &'a AuthorizationServer,
    /// Who asked.
    pub client_id: &'a str,
    /// The nonce that was sent; `None` if none was.
    pub nonce: Option<&'a Secret>,
    /// Whether an ID token was asked for: a user logged in, and the scope held `openid`.
    pub openid: bool,
    /// The APIs that the token was asked for.
    pub resources: &'a [String],
    /// The ways of login that were asked for; empty for any.
    pub acr_values: &'a [String],
    /// How many seconds ago the login may have been, if that was asked for.
    pub max_age: Option<u64>,
    /// The time.
    pub now: Timestamp,
}

/// Tokens that hold, and their claims.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Claims of the ID token, if there is one.
    pub id_token: Option<IdTokenClaims>,
    /// Claims of the access token, if it is a JWT of RFC 9068.
    pub access_token: Option<AccessTokenClaims>,
    /// The checks, all of which hold.
    pub checks: Vec<Check>,
}

/// Clocks may differ by this many seconds.
pub(super) const LEEWAY: u64 = 60;

/// Verifies the ID token (OpenID Connect Core §3.1.3.7) and, if it is a JWT, the access token (RFC
/// 9068 §4). `keys` are those of the server; `None` if it publishes none.
pub async fn verify_tokens<'a>(
    caller: impl Into<Caller<'a>>,
    keys: Option<&Jwks>,
    granted: &Granted,
    expectation: &Expectation<'_>,
) -> Result<Verified, ClientError> {
    let caller = caller.into();
    let tokens = &granted.tokens;
    let mut checks = Checks::default();
    let id_token = if let Some(token) = &tokens.id_token {
        let keys = Keys::fetch(caller, keys, token).await?;
        let bound = id_token::Bound { access_token: &tokens.access_token, expectation };
        id_token::check(token, &keys, &bound, &mut checks)
    } else {
        id_token::absent(expectation.openid, &mut checks);
        None
    };
    let access_token = if access_token::is_jwt(&tokens.access_token) {
        let keys = Keys::fetch(caller, keys, &tokens.access_token).await?;
        let claims = access_token::check(&tokens.access_token, &keys, expectation, &mut checks);
        if let Some(claims) = &claims {
            access_token::check_key(claims, granted.jkt.as_deref(), &mut checks);
        }
        claims
    } else {
        access_token::opaque(&mut checks);
        None
    };
    wanted_login::check(id_token.as_ref(), access_token.as_ref(), expectation, &mut checks);
    caller.checked(granted.step, checks.as_slice());
    let checks = checks.verdict("the tokens", granted.trace_id.as_deref())?;
    Ok(Verified { id_token, access_token, checks })
}

/// The keys for one token.
pub(super) enum Keys {
    /// The server publishes none.
    None,
    /// The published ones.
    Published(std::sync::Arc<JwkSet>),
}

impl Keys {
    async fn fetch(
        caller: Caller<'_>,
        keys: Option<&Jwks>,
        token: &Secret,
    ) -> Result<Self, ClientError> {
        match (keys, Jws::decode(token.expose())) {
            (Some(keys), Ok(jws)) => {
                Ok(Self::Published(keys.for_token_by(caller, &jws.header).await?))
            }
            _ => Ok(Self::None),
        }
    }
}

/// The algorithms that the server announced, as far as we have them; `none` is never among them.
pub(super) fn announced(names: &[String]) -> Vec<Algorithm> {
    if names.is_empty() {
        return Algorithm::ALL.to_vec();
    }
    names.iter().filter_map(|name| Algorithm::parse(name)).collect()
}

/// A time of a token for people.
pub(super) fn seconds(secs: u64) -> String {
    format!("{secs} seconds since 1970")
}
