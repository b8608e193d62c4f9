//! How a profile wants good requests made, beyond what every server takes: pushed (RFC 9126), and
//! with proof of possession (RFC 9449). Checks ask as ever; what they send is dressed on its way.
//!
//! A request that brings a proof, or another scheme than Bearer, is a check's own business and stays
//! as it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::header::AUTHORIZATION;

use super::proof::{DPOP, with_proofs};
use super::{
    Answer, Authorized, Credentials, Endpoints, FieldValue, Params, Probe, Request, Session,
    Trouble,
};
use crate::audit::target::{Api, Profile};
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, PushedResponse, Secret};

/// What a profile asks of every good request.
#[derive(Debug, Default)]
pub struct Manner {
    /// The key that tokens are bound to, where they must be bound.
    key: Option<SigningKey>,
    /// Where tokens are asked for.
    token: String,
    /// Where tokens are shown.
    protected: Vec<String>,
    /// Whether authorization requests are pushed.
    pushes: bool,
    // A std mutex: held for one map operation, never across an await.
    clients: Mutex<BTreeMap<String, Credentials>>,
}

impl Manner {
    /// That of a profile at a server. Where the server takes nothing but pushed requests, they are
    /// pushed under any profile.
    pub fn of(
        profile: Profile,
        at: &Endpoints,
        apis: &[Api],
        must_push: bool,
    ) -> Result<Self, Trouble> {
        let bound = profile == Profile::Fapi2;
        let key = bound.then(|| SigningKey::generate(Algorithm::Es256)).transpose()?;
        let apis = apis.iter().map(|api| api.url.clone());
        let userinfo = Some(at.userinfo.clone()).filter(|url| !url.is_empty());
        Ok(Self {
            key,
            token: at.token.clone(),
            protected: apis.chain(userinfo).collect(),
            pushes: (bound || must_push) && !at.pushed.is_empty(),
            clients: Mutex::default(),
        })
    }

    /// Whether a request goes to a place that takes proofs: the token it brings, if any.
    fn wants_proof(&self, request: &Request) -> Option<(&SigningKey, Option<Secret>)> {
        let key = self.key.as_ref()?;
        if request.headers.iter().any(|(name, _)| *name == DPOP) {
            return None;
        }
        let url = request.url.split(['?', '#']).next().unwrap_or_default();
        if url == self.token {
            return Some((key, None));
        }
        let below = |known: &String| {
            url.strip_prefix(known.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let token = bearer(request).filter(|_| self.protected.iter().any(below))?;
        Some((key, Some(token)))
    }

    fn credentials(&self, client_id: &str) -> Option<Credentials> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.get(client_id).cloned()
    }
}

impl Probe {
    /// Lets requests of this client be pushed with its credentials.
    pub fn know(&self, credentials: &Credentials) {
        let Some(manner) = self.line.manner.get() else { return };
        let mut clients = manner.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(credentials.client_id.clone(), credentials.clone());
    }

    /// Sends a request, with what the profile wants of it.
    pub async fn send(&self, request: Request) -> Result<Answer, Trouble> {
        self.send_made(|| request.clone()).await
    }

    /// As [`Probe::send`], for a request that holds something that is good once: it is made anew if
    /// it has to be sent again.
    pub(super) async fn send_made(&self, make: impl Fn() -> Request) -> Result<Answer, Trouble> {
        let request = make();
        let manner = self.line.manner.get();
        if manner.is_none_or(|manner| manner.wants_proof(&request).is_none()) {
            return self.send_bare(request).await;
        }
        self.send_proven(|| self.dressed(make())).await
    }

    fn dressed(&self, mut request: Request) -> Result<Request, Trouble> {
        let wanted = self.line.manner.get().and_then(|manner| manner.wants_proof(&request));
        let Some((key, token)) = wanted else { return Ok(request) };
        let proof = self.proof(key, &request, token.as_ref())?;
        if let Some(token) = token {
            request.headers.retain(|(name, _)| *name != AUTHORIZATION);
            request = request.dpop(&token);
        }
        Ok(with_proofs(request, vec![proof]))
    }

    /// Sends an authorization request as a browser of this session, pushed where that is wanted, and
    /// follows it to its end. A refused push is shown to the client instead of the browser.
    pub async fn authorize(
        &self,
        at: &Endpoints,
        session: &mut Session,
        asking: &Params,
    ) -> Result<Authorized, Trouble> {
        match self.authorization_url(at, asking).await? {
            Ok(url) => self.browse(session, &url).await,
            Err(refused) => Ok(Authorized::Shown(refused)),
        }
    }

    /// The URL that a browser is sent to with this request; or what the server said to its push.
    pub async fn authorization_url(
        &self,
        at: &Endpoints,
        asking: &Params,
    ) -> Result<Result<String, Answer>, Trouble> {
        let manner = self.line.manner.get().filter(|manner| manner.pushes);
        let client_id = asking.get("client_id").unwrap_or_default();
        let by_reference = asking.get("request_uri").is_some();
        let Some(manner) = manner.filter(|_| !by_reference) else {
            return Ok(Ok(asking.behind(&at.authorization)));
        };
        let credentials = manner.credentials(client_id);
        let answer = self.form(&at.pushed, credentials.as_ref(), asking).await?;
        let pushed: Option<PushedResponse> = answer.is_success().then(|| answer.json()).flatten();
        let Some(pushed) = pushed else { return Ok(Err(answer)) };
        let reference =
            Params::of([("client_id", client_id), ("request_uri", pushed.request_uri.expose())]);
        Ok(Ok(reference.behind(&at.authorization)))
    }
}

/// The token of `Authorization: Bearer`.
fn bearer(request: &Request) -> Option<Secret> {
    let (_, value) = request.headers.iter().find(|(name, _)| *name == AUTHORIZATION)?;
    let text = match value {
        FieldValue::Public(text) => text,
        FieldValue::Secret(secret) => secret.expose(),
    };
    text.strip_prefix("Bearer ").map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::target::ApiKind;

    fn manner(profile: Profile) -> Manner {
        let at = Endpoints { token: "https://a/token".to_owned(), ..Endpoints::default() };
        let (url, kind) = ("https://a/api".to_owned(), ApiKind::Get);
        Manner::of(profile, &at, &[Api { url, kind, scopes: Vec::new() }], false).unwrap()
    }

    #[test]
    fn proofs_go_where_tokens_are_asked_for_and_shown_and_nowhere_else() {
        let token = Secret::new("t");
        let with = |url: &str| Request::get(url).bearer(&token);
        let fapi2 = manner(Profile::Fapi2);
        let wanted = |request: &Request| fapi2.wants_proof(request).map(|(_, token)| token);
        assert_eq!(wanted(&Request::get("https://a/token")), Some(None));
        for url in ["https://a/api", "https://a/api/1", "https://a/api?x=1"] {
            assert_eq!(wanted(&with(url)), Some(Some(token.clone())), "{url}");
        }
        for own in [
            with("https://a/apis"),
            with("https://a/register/1"),
            Request::get("https://a/api"),
            Request::get("https://a/api").dpop(&token),
            with_proofs(with("https://a/api"), vec![Secret::new("p")]),
        ] {
            assert_eq!(wanted(&own), None, "{}", own.url);
        }
        assert!(manner(Profile::Bcp).wants_proof(&with("https://a/api")).is_none());
    }
}
