//! Clients that are known by the address of their metadata
//! (draft-ietf-oauth-client-id-metadata-document). A document is fetched when a browser brings the
//! address, or a request is pushed, and never for anybody else: later requests find it here.

mod kept;

pub(super) use kept::Documents;

use serde_json::{Map, Value};

use super::client_keys::freshness;
use super::fault::Stop;
use super::register::Members;
use super::{Client, Issuer};
use crate::clock::Timestamp;
use crate::config::{ClientIdMetadata, CustomClaims, Profile};
use crate::fetch::{FetchError, Response};
use crate::protocol::{
    ApplicationType, AuthMethod, ClientId, ClientIdUrl, ClientIdUrlError, ClientMetadata,
    GrantType, RedirectUri, ResponseType,
};
use crate::rule::{self, Fact, Judge, NoWaivers, Rule};

/// The draft recommends a bound of 5 kilobytes (§8.7).
const LARGEST: usize = 5 * 1024;

/// Why a document makes no client. Never an answer to a later request: it is fetched again.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    Url(ClientIdUrlError),
    Host,
    Busy,
    Unfetched(FetchError),
    Answer(&'static str),
    Identity,
    Secret,
    Metadata(&'static Rule),
}

impl Refusal {
    const fn rule(&self) -> &'static Rule {
        match self {
            Self::Url(_) => &rule::CIMD_URL,
            Self::Host => &rule::CIMD_ALLOWED,
            Self::Busy => &rule::CIMD_RATE,
            Self::Unfetched(_) | Self::Answer(_) => &rule::CIMD_FETCHED,
            Self::Identity => &rule::CIMD_IDENTITY,
            Self::Secret => &rule::CIMD_AUTH_METHOD,
            Self::Metadata(_) => &rule::CIMD_DOCUMENT,
        }
    }

    fn facts(&self, id: &str) -> (Fact, Fact) {
        match self {
            Self::Url(why) => (Fact::public(why), Fact::public(id)),
            Self::Host => (Fact::fixed("a host of client_id_metadata.allow"), Fact::public(id)),
            Self::Busy => (Fact::fixed("fewer fetches"), Fact::public(id)),
            Self::Unfetched(why) => (Fact::fixed("a document"), Fact::public(why)),
            Self::Answer(why) => (Fact::public(why), Fact::public(id)),
            Self::Identity => (Fact::public(id), Fact::fixed("another client_id")),
            Self::Secret => {
                (Fact::fixed("none or private_key_jwt"), Fact::fixed("a shared secret"))
            }
            Self::Metadata(broken) => (Fact::public(broken.title), Fact::fixed(broken.id)),
        }
    }
}

/// The rules above, in their order.
const RULES: [&Rule; 7] = [
    &rule::CIMD_URL,
    &rule::CIMD_ALLOWED,
    &rule::CIMD_RATE,
    &rule::CIMD_FETCHED,
    &rule::CIMD_IDENTITY,
    &rule::CIMD_AUTH_METHOD,
    &rule::CIMD_DOCUMENT,
];

impl Issuer {
    /// Gathers the document of a client that is meant to have one; nothing where it is kept and
    /// fresh, or where the client is known otherwise.
    pub(super) async fn fetch_document(&self, id: Option<&str>) -> Option<Refusal> {
        let id = id.filter(|id| ClientIdUrl::is_meant(id))?;
        if matches!(self.config.client_id_metadata, ClientIdMetadata::Off)
            || self.clients.get(id).is_some()
            || self.documents.is_fresh(id, self.now())
        {
            return None;
        }
        self.fetched(id).await.err()
    }

    /// Judges what came of it.
    pub(super) fn judge_document(
        judge: &mut Judge<'_>,
        id: Option<&str>,
        refused: Option<&Refusal>,
    ) -> Result<(), Stop> {
        for rule in RULES {
            match refused.filter(|refused| *refused.rule() == *rule) {
                Some(refused) => {
                    judge.check(rule, false, || refused.facts(id.unwrap_or_default()));
                    break;
                }
                None => judge.not_applicable(rule),
            }
        }
        Ok(judge.stage()?)
    }

    /// The client of a kept document.
    pub(super) fn document_client(&self, id: &str) -> Option<Client> {
        self.documents.get(id, self.now())
    }

    /// The document of `oauthlab token` as such a client, where the lab admits them.
    pub fn command_line_client(&self) -> Option<Value> {
        if self.config.client_id_metadata == ClientIdMetadata::Off {
            return None;
        }
        let metadata = ClientMetadata {
            redirect_uris: RedirectUri::parse("http://127.0.0.1/callback").into_iter().collect(),
            token_endpoint_auth_method: AuthMethod::None,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_types: vec![ResponseType::Code],
            client_name: Some("oauthlab on the command line".to_owned()),
            application_type: Some(ApplicationType::Native),
            ..ClientMetadata::default()
        };
        let mut document = serde_json::to_value(metadata).ok()?;
        let id = self.url().endpoint("/clients/cli.json");
        document.as_object_mut()?.insert("client_id".to_owned(), id.into());
        Some(document)
    }

