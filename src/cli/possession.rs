//! Keys that tokens are bound to (RFC 9449): made here, kept beside their tokens, and proven wherever
//! those are used.

use super::escape;
use super::identity;
use super::target::Target;
use crate::client::Prover;
use crate::error::Error;
use crate::protocol::jose::Jws;
use crate::protocol::{Confirmation, Secret};

/// A prover with a new key.
pub(super) fn new(target: &Target) -> Result<Prover, Error> {
    Ok(Prover::generate(target.clock.clone(), target.random.clone())?)
}

/// A prover with the kept key of a token; `None` for a token that is bound to none, as far as can be
/// seen. A token that says that it is bound, to a key that is not here, is of no use.
pub(super) fn of(target: &Target, token: &Secret) -> Result<Option<Prover>, Error> {
    let kept = target.kept.read()?;
    if let Some(key) = kept.holding(token).and_then(|kept| kept.dpop_key.as_ref()) {
        let key = identity::signing_key(key)?;
        return Ok(Some(Prover::with_key(key, target.clock.clone(), target.random.clone())));
    }
    match bound_to(token) {
        None => Ok(None),
        Some(jkt) => Err(Error::Token {
            message: format!(
                "the token is bound to a key that is not kept here (jkt {})",
                escape::line(&jkt)
            ),
            hint: "only who has the key can use it; get one of your own: oauthlab token --dpop"
                .to_owned(),
        }),
    }
}

/// What a prover's key is kept as.
pub(super) fn kept(prover: &Prover) -> Secret {
    prover.key().pem()
}

/// The key that a JWT says it is bound to. An opaque token says nothing.
fn bound_to(token: &Secret) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Bound {
        cnf: Option<Confirmation>,
    }
    let claims: Bound = Jws::decode(token.expose()).ok()?.claims().ok()?;
    claims.cnf?.jkt
}
