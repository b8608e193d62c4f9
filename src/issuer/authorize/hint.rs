//! `id_token_hint` (OpenID Connect Core §3.1.2.1): our own ID token says which user is expected. It
//! may have expired; it proves nothing but that this client once was told of this user.

use crate::issuer::{Client, Fault, Issuer};
use crate::protocol::jose::Jws;
use crate::protocol::{Algorithm, IdTokenClaims, Secret, Subject};
use crate::rule::{self, Fact, Judge};

impl Issuer {
    /// The user of a hint. `named` is the one of the claims parameter, who must be the same.
    pub(super) async fn judge_expected(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        hint: Option<&Secret>,
        named: Option<&Subject>,
    ) -> Result<Option<Subject>, Fault> {
        let Some(hint) = hint else {
            judge.not_applicable(&rule::HINT_ID_TOKEN);
            return Ok(None);
        };
        let subject = self.hinted(client, hint).await?;
        let holds = subject.is_some() && (named.is_none() || named == subject.as_ref());
        judge.check(&rule::HINT_ID_TOKEN, holds, || {
            (Fact::fixed("an ID token of this server for this client"), Fact::secret(Some(hint)))
        });
        Ok(subject)
    }

    async fn hinted(&self, client: &Client, hint: &Secret) -> Result<Option<Subject>, Fault> {
        let Ok(jws) = Jws::decode(hint.expose()) else { return Ok(None) };
        let keys = self.keys.jwks().await?;
        if jws.verify(&keys, Algorithm::ALL).is_err() {
            return Ok(None);
        }
        // What we sign for other uses has another type.
        let of_id_token = jws.header.typ.as_deref().is_none_or(|typ| typ == "JWT");
        let Some(claims) = jws.claims::<IdTokenClaims>().ok().filter(|_| of_id_token) else {
            return Ok(None);
        };
        let ours = claims.iss == self.url().as_str();
        let theirs = claims.aud.as_slice().iter().any(|aud| aud == client.id.as_str());
        Ok(Subject::parse(&claims.sub).ok().filter(|_| ours && theirs))
    }
}
