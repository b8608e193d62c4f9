//! The end of a session: what its tokens become, and who has to be told.

use super::{Ending, LogoutFrame, LogoutNotice, Withdrawal};
use crate::issuer::{Client, Effect, Fault, Issuer, LoggedIn};
use crate::protocol::{ClientId, LogoutTokenClaims, RedirectUri, Secret, Subject};
use crate::store::record::{
    CodeRecord, DeviceRecord, FamilyId, Grant, ParticipantsRecord, RefreshTokenRecord,
};
use crate::store::{Key, Label};

/// At most so many clients of one session are told of its end.
const MAX_PARTICIPANTS: usize = 50;

/// At most so many authorizations of one session or user are taken back at once.
pub(in crate::issuer) const MAX_FAMILIES: usize = 10_000;

/// How long a logout token is worth something, in seconds (§2.4 recommends two minutes at most).
const NOTICE_TTL: u64 = 120;

pub(in crate::issuer) fn participants_key(sid: &str) -> Key {
    Key::of(&["participants", sid])
}

impl Issuer {
    /// Remembers that a client was given something in a session. Written once a client: the hot
    /// path only reads.
    pub(in crate::issuer) async fn join_session(
        &self,
        sid: &str,
        client: &ClientId,
    ) -> Result<(), Fault> {
        let key = participants_key(sid);
        for _ in 0..crate::issuer::commit::TRIES {
            let until = self.now().plus(self.config.sessions.absolute);
            let Some(found) = self.store.get::<ParticipantsRecord>(key).await? else {
                let first = ParticipantsRecord { clients: vec![client.clone()] };
                if self.store.put_new(key, &first, until).await? {
                    return Ok(());
                }
                continue;
            };
            let mut clients = found.value.clients;
            if clients.contains(client) || clients.len() == MAX_PARTICIPANTS {
                return Ok(());
            }
            clients.push(client.clone());
            let next = ParticipantsRecord { clients };
            if self.store.replace(key, found.version, &next, until).await? {
                return Ok(());
            }
        }
        Err(Fault::Contention)
    }

    /// What the end of a session does, and what the user's browser has to load. Authorizations with
    /// `offline_access` outlive it (OpenID Connect Back-Channel Logout §2.7).
    pub(in crate::issuer) async fn end_session(
        &self,
        key: Key,
        session: &LoggedIn,
    ) -> Result<(Vec<LogoutFrame>, Vec<Effect>), Fault> {
        let (frames, effects) = self.end_for_clients(session).await?;
        let first = Effect::End(Ending::Session(key));
        Ok((frames, std::iter::once(first).chain(effects).collect()))
    }

    /// As [`Issuer::end_session`], where the record of the session ends in another way.
    pub(in crate::issuer) async fn end_for_clients(
        &self,
        session: &LoggedIn,
    ) -> Result<(Vec<LogoutFrame>, Vec<Effect>), Fault> {
        let mut effects = Vec::new();
        for family in self.families_of_session(&session.sid).await? {
            let family = Ending::Family(Key::of(&[&family]), Withdrawal::Logout);
            effects.push(Effect::End(family));
        }
        let found = self.store.get::<ParticipantsRecord>(participants_key(&session.sid)).await?;
        let (mut frames, mut notices) = (Vec::new(), Vec::new());
        for id in found.map(|found| found.value.clients).unwrap_or_default() {
            // A client that was deleted meanwhile has nobody to tell.
            let Some(client) = self.client(id.as_str()).await? else { continue };
            frames.extend(self.frame(&client, &session.sid));
            if let Some(uri) = &client.metadata.logout.backchannel_logout_uri {
                let token = self.logout_token(&client, &session.subject, &session.sid).await?;
                notices.push(LogoutNotice { client_id: client.id, uri: uri.clone(), token });
            }
        }
        effects.push(Effect::End(Ending::Participants(session.sid.clone())));
        effects.push(Effect::End(Ending::Elsewhere(notices)));
        Ok((frames, effects))
    }

    async fn families_of_session(&self, sid: &str) -> Result<Vec<FamilyId>, Fault> {
        let ends = |grant: &Grant| {
            grant.sid.as_deref() == Some(sid) && !grant.scope.contains("offline_access")
        };
        let label = Label::Session(sid);
        let code = |code: &CodeRecord| ends(&code.grant);
        let codes = self.store.labelled(label, MAX_FAMILIES, code).await?;
        let refresh = |token: &RefreshTokenRecord| ends(&token.grant);
        let tokens = self.store.labelled(label, MAX_FAMILIES, refresh).await?;
        // A device that was allowed, and has not fetched its tokens yet.
        let waits = |device: &DeviceRecord| device.grant().is_some_and(ends);
        let devices = self.store.labelled(label, MAX_FAMILIES, waits).await?;
        let of_codes = codes.into_iter().map(|(_, code)| code.grant.family);
        let of_devices =
            devices.iter().filter_map(|(_, device)| Some(device.grant()?.family.clone()));
        let of_tokens = tokens.into_iter().map(|(_, token)| token.grant.family);
        let mut families: Vec<_> = of_codes.chain(of_tokens).chain(of_devices).collect();
        families.sort_unstable();
        families.dedup();
        Ok(families)
    }

    /// OpenID Connect Front-Channel Logout §2: `iss` and `sid` are added to the client's own query.
    fn frame(&self, client: &Client, sid: &str) -> Option<LogoutFrame> {
        let uri = client.metadata.logout.frontchannel_logout_uri.as_deref()?;
        // Only what is parsed gets into a policy and a page.
        let uri = RedirectUri::parse(uri).ok()?;
        let web = uri.as_str().starts_with("https://") || uri.as_str().starts_with("http://");
        let url = uri.with_query(&[("iss", self.url().as_str()), ("sid", sid)]);
        web.then(|| LogoutFrame { url, origin: uri.csp_source() })
    }

    /// OpenID Connect Back-Channel Logout §2.4, signed as the client's ID tokens are.
    async fn logout_token(
        &self,
        client: &Client,
        subject: &Subject,
        sid: &str,
    ) -> Result<Secret, Fault> {
        let now = self.now().secs();
        let claims = LogoutTokenClaims {
            iss: self.url().as_str().to_owned(),
            sub: subject.as_str().to_owned(),
            aud: client.id.as_str().to_owned(),
            iat: now,
            exp: now + NOTICE_TTL,
            jti: self.random.id("jti")?,
            sid: sid.to_owned(),
            events: LogoutTokenClaims::event(),
        };
        let key = self.keys.signing(self.id_token_alg(client)).await?;
        Ok(key.sign(LogoutTokenClaims::TYPE, &claims)?)
    }
}
