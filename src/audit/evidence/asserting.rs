//! A client that proves who it is with a key that this audit made (RFC 7523 §2.2): registered for
//! this audit, and what checks of client assertions start from.

use serde_json::json;

use super::clients::Wanted;
use super::{Api, Client, Evidence, MACHINE};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthMethod, GrantType};

/// The client with its key.
#[derive(Clone, Debug)]
pub struct Asserting {
    /// Authenticates with good assertions.
    pub client: Client,
    /// Signs any others.
    pub key: SigningKey,
}

impl Evidence {
    /// Registers it, for client credentials. A server that has no such clients leaves none.
    pub(super) async fn register_asserting(&mut self, probe: &Probe) -> Result<(), Trouble> {
        let Ok(key) = SigningKey::generate(Algorithm::Es256) else { return Ok(()) };
        let read = self.apis.first().and_then(Api::read_scope).unwrap_or_default().to_owned();
        let wanted = |grants| Wanted {
            redirect_uris: &[],
            method: AuthMethod::PrivateKeyJwt,
            grants,
            scope: read.clone(),
            keys: Some(json!({ "keys": [key.jwk()] })),
        };
        // The second grant is for those who have it.
        let both = self.register(probe, wanted(&[MACHINE, GrantType::JwtBearer])).await?;
        let made = match both {
            None => self.register(probe, wanted(&[MACHINE])).await?,
            both => both,
        };
        let Some(mut client) = made else { return Ok(()) };
        // A server that registers something else has no such client.
        if client.credentials.method == AuthMethod::PrivateKeyJwt {
            let maker = probe.assertion_maker(&self.issuer, &key);
            client.credentials.assertions = Some(maker);
            self.clients.asserting = Some(Asserting { client, key });
        }
        Ok(())
    }
}
