//! Clients that one check registers for itself (RFC 7591). They are deleted at the end, with all the
//! others.

use serde_json::{Map, Value, json};

use super::clients::{NAME, REDIRECT_URI, key_set, registered};
use super::{Api, Evidence, Managed, Profile};
use crate::audit::finding::Outcome;
use crate::audit::probe::{Answer, Credentials, Probe, Trouble};
use crate::audit::target::Client;
use crate::protocol::jose::SigningKey;
use crate::protocol::{Algorithm, AuthMethod, GrantType, Scope};

/// A client of one check.
#[derive(Clone, Debug)]
pub struct Own {
    /// The client.
    pub client: Client,
    /// How it is managed, if it can be.
    pub managed: Option<Managed>,
    /// What was asked for.
    pub asked: Value,
    /// What was said of it.
    pub said: Map<String, Value>,
}

impl Evidence {
    /// Metadata that a sound server registers, with these members changed. Null removes one.
    pub fn metadata_with(&self, changes: &Value) -> Value {
        let read = self.apis.first().and_then(Api::read_scope);
        let scope: Vec<_> = std::iter::once("openid").chain(read).collect();
        let mut metadata = json!({
            "client_name": NAME,
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": AuthMethod::ClientSecretBasic,
            "grant_types": [GrantType::AuthorizationCode],
            "response_types": ["code"],
            "scope": scope.join(" "),
            "id_token_signed_response_alg": "ES256",
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            match (&mut metadata, value) {
                (Value::Object(members), Value::Null) => {
                    members.remove(name);
                }
                (members, value) => members[name.as_str()] = value.clone(),
            }
        }
        metadata
    }

    /// Sends a registration as the audit may, and gives the whole answer.
    pub async fn try_register(&self, probe: &Probe, changes: &Value) -> Result<Answer, Trouble> {
        let metadata = self.metadata_with(changes);
        self.ask_to_register(probe, &metadata, self.registration_token.as_ref()).await
    }

    /// Registers a client, or says why there is none.
    pub async fn register_own(&self, probe: &Probe, changes: &Value) -> Result<Own, Trouble> {
        let mut metadata = self.metadata_with(changes);
        let key = self.key_for(&mut metadata)?;
        let token = self.registration_token.as_ref();
        let answer = self.ask_to_register(probe, &metadata, token).await?;
        let refused = || Trouble::Basis(format!("no client was registered: {}", answer.summary()));
        let mut own = own(&answer, &metadata).ok_or_else(refused)?;
        let credentials = &mut own.client.credentials;
        credentials.assertions = key.map(|key| probe.assertion_maker(&self.issuer, &key));
        probe.know(credentials);
        Ok(own)
    }

    /// The key that a client needs where the profile has none without (FAPI 2.0 §5.3.2.1), beside
    /// those that it has already.
    fn key_for(&self, metadata: &mut Value) -> Result<Option<SigningKey>, Trouble> {
        let method = &mut metadata["token_endpoint_auth_method"];
        if self.profile != Profile::Fapi2 || *method == json!(AuthMethod::PrivateKeyJwt) {
            return Ok(None);
        }
        *method = json!(AuthMethod::PrivateKeyJwt);
        let key = SigningKey::generate(Algorithm::Es256)?;
        match metadata["jwks"]["keys"].as_array_mut() {
            Some(keys) => keys.push(json!(key.jwk())),
            None => metadata["jwks"] = key_set(&key),
        }
        Ok(Some(key))
    }

    /// That metadata without any fault is registered: the control of every registration.
    pub async fn registers(&self, probe: &Probe) -> Result<Outcome, Trouble> {
        Ok(self.try_register(probe, &json!({})).await?.access_outcome())
    }
}

fn own(answer: &Answer, asked: &Value) -> Option<Own> {
    let client = registered(answer)?;
    let method = asked["token_endpoint_auth_method"].as_str().and_then(AuthMethod::parse);
    let method = client.token_endpoint_auth_method.or(method).unwrap_or(AuthMethod::None);
    let texts = |name: &str| -> Vec<String> {
        let all = asked[name].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let credentials = Credentials {
        method,
        secret: client.client_secret,
        ..Credentials::public(client.client_id)
    };
    let grants = texts("grant_types");
    Some(Own {
        client: Client {
            credentials,
            redirect_uri: texts("redirect_uris").into_iter().next().unwrap_or_default(),
            grants: grants.iter().filter_map(|name| GrantType::parse(name)).collect(),
            scope: Scope::parse(asked["scope"].as_str().unwrap_or_default()).unwrap_or_default(),
        },
        managed: Managed::of(answer),
        asked: asked.clone(),
        said: answer.json()?,
    })
}
