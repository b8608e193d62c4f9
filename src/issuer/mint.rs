//! Minting: from a grant to tokens, signed, with the effects that store them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Client, Effect, Fault, Issuer};
use crate::clock::Timestamp;
use crate::config::{AccessTokenFormat, ClaimSources, CustomClaims};
use crate::deviation::{AccessTokenDraft, Draft, IdTokenDraft, Surface};
use crate::protocol::jose::half_hash;
use crate::protocol::{
    AccessTokenClaims, Algorithm, Audience, Confirmation, GrantType, IdTokenClaims, Scope, Secret,
    TokenResponse,
};
use crate::store::Key;
use crate::store::record::{AccessTokenRecord, Grant, IdTokenRecord, RefreshTokenRecord};

/// What the tokens of one answer are made from.
#[derive(Debug)]
pub(super) struct Issuance<'a> {
    /// Who gets them.
    pub(super) client: &'a Client,
    /// What they stand for; the refresh token carries all of it.
    pub(super) grant: &'a Grant,
    /// Scope of the access token: the grant's, or narrower.
    pub(super) scope: Scope,
    /// Audience of the access token: the grant's, or narrower.
    pub(super) audience: Vec<String>,
    /// Details of the access token: the grant's, or fewer.
    pub(super) details: Vec<Value>,
    /// The key that the access token is bound to, and the refresh token of a public client.
    pub(super) confirmation: Option<Confirmation>,
    /// When the authorization was given.
    pub(super) granted_at: Timestamp,
    /// Whether a refresh token is issued.
    pub(super) refresh: bool,
}

/// What comes along with an ID token, and is hashed into it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside<'a> {
    /// The access token (OpenID Connect Core §3.1.3.6, §3.2.2.10).
    pub(super) access_token: Option<&'a Secret>,
    /// The code, in the front channel (OpenID Connect Core §3.3.2.11).
    pub(super) code: Option<&'a Secret>,
}

impl Beside<'_> {
    /// Whether nothing comes along that userinfo could be asked with.
    const fn is_alone(self) -> bool {
        self.access_token.is_none() && self.code.is_none()
    }
}

/// How long records outlive what they stand for, so that expired is told apart from unknown.
pub(super) const TOMBSTONE: std::time::Duration = std::time::Duration::from_secs(3600);

impl Issuer {
    /// Mints an answer of the token endpoint.
    pub(super) async fn mint(
        &self,
        issuance: Issuance<'_>,
    ) -> Result<(TokenResponse, Vec<Effect>), Fault> {
        self.mint_until(issuance, self.now().plus(self.config.tokens.access_ttl)).await
    }

    /// As [`Issuer::mint`], with an access token that does not live beyond `last`.
    pub(super) async fn mint_until(
        &self,
        issuance: Issuance<'_>,
        last: Timestamp,
    ) -> Result<(TokenResponse, Vec<Effect>), Fault> {
        let mut effects = Vec::with_capacity(3);
        let (access_token, expires_in) =
            self.mint_access_token(&issuance, last, &mut effects).await?;
        let refresh_token = if issuance.refresh {
            Some(self.mint_refresh_token(&issuance, &mut effects)?)
        } else {
            None
        };
        let id_token = match &issuance.grant.subject {
            Some(_) if issuance.scope.contains("openid") => {
                let beside = Beside { access_token: Some(&access_token), code: None };
                Some(self.mint_id_token(&issuance, beside, &mut effects).await?)
            }
            Some(_) | None => None,
        };
        let response = TokenResponse {
            access_token,
            token_type: issuance
                .confirmation
                .as_ref()
                .map_or("Bearer", Confirmation::token_type)
                .to_owned(),
            expires_in: Some(expires_in),
            refresh_token,
            scope: Some(issuance.scope.to_string()),
            id_token,
            issued_token_type: None,
            authorization_details: issuance.details.clone(),
        };
        Ok((response, effects))
    }

    /// Whether a client that was granted a code gets a refresh token with it.
    pub(super) fn refreshes(&self, client: &Client) -> bool {
        client.allows(GrantType::RefreshToken) || self.deviations.opens(Surface::RefreshForEveryone)
    }

