//! What an answered request gets: a code (RFC 6749 §4.1.2), and, where the rule book still has it,
//! tokens in the front channel (OpenID Connect Core §3.2.2.5, §3.3.2.5).

use std::time::Duration;

use super::Next;
use crate::deviation::{CodeDraft, Draft};
use crate::issuer::mint::{Beside, Issuance, TOMBSTONE};
use crate::issuer::par::PushedEffect;
use crate::issuer::{Client, Effect, Fault, Issuer, LoggedIn};
use crate::protocol::{ResponseType, Secret};
use crate::store::Key;
use crate::store::record::{CodeRecord, FamilyRecord, Grant, InteractionRecord};

/// Response parameters with their values.
type Parameters = Vec<(&'static str, Secret)>;

impl Issuer {
    /// Mints the answer to a request that its user granted. The family is allocated here, so that
    /// a replay of the code can revoke what it gave.
    pub(in crate::issuer) async fn mint_answer(
        &self,
        client: &Client,
        interaction: &InteractionRecord,
        session: &LoggedIn,
    ) -> Result<(Next, Vec<Effect>), Fault> {
        let grant = self.granted(interaction, session)?;
        let code = Secret::new(self.random.token("code")?);
        let challenge = interaction.challenge.as_ref().map(|one| one.as_str().to_owned());
        let mut draft = CodeDraft { code, ttl: self.config.tokens.code_ttl, challenge };
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
        let mut effects = vec![Effect::StoreFamily(family, family_record, until)];
        let kind = interaction.response_type;
        let code = kind.has_code().then_some(&draft.code);
        let mut parameters = Parameters::new();
        parameters.extend(code.map(|code| ("code", code.clone())));
        let front = self.mint_front(kind, client, &grant, code).await?;
        parameters.extend(front.0);
        effects.extend(front.1);
        if code.is_none() {
            // A code brings its client into the session when it is stored.
            let join = |sid: &String| Effect::JoinSession(sid.clone(), client.id.clone());
            effects.extend(grant.sid.as_ref().map(join));
        } else {
            let record = self.code_record(interaction, grant, draft.ttl);
            effects.push(Effect::StoreCode(Key::of_secret(&draft.code), record, until));
        }
        let pushed = interaction.pushed.map(Key::from_bytes).map(PushedEffect::Forget);
        effects.extend(pushed.map(Effect::Pushed));
        let return_to = self.return_to_of(client, interaction);
        Ok((Next::Answer { return_to, parameters }, effects))
    }

    /// The tokens of the front channel: no refresh token is ever among them (RFC 6749 §4.2.2).
    async fn mint_front(
        &self,
        kind: ResponseType,
        client: &Client,
        grant: &Grant,
        code: Option<&Secret>,
    ) -> Result<(Parameters, Vec<Effect>), Fault> {
        let issuance = Issuance {
            client,
            grant,
            scope: grant.scope.clone(),
            audience: grant.audience.clone(),
            details: grant.authorization_details.clone(),
            confirmation: None,
            granted_at: self.now(),
            refresh: false,
        };
        let (mut parameters, mut effects) = (Parameters::new(), Vec::new());
        let mut access_token = None;
        if kind.has_token() {
            let last = self.now().plus(self.config.tokens.access_ttl);
            let (token, expires_in) = self.mint_access_token(&issuance, last, &mut effects).await?;
            parameters.extend([
                ("access_token", token.clone()),
                ("token_type", Secret::new("Bearer")),
                ("expires_in", Secret::new(expires_in.to_string())),
                ("scope", Secret::new(issuance.scope.to_string())),
            ]);
            access_token = Some(token);
        }
        if kind.has_id_token() {
            let beside = Beside { access_token: access_token.as_ref(), code };
            parameters
                .push(("id_token", self.mint_id_token(&issuance, beside, &mut effects).await?));
        }
        Ok((parameters, effects))
    }

    fn granted(&self, interaction: &InteractionRecord, session: &LoggedIn) -> Result<Grant, Fault> {
        Ok(Grant {
            subject: Some(session.subject.clone()),
            auth_time: Some(session.auth_time),
            nonce: interaction.nonce.clone(),
            acr: interaction.acr_values.first().or(self.config.acr_values.first()).cloned(),
            // Where the lab logs everyone in, nobody gave a password.
            amr: if session.sid.is_empty() { Vec::new() } else { vec!["pwd".to_owned()] },
            sid: Some(session.sid.clone()).filter(|sid| !sid.is_empty()),
            claims: interaction.claims.clone(),
            authorization_details: interaction.authorization_details.clone(),
            ..Grant::of_client(
                interaction.client_id.clone(),
                interaction.scope.clone(),
                self.with_details(
                    self.audience(&interaction.scope, &interaction.resources),
                    &interaction.authorization_details,
                ),
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
