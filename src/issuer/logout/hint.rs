//! `id_token_hint` (OpenID Connect RP-Initiated Logout §4): ours, whatever its age.

use crate::deviation::Leniency;
use crate::issuer::fault::Stop;
use crate::issuer::{Fault, Issuer};
use crate::protocol::jose::Jws;
use crate::protocol::{IdTokenClaims, Secret};
use crate::rule::{self, Fact, Judge};

impl Issuer {
    pub(super) async fn judge_hint(
        &self,
        judge: &mut Judge<'_>,
        hint: Option<&Secret>,
    ) -> Result<Option<IdTokenClaims>, Stop> {
        let Some(hint) = hint else {
            judge.not_applicable(&rule::LOGOUT_HINT);
            return Ok(None);
        };
        let claims = self.own_id_token(hint).await?;
        let claims = judge.require(&rule::LOGOUT_HINT, claims, || {
            (Fact::fixed("an ID token of this server"), Fact::secret(Some(hint)))
        })?;
        Ok(Some(claims))
    }

    /// The claims of an ID token that we signed. Other tokens that we sign have another `typ`, or
    /// lack what an ID token must have.
    async fn own_id_token(&self, token: &Secret) -> Result<Option<IdTokenClaims>, Fault> {
        let Ok(jws) = Jws::decode(token.expose()) else { return Ok(None) };
        let algorithms: Vec<_> = self.keys.algorithms().collect();
        let verified = jws.verify(&self.keys.jwks().await?, &algorithms).is_ok();
        if !verified && !self.deviations.reads(Leniency::UnverifiedHint) {
            return Ok(None);
        }
        let typed = jws.header.typ.as_deref() == Some("JWT");
        let claims = jws.claims::<IdTokenClaims>().ok().filter(|claims| {
            claims.iss == self.url().as_str()
                && claims.aud.as_slice().len() == 1
                && !claims.extra.contains_key("events")
        });
        Ok(claims.filter(|_| typed))
    }
}
