//! A token that is bound to a key (RFC 9449 §6): got once, when the first check needs it.

use super::Evidence;
use crate::audit::probe::{Probe, Trouble, redemption, tokens};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, Secret, TokenResponse};

/// A bound token with its key.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The key.
    pub key: SigningKey,
    /// The answer that it came with.
    pub tokens: TokenResponse,
}

impl Bound {
    /// The access token.
    pub const fn token(&self) -> &Secret {
        &self.tokens.access_token
    }
}

impl Evidence {
    /// The algorithm of the audit's proofs; `None` where the server offers none (RFC 9449 §5.1), or
    /// none that the audit can make.
    pub fn proof_algorithm(&self) -> Option<Algorithm> {
        const OURS: &[Algorithm] =
            &[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];
        let offered = &self.metadata.dpop_signing_alg_values_supported;
        OURS.iter().find(|one| offered.iter().any(|alg| alg == one.as_str())).copied()
    }

    /// A bound token for reading at the first API.
    pub async fn bound(&self, probe: &Probe) -> Result<&Bound, Trouble> {
        self.bound.get_or_try_init(|| self.get_bound(probe)).await
    }

    async fn get_bound(&self, probe: &Probe) -> Result<Bound, Trouble> {
        let none = || Trouble::Basis("no proof can be made".to_owned());
        let key = probe.proof_key(self.proof_algorithm().ok_or_else(none)?)?;
        let (client, mut session) = (self.public()?, self.session()?);
        let scope = self.reading_scope(client);
        let code = probe.code(&self.endpoints, client, &mut session, &scope).await?;
        let (credentials, params) = (Some(&client.credentials), redemption(&code));
        let answer = probe.token_proven(&self.endpoints, credentials, &params, &key).await?;
        let tokens = tokens(&answer)?;
        if is_bound(&tokens, &key) {
            Ok(Bound { key, tokens })
        } else {
            Err(Trouble::Basis("the token for a proof is not bound to its key".to_owned()))
        }
    }
}

/// Whether a token says that it is bound to this key, as far as that can be seen from outside.
pub fn is_bound(tokens: &TokenResponse, key: &SigningKey) -> bool {
    let says = tokens.token_type.eq_ignore_ascii_case("DPoP");
    // An opaque token shows its key to introspection only.
    let bound = Genuine::of(&tokens.access_token)
        .is_none_or(|token| token.key_thumbprint() == Some(key.jwk().thumbprint().as_str()));
    says && bound
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bound_token_names_its_scheme_and_its_key() {
        let [key, other] = [0, 1].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
        let tokens = |kind: &str, access_token: Secret| TokenResponse {
            access_token,
            token_type: kind.to_owned(),
            ..TokenResponse::default()
        };
        let bound = json!({ "cnf": { "jkt": key.jwk().thumbprint() } });
        let bound = other.sign("at+jwt", &bound).unwrap();
        assert!(is_bound(&tokens("DPoP", bound.clone()), &key));
        assert!(is_bound(&tokens("dpop", Secret::new("opaque")), &key));
        assert!(!is_bound(&tokens("Bearer", bound.clone()), &key));
        assert!(!is_bound(&tokens("DPoP", bound), &other));
        let unbound = other.sign("at+jwt", &json!({})).unwrap();
        assert!(!is_bound(&tokens("DPoP", unbound), &key));
    }
}
