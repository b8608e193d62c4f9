//! Pushed authorization requests (RFC 9126).

use super::{Answer, Credentials, Endpoints, Params, Probe, Trouble};
use crate::audit::finding::Outcome;
use crate::audit::target::Client;
use crate::protocol::{AuthMethod, PushedResponse, Secret};

impl Probe {
    /// Pushes a request as its client; the reference to it.
    pub async fn push(
        &self,
        at: &Endpoints,
        client: &Client,
        asking: &Params,
    ) -> Result<Secret, Trouble> {
        let answer = self.try_push(at, Some(&client.credentials), asking).await?;
        let refused = || Trouble::Basis(format!("nothing was pushed: {}", answer.summary()));
        pushed_reference(&answer).ok_or_else(refused)
    }

    /// Pushes a request, and gives the whole answer.
    pub async fn try_push(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        asking: &Params,
    ) -> Result<Answer, Trouble> {
        // Credentials in the body bring the client_id along, and no parameter stands twice.
        let brings = credentials.is_some_and(|it| match it.method {
            AuthMethod::ClientSecretBasic
            | AuthMethod::ClientSecretJwt
            | AuthMethod::PrivateKeyJwt => false,
            AuthMethod::None
            | AuthMethod::ClientSecretPost
            | AuthMethod::TlsClientAuth
            | AuthMethod::SelfSignedTlsClientAuth => true,
        });
        let asking = asking.clone();
        let asking = if brings { asking.without("client_id") } else { asking };
        self.form(&at.pushed, credentials, &asking).await
    }
}

/// The reference in an answer.
pub fn pushed_reference(answer: &Answer) -> Option<Secret> {
    let pushed: PushedResponse = answer.is_success().then(|| answer.json())??;
    Some(pushed.request_uri)
}

/// Whether a request was taken: only a reference says so.
pub fn push_outcome(answer: &Answer) -> Outcome {
    match pushed_reference(answer) {
        Some(_) => Outcome::Accepted(format!("{} with a request_uri", answer.status())),
        None if answer.is_success() => {
            Outcome::Unclear(format!("{} without a request_uri", answer.status()))
        }
        None => answer.access_outcome(),
    }
}

/// The request that refers to a pushed one (RFC 9126 §4).
pub fn referring(client: &Client, reference: &Secret) -> Params {
    Params::of([("client_id", client.id()), ("request_uri", reference.expose())])
}
