//! What the store knows of a token, and whether it is alive: shared by introspection and userinfo.

use super::grant::judge_live;
use super::{Fault, Issuer};
use crate::clock::Timestamp;
use crate::protocol::jose::Jws;
use crate::protocol::{AccessTokenClaims, Secret};
use crate::rule::{self, Fact, Judge};
use crate::store::record::{AccessTokenRecord, FamilyRecord, Grant, RefreshTokenRecord};
use crate::store::{Key, Stored as _, Versioned};

/// So many records are read at once.
const PAGE: usize = 100;

/// A token that this server issued, of either kind.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    /// Its key in the store.
    pub(super) key: Key,
    /// What it stands for.
    pub(super) grant: Grant,
    /// Which kind it is.
    pub(super) kind: IssuedKind,
    /// When it was issued.
    pub(super) since: Timestamp,
    /// When it expires.
    pub(super) fresh_until: Timestamp,
    /// When it was revoked alone or rotated away.
    pub(super) ended_at: Option<Timestamp>,
}

/// Which kind a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IssuedKind {
    /// An access token and its `jti`.
    Access(String),
    /// A refresh token.
    Refresh,
}

impl From<(Key, Versioned<AccessTokenRecord>)> for Issued {
    fn from((key, found): (Key, Versioned<AccessTokenRecord>)) -> Self {
        let token = found.value;
        Self {
            key,
            grant: token.grant,
            kind: IssuedKind::Access(token.jti),
            since: token.issued_at,
            fresh_until: token.fresh_until,
            ended_at: token.revoked_at,
        }
    }
}

impl From<(Key, Versioned<RefreshTokenRecord>)> for Issued {
    fn from((key, found): (Key, Versioned<RefreshTokenRecord>)) -> Self {
        let token = found.value;
        Self {
            key,
            grant: token.grant,
            kind: IssuedKind::Refresh,
            since: token.issued_at,
            fresh_until: token.fresh_until,
            ended_at: token.rotated_at,
        }
    }
}

impl Issuer {
    /// Looks an access token up.
    pub(super) async fn issued_access(&self, token: &Secret) -> Result<Option<Issued>, Fault> {
        let key = Key::of_secret(token);
        let found = self.store.get::<AccessTokenRecord>(key).await?;
        Ok(found.map(|found| Issued::from((key, found))))
    }

    /// Looks a token of either kind up.
    pub(super) async fn issued(&self, token: &Secret) -> Result<Option<Issued>, Fault> {
        if let Some(found) = self.issued_access(token).await? {
            return Ok(Some(found));
        }
        let key = Key::of_secret(token);
        let found = self.store.get::<RefreshTokenRecord>(key).await?;
        Ok(found.map(|found| Issued::from((key, found))))
    }

    /// Looks an access token up by the `jti` that a JWT claims, which proves nothing.
    pub(super) async fn issued_by_jti(&self, token: &Secret) -> Result<Option<Issued>, Fault> {
        let Ok(jws) = Jws::decode(token.expose()) else { return Ok(None) };
        let Ok(claims) = jws.claims::<AccessTokenClaims>() else { return Ok(None) };
        let mut after = None;
        loop {
            let page = self.store.engine().scan(AccessTokenRecord::KIND, after, PAGE).await?;
            for (key, record) in page.records {
                let found = serde_json::from_slice::<AccessTokenRecord>(&record.value).ok();
                if found.is_some_and(|found| found.jti == claims.jti) {
                    let found = self.store.get::<AccessTokenRecord>(key).await?;
                    return Ok(found.map(|found| Issued::from((key, found))));
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }

    /// Judges that a known token is fresh and not revoked.
    pub(super) async fn judge_alive(
        &self,
        judge: &mut Judge<'_>,
        token: &Issued,
    ) -> Result<(), Fault> {
        let now = self.now();
        judge.check(&rule::TOKEN_FRESH, now < token.fresh_until, || {
            let expected = format!("before {} s", token.fresh_until.secs());
            (Fact::public(expected), Fact::public(format!("{} s", now.secs())))
        });
        let family = self.store.get::<FamilyRecord>(Key::of(&[&token.grant.family])).await?;
        // What a client was given ends with it (RFC 7592 §2.3).
        if self.client(token.grant.client_id.as_str()).await?.is_none() {
            judge.check(&rule::TOKEN_LIVE, false, || {
                (Fact::fixed("not revoked"), Fact::fixed("its client was deleted"))
            });
            return Ok(());
        }
        match token.ended_at {
            None => judge_live(judge, &rule::TOKEN_LIVE, family.as_ref()),
            Some(at) => {
                judge.check(&rule::TOKEN_LIVE, false, || {
                    let got = format!("revoked or replaced at {} s", at.secs());
                    (Fact::fixed("not revoked"), Fact::public(got))
                });
            }
        }
        Ok(())
    }
}
