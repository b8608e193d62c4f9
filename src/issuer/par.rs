//! Pushed authorization requests (RFC 9126): judged before any browser is involved, and kept under
//! a reference that means nothing to whoever carries it.

use super::authorize::{PUSHED, shown};
use super::commit::{Committed, Swap};
use super::fault::{Outcome, conclude};
use super::sender::judge_pushed_key;
use super::{Decided, Effect, Fault, Issuer, PresentedClient};
use crate::clock::Timestamp;
use crate::deviation::Draft;
use crate::protocol::{AuthorizationRequest, PushedResponse, Secret};
use crate::rule::{self, Fact, Judge};
use crate::store::Key;
use crate::store::record::PushedRequestRecord;

/// What becomes of a pushed request.
#[derive(Clone, Debug)]
pub enum PushedEffect {
    /// It waits for its browser until then.
    Store(Key, PushedRequestRecord, Timestamp),
    /// Compare-and-swap it into one that a browser opened. Losing it means: decide again.
    Open(Swap<PushedRequestRecord>),
    /// It was answered.
    Forget(Key),
}

impl Issuer {
    /// Applies what became of a pushed request.
    pub(super) async fn apply_pushed(&self, effect: &PushedEffect) -> Result<Committed, Fault> {
        match effect {
            PushedEffect::Store(key, pushed, until) => self.store.put(*key, pushed, *until).await?,
            PushedEffect::Open(swap) => return self.swap(swap).await,
            PushedEffect::Forget(key) => {
                drop(self.store.take::<PushedRequestRecord>(*key).await?);
            }
        }
        Ok(Committed::Yes)
    }

    /// Decides a pushed request.
    pub async fn push(
        &self,
        request: &AuthorizationRequest,
        presented: &PresentedClient,
    ) -> Decided<PushedResponse> {
        // Whoever pushes is often seen here first.
        let id = presented.body_id.as_deref();
        let document = self.fetch_document(id).await;
        self.settle(async || {
            let mut judge = Judge::new(&rule::PAR, &*self.deviations);
            let outcome = match Self::judge_document(&mut judge, id, document.as_ref()) {
                Ok(()) => self.decide_push(&mut judge, request, presented).await,
                Err(stop) => Err(stop),
            };
            conclude(judge, outcome)
        })
        .await
    }

    async fn decide_push(
        &self,
        judge: &mut Judge<'_>,
        request: &AuthorizationRequest,
        presented: &PresentedClient,
    ) -> Outcome<PushedResponse> {
        let client = self.authenticate(judge, presented).await?;
        let count = self.judge_rate(judge, &client).await?;
        let reference = request.request_uri.as_deref();
        judge.check(&rule::PAR_REQUEST_URI_ABSENT, reference.is_none(), || {
            (Fact::Absent, shown(reference))
        });
        let (proven, used) = self.judge_proof(judge, &presented.sender).await?;
        judge.stage()?;
        let request = self.unsigned(judge, &client, request).await?;
        let request = AuthorizationRequest {
            client_id: Some(client.id.as_str().to_owned()),
            request: None,
            ..request
        };
        let expected = self.judge_parameters(judge, &client, &request, None).await?.expected();
        judge_pushed_key(judge, request.dpop_jkt.as_deref(), proven.as_deref());
        judge.stage()?;
        let request = AuthorizationRequest {
            // A proof announces its key as dpop_jkt does (RFC 9449 §10.1).
            dpop_jkt: proven.or(request.dpop_jkt),
            // What is kept says whom a hint meant, not the token that said it.
            id_token_hint: None,
            ..request
        };
        let mut reference = Secret::new(format!("{PUSHED}{}", self.random.token("request_uri")?));
        self.deviations.draft(Draft::RequestUri(&mut reference));
        let ttl = self.config.par.ttl;
        let fresh_until = self.now().plus(ttl);
        let record = PushedRequestRecord {
            client_id: client.id.clone(),
            request,
            expected,
            fresh_until,
            browser: None,
        };
        let key = Key::of_secret(&reference);
        let store = Effect::Pushed(PushedEffect::Store(key, record, fresh_until));
        let effects = used.into_iter().chain([count, store]).collect();
        Ok((PushedResponse { request_uri: reference, expires_in: ttl.as_secs() }, effects))
    }
}
