//! A signed answer of introspection (RFC 9701): proof, for a resource server that must keep one, of
//! what the issuer said.

use serde::Serialize;

use super::{Client, Fault, Issuer};
use crate::protocol::{IntrospectionResponse, Secret};

/// Claims of the answer (RFC 9701 §5). Nothing of the token stands at the top level, so that the
/// answer cannot be taken for an access token (§8.1).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    token_introspection: &'a IntrospectionResponse,
}

/// `typ` of its header (RFC 9701 §5).
const TYPE: &str = "token-introspection+jwt";

/// The media type that asks for it, and names it (RFC 9701 §4, §5).
pub const INTROSPECTION_JWT: &str = "application/token-introspection+jwt";

impl Issuer {
    /// Signs an answer for the client that asked, with the algorithm that it registered or RS256
    /// (RFC 9701 §6); where the rule book has no RS256, with that of ID tokens.
    pub async fn sign_introspection(
        &self,
        caller: &Client,
        answer: &IntrospectionResponse,
    ) -> Result<Secret, Fault> {
        let registered = caller.metadata.wishes.introspection_signed_response_alg;
        let alg = registered.unwrap_or_else(|| self.registered_alg());
        let claims = Claims {
            iss: self.url().as_str(),
            aud: caller.id.as_str(),
            iat: self.now().secs(),
            token_introspection: answer,
        };
        Ok(self.keys.signing(alg).await?.sign(TYPE, &claims)?)
    }
}
