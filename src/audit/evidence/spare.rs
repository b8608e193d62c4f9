//! Clients of one check: registered for it, and taken back with all that they got at its end.

use serde_json::{Value, json};

use super::clients::{REDIRECT_URI, registered};
use super::{CODE, Client, Evidence, Managed};
use crate::audit::probe::{Credentials, Probe, Trouble};
use crate::protocol::{AuthMethod, GrantType, Scope};

/// A client of one check.
#[derive(Clone, Debug)]
pub struct Spare {
    /// The client, with a secret for the Authorization header.
    pub client: Client,
    managed: Option<Managed>,
}

impl Evidence {
    /// Registers a client with these grants and this scope; `None` when the server refuses.
    pub async fn spare(
        &self,
        probe: &Probe,
        grants: &[GrantType],
        scope: &str,
    ) -> Result<Option<Spare>, Trouble> {
        let redirects = grants.contains(&CODE);
        let (uris, types): (&[_], &[_]) =
            if redirects { (&[REDIRECT_URI], &["code"]) } else { (&[], &[]) };
        let metadata: Value = json!({
            "client_name": "oauthlab audit",
            "redirect_uris": uris,
            "response_types": types,
            "token_endpoint_auth_method": AuthMethod::ClientSecretBasic,
            "grant_types": grants,
            "scope": scope,
        });
        let token = self.registration_token.as_ref();
        let answer = self.ask_to_register(probe, &metadata, token).await?;
        let Some(made) = registered(&answer) else { return Ok(None) };
        let managed = Managed::of(&answer);
        let Some(secret) = made.client_secret else {
            if let Some(managed) = managed {
                managed.delete(probe).await;
            }
            return Ok(None);
        };
        let client = Client {
            credentials: Credentials::basic(made.client_id, secret),
            redirect_uri: REDIRECT_URI.to_owned(),
            grants: grants.to_vec(),
            scope: Scope::parse(scope).unwrap_or_default(),
        };
        probe.know(&client.credentials);
        Ok(Some(Spare { client, managed }))
    }

    /// Revokes what the client got, and deletes it.
    pub async fn take_back(&self, probe: &Probe, spare: Spare) -> Result<(), Trouble> {
        for (credentials, token) in probe.take_issued_to(spare.client.id()) {
            if !self.endpoints.revocation.is_empty() {
                probe.revoke(&self.endpoints, Some(&credentials), &token).await?;
            }
        }
        if let Some(managed) = spare.managed {
            managed.delete(probe).await;
        }
        Ok(())
    }
}