    pub(super) async fn mint_access_token(
        &self,
        issuance: &Issuance<'_>,
        last: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Result<(Secret, u64), Fault> {
        let now = self.now();
        let mut draft = self.access_token_draft(issuance, last)?;
        self.deviations.draft(Draft::AccessToken(&mut draft));
        let token = match draft.opaque {
            Some(token) => token,
            None => self.keys.signing(draft.alg).await?.sign(draft.typ, &draft.claims)?,
        };
        let fresh_until = Timestamp::from_secs(draft.claims.exp);
        let grant = Grant {
            scope: issuance.scope.clone(),
            audience: draft.claims.aud.as_slice().to_vec(),
            nonce: None,
            confirmation: issuance.confirmation.clone(),
            authorization_details: issuance.details.clone(),
            ..issuance.grant.clone()
        };
        let record = AccessTokenRecord {
            grant,
            jti: draft.claims.jti,
            issued_at: now,
            fresh_until,
            revoked_at: None,
        };
        let key = Key::of_secret(&token);
        effects.push(Effect::StoreAccessToken(key, record, fresh_until.plus(TOMBSTONE)));
        Ok((token, draft.claims.exp.saturating_sub(now.secs())))
    }

    fn access_token_draft(
        &self,
        issuance: &Issuance<'_>,
        last: Timestamp,
    ) -> Result<AccessTokenDraft, Fault> {
        let (tokens, now) = (&self.config.tokens, self.now());
        let client_id = issuance.grant.client_id.as_str();
        let subject = issuance.grant.subject.as_ref().map_or(client_id, |sub| sub.as_str());
        let claims = AccessTokenClaims {
            iss: self.url().as_str().to_owned(),
            sub: subject.to_owned(),
            aud: Audience::from_list(issuance.audience.clone()),
            exp: now.plus(tokens.access_ttl).min(last).secs(),
            iat: now.secs(),
            jti: self.random.id("jti")?,
            client_id: client_id.to_owned(),
            scope: issuance.scope.to_string(),
            auth_time: issuance.grant.auth_time.map(Timestamp::secs),
            acr: issuance.grant.acr.clone(),
            cnf: issuance.confirmation.clone(),
            act: issuance.grant.actor.clone(),
            authorization_details: issuance.details.clone(),
            extra: self.added(issuance, &[&tokens.access_claims, &issuance.client.claims]),
        };
        let opaque = match tokens.access_format {
            AccessTokenFormat::Jwt => None,
            AccessTokenFormat::Opaque => Some(Secret::new(self.random.token("access_token")?)),
        };
        let granted_audience = issuance.grant.audience.clone();
        let (typ, alg) = ("at+jwt", tokens.access_alg);
        Ok(AccessTokenDraft { claims, typ, alg, granted_audience, opaque })
    }

    /// Claims that the lab adds, filled for this user and client.
    fn added(&self, issuance: &Issuance<'_>, claims: &[&CustomClaims]) -> BTreeMap<String, Value> {
        if claims.iter().all(|some| some.is_empty()) {
            return BTreeMap::new();
        }
        let subject = issuance.grant.subject.as_ref();
        let user = subject.and_then(|subject| {
            let (login, claims) = self.users.of_subject(subject)?;
            Some((login, subject.as_str(), claims))
        });
        let sources = ClaimSources { user, client_id: issuance.grant.client_id.as_str() };
        claims.iter().flat_map(|some| some.fill(sources)).collect()
    }

    fn mint_refresh_token(
        &self,
        issuance: &Issuance<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Secret, Fault> {
        let mut token = Secret::new(self.random.token("refresh_token")?);
        self.deviations.draft(Draft::RefreshToken(&mut token));
        effects.push(self.refresh_token_stored(issuance, &token, self.now()));
        Ok(token)
    }

    /// The record of a refresh token that was issued at `now`.
    pub(super) fn refresh_token_stored(
        &self,
        issuance: &Issuance<'_>,
        token: &Secret,
        now: Timestamp,
    ) -> Effect {
        let tokens = &self.config.tokens;
        let idle = now.plus(tokens.refresh_idle);
        let mut life = idle.min(issuance.granted_at.plus(tokens.refresh_ttl)).since(now);
        self.deviations.draft(Draft::RefreshLife(&mut life));
        let fresh_until = now.plus(life);
        // A confidential client proves who it is with every refresh (RFC 9449 §5).
        let confirmation = issuance.confirmation.clone().filter(|_| issuance.client.is_public());
        let record = RefreshTokenRecord {
            grant: Grant { confirmation, ..issuance.grant.clone() },
            granted_at: issuance.granted_at,
            issued_at: now,
            fresh_until,
            rotated_at: None,
            successor: None,
        };
        // A tombstone must be found for as long as its family can live.
        let until = issuance.granted_at.plus(tokens.refresh_ttl).plus(TOMBSTONE);
        Effect::StoreRefreshToken(Key::of_secret(token), record, until)
    }

    pub(super) async fn mint_id_token(
        &self,
        issuance: &Issuance<'_>,
        beside: Beside<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Secret, Fault> {
        let (now, grant) = (self.now(), issuance.grant);
        let mut told = self.id_token_claims(grant, beside.is_alone());
        told.extend(self.added(issuance, &[&self.config.tokens.id_token_claims]));
        let alg = self.id_token_alg(issuance.client);
        let claims = IdTokenClaims {
            iss: self.url().as_str().to_owned(),
            sub: grant.subject.as_ref().map(|sub| sub.as_str().to_owned()).unwrap_or_default(),
            aud: Audience::One(grant.client_id.as_str().to_owned()),
            exp: now.secs() + self.config.tokens.access_ttl.as_secs(),
            iat: now.secs(),
            auth_time: grant.auth_time.map(Timestamp::secs),
            nonce: grant.nonce.clone(),
            at_hash: beside.access_token.map(|token| half_hash(token.expose(), alg)),
            c_hash: beside.code.map(|code| half_hash(code.expose(), alg)),
            azp: None,
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            sid: grant.sid.clone(),
            extra: told,
        };
        let mut draft = IdTokenDraft { claims, alg };
        self.deviations.draft(Draft::IdToken(&mut draft));
        let token = self.keys.signing(draft.alg).await?.sign("JWT", &draft.claims)?;
        if issuance.client.allows(GrantType::TokenExchange) {
            let fresh_until = Timestamp::from_secs(draft.claims.exp);
            let record = IdTokenRecord { grant: grant.clone(), fresh_until };
            let key = Key::of_secret(&token);
            effects.push(Effect::StoreIdToken(key, record, fresh_until.plus(TOMBSTONE)));
        }
        Ok(token)
    }

    /// RS256 for a registered client that names none (OpenID Connect Dynamic Client Registration
    /// §2), the lab's own default for the clients of the lab file.
    pub(super) fn id_token_alg(&self, client: &Client) -> Algorithm {
        let wish = client.metadata.wishes.id_token_signed_response_alg;
        wish.unwrap_or_else(|| self.default_alg(client))
    }

    /// The algorithm of signed authorization responses (JARM §3), with the default of ID tokens.
    pub(super) fn response_alg(&self, client: &Client) -> Algorithm {
        let wish = client.metadata.wishes.authorization_signed_response_alg;
        wish.unwrap_or_else(|| self.default_alg(client))
    }

    fn default_alg(&self, client: &Client) -> Algorithm {
        if client.preregistered { self.config.tokens.id_token_alg } else { self.registered_alg() }
    }

    /// What a registered client gets that names no algorithm: RS256 (OpenID Connect Dynamic Client
    /// Registration §2), and the lab's own where the rule book has no RS256.
    pub(super) fn registered_alg(&self) -> Algorithm {
        let rs256 = self.keys.algorithms().any(|alg| alg == Algorithm::Rs256);
        if rs256 { Algorithm::Rs256 } else { self.config.tokens.id_token_alg }
    }
}