    async fn fetched(&self, id: &str) -> Result<(), Refusal> {
        let url = ClientIdUrl::parse(id).map_err(Refusal::Url)?;
        if let ClientIdMetadata::Hosts(hosts) = &self.config.client_id_metadata
            && !hosts.iter().any(|host| host == url.host())
        {
            return Err(Refusal::Host);
        }
        let _turn = self.documents.turn(self.now()).ok_or(Refusal::Busy)?;
        let answer = self.outgoing.get(url.as_str()).await.map_err(Refusal::Unfetched)?;
        let members = members(&answer)?;
        let client = self.described(&url, members)?;
        let until: Timestamp = self.now().plus(freshness(&answer));
        self.documents.keep(client, until, self.now());
        Ok(())
    }

    /// The client that a document describes.
    fn described(
        &self,
        url: &ClientIdUrl,
        mut members: Map<String, Value>,
    ) -> Result<Client, Refusal> {
        let text = |members: &Map<String, Value>, name: &str| {
            members.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        if text(&members, "client_id").as_deref() != Some(url.as_str()) {
            return Err(Refusal::Identity);
        }
        let method = text(&members, "token_endpoint_auth_method");
        let method = method.unwrap_or_else(|| "none".to_owned());
        let shared = ["client_secret", "client_secret_expires_at"];
        if method.starts_with("client_secret") || shared.iter().any(|n| members.contains_key(*n)) {
            return Err(Refusal::Secret);
        }
        members.insert("token_endpoint_auth_method".to_owned(), method.into());
        // The Model Context Protocol wants a name; the draft does not.
        if self.config.profile == Profile::Mcp && !members.contains_key("client_name") {
            return Err(Refusal::Metadata(&rule::REGISTRATION_TEXT));
        }
        let read = Members::of(members).ok_or(Refusal::Metadata(&rule::REGISTRATION_JSON))?;
        let mut judge = Judge::new(&rule::REGISTER, &NoWaivers);
        let judged = self.judge_members(&mut judge, &read);
        let broken = judge.broken().first().copied();
        let metadata =
            judged.map_err(|_| Refusal::Metadata(broken.unwrap_or(&rule::REGISTRATION_JSON)))?;
        Ok(Client {
            id: ClientId::parse(url.as_str())
                .map_err(|_| Refusal::Url(ClientIdUrlError::Spelling))?,
            metadata,
            secret_sha256: None,
            mac_secret: None,
            guessable: false,
            preregistered: false,
            host: Some(url.host().to_owned()),
            claims: CustomClaims::default(),
        })
    }
}

fn members(answer: &Response) -> Result<Map<String, Value>, Refusal> {
    if answer.status != 200 {
        return Err(Refusal::Answer("status 200, without redirect"));
    }
    let media = answer.media_type().unwrap_or_default();
    let structured = media.strip_prefix("application/").is_some_and(|kind| kind.ends_with("+json"));
    if media != "application/json" && !structured {
        return Err(Refusal::Answer("application/json"));
    }
    if answer.body.len() > LARGEST {
        return Err(Refusal::Answer("at most 5 KiB"));
    }
    answer.json().map_err(|_| Refusal::Answer("a JSON object"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::issuer::tests::issuer;
    use crate::protocol::hostile_input::{changed, edits};

    const URL: &str = "https://app.example/client.json";

    fn served(body: impl Into<Vec<u8>>) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        Response { status: 200, headers, body: body.into() }
    }

    /// What becomes of a served document. Whoever comes out is who was asked for, has a redirect URI
    /// or needs none, and shares no secret.
    fn judge(issuer: &Issuer, body: impl Into<Vec<u8>>) -> Option<Client> {
        let url = ClientIdUrl::parse(URL).unwrap();
        let client = issuer.described(&url, members(&served(body)).ok()?).ok()?;
        let metadata = &client.metadata;
        assert_eq!(client.id.as_str(), URL);
        assert!(!metadata.token_endpoint_auth_method.sends_secret());
        assert_ne!(metadata.token_endpoint_auth_method, AuthMethod::ClientSecretJwt);
        assert!(client.secret_sha256.is_none() && client.mac_secret.is_none());
        assert!(metadata.redirect_uris.len() <= 32, "{}", metadata.redirect_uris.len());
        Some(client)
    }

    fn document() -> String {
        json!({
            "client_id": URL, "client_name": "An application", "redirect_uris": ["https://app.example/cb"],
            "grant_types": ["authorization_code"], "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": "https://app.example/jwks", "contacts": ["a@app.example"],
        })
        .to_string()
    }

    #[tokio::test]
    async fn a_document_has_at_most_five_kilobytes() {
        let (issuer, _) = issuer();
        let padded = |length: usize| document() + &" ".repeat(length - document().len());
        assert!(judge(&issuer, padded(LARGEST)).is_some());
        assert!(judge(&issuer, padded(LARGEST + 1)).is_none());
    }

    #[tokio::test]
    async fn whatever_is_served_makes_no_other_client_and_no_panic() {
        let (issuer, _) = issuer();
        let bytes = prop::collection::vec(any::<u8>(), 0..300);
        proptest!(|(edits in edits(), bytes in bytes, depth in 1..2000usize)| {
            judge(&issuer, changed(&document(), &edits));
            judge(&issuer, bytes);
            let deep = format!("{{\"client_id\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            prop_assert!(judge(&issuer, deep).is_none());
        });
    }
}
