//! What an answered request gets: a code (RFC 6749 §4.1.2).

use std::time::Duration;

use super::Next;
use crate::deviation::{CodeDraft, Draft};
use crate::issuer::mint::TOMBSTONE;
use crate::issuer::{Client, Effect, Fault, Issuer, LoggedIn};
use crate::protocol::Secret;
use crate::store::Key;
use crate::store::record::{CodeRecord, FamilyRecord, Grant, InteractionRecord};

impl Issuer {
    /// Mints the answer to a request that its user granted. The family is allocated here, so that
    /// a replay of the code can revoke what it gave.
    #[expect(clippy::unused_async, reason = "tokens of the front channel are signed here")]
    pub(in crate::issuer) async fn mint_answer(
        &self,
        client: &Client,
        interaction: &InteractionRecord,
        session: &LoggedIn,
    ) -> Result<(Next, Vec<Effect>), Fault> {
        let grant = self.granted(interaction, session)?;
        let code = Secret::new(self.random.token("code")?);
        let mut draft = CodeDraft { code, ttl: self.config.tokens.code_ttl };
        self.deviations.draft(Draft::Code(&mut draft));
        // The family outlives everything that can be issued from it, and the code's tombstone lives
        // as long: a late replay still finds what to revoke.
        let tokens = &self.config.tokens;
        let until = self
            .now()
            .plus(draft.ttl)
            .plus(tokens.refresh_ttl.max(tokens.access_ttl))
            .plus(tokens.access_ttl)
            .plus(TOMBSTONE);
        let family_record = FamilyRecord {
            client_id: grant.client_id.clone(),
            subject: grant.subject.clone(),
            revoked_at: None,
            revoked_by: None,
        };
        let family = grant.family.clone();
        let effects = vec![
            Effect::StoreFamily(family, family_record, until),
            Effect::StoreCode(
                Key::of_secret(&draft.code),
                self.code_record(interaction, grant, draft.ttl),
                until,
            ),
        ];
        let return_to = self.return_to_of(client, interaction);
        Ok((Next::Answer { return_to, parameters: vec![("code", draft.code)] }, effects))
    }

    fn granted(&self, interaction: &InteractionRecord, session: &LoggedIn) -> Result<Grant, Fault> {
        Ok(Grant {
            subject: Some(session.subject.clone()),
            auth_time: Some(session.auth_time),
            nonce: interaction.nonce.clone(),
            sid: Some(session.sid.clone()).filter(|sid| !sid.is_empty()),
            claims: interaction.claims.clone(),
            authorization_details: interaction.authorization_details.clone(),
            ..Grant::of_client(
                interaction.client_id.clone(),
                interaction.scope.clone(),
                self.audience(&interaction.scope, &interaction.resources),
                self.random.id("family")?,
            )
        })
    }

    fn code_record(
        &self,
        interaction: &InteractionRecord,
        grant: Grant,
        ttl: Duration,
    ) -> CodeRecord {
        CodeRecord {
            grant,
            redirect_uri: Some(interaction.redirect_uri.clone()),
            challenge: interaction.challenge.clone(),
            dpop_jkt: interaction.dpop_jkt.clone(),
            fresh_until: self.now().plus(ttl),
            spent_at: None,
        }
    }
}
