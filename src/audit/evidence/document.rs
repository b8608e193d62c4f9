//! Published documents, read as they come: a check about a faulty document needs its faults.

use serde_json::{Map, Value};

use crate::audit::probe::{Answer, Probe, Request, Trouble};
use crate::audit::target::Api;
use crate::protocol::{AuthorizationServerMetadata, ResourceUri};

/// A published document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Where it stands.
    pub url: String,
    /// The status; `None` when nothing answered.
    pub status: Option<u16>,
    /// The JSON object of a successful answer.
    pub json: Option<Map<String, Value>>,
    /// Why nothing answered.
    pub trouble: Option<Trouble>,
}

impl Document {
    pub(super) async fn read(probe: &Probe, url: &str) -> Self {
        if url.is_empty() {
            return Self::default();
        }
        let answer = probe.send(Request::get(url).accept("application/json")).await;
        Self::of(url, answer)
    }

    /// The metadata of an API, at the place that RFC 9728 §3.1 gives it.
    pub(super) async fn of_api(probe: &Probe, api: &Api) -> Self {
        match ResourceUri::parse(&api.url) {
            Ok(resource) => Self::read(probe, &resource.metadata_url()).await,
            Err(_) => Self::default(),
        }
    }

    fn of(url: &str, answer: Result<Answer, Trouble>) -> Self {
        let url = url.to_owned();
        match answer {
            Ok(answer) => {
                let json = if answer.is_success() { answer.json() } else { None };
                Self { url, status: Some(answer.status()), json, trouble: None }
            }
            Err(trouble) => Self { url, trouble: Some(trouble), ..Self::default() },
        }
    }

    /// Whether there is a JSON object.
    pub const fn is_there(&self) -> bool {
        self.json.is_some()
    }

    /// Whether an answer came that says something about the document: a fault or a rate limit does
    /// not.
    pub fn has_spoken(&self) -> bool {
        self.status.is_some_and(|status| status < 500 && !matches!(status, 408 | 425 | 429))
    }

    /// The document as authorization server metadata. A member of a wrong type spoils nothing but
    /// itself.
    pub(super) fn metadata(&self) -> Option<AuthorizationServerMetadata> {
        let mut members = self.json.clone()?;
        loop {
            let whole = Value::Object(members.clone());
            if let Ok(metadata) = serde_json::from_value(whole) {
                return Some(metadata);
            }
            let alone = |(name, value): (&String, &Value)| {
                let one = Map::from_iter([(name.clone(), value.clone())]);
                serde_json::from_value::<AuthorizationServerMetadata>(Value::Object(one)).is_err()
            };
            let bad = members.iter().find(|member| alone(*member)).map(|(name, _)| name.clone())?;
            members.remove(&bad);
        }
    }

    /// The texts of a member that is a list.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let list = self.json.as_ref().and_then(|json| json.get(name)?.as_array());
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The text of a member.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.json.as_ref()?.get(name)?.as_str()
    }
}

#[cfg(test)]
pub(in crate::audit) mod tests {
    use serde_json::json;

    use super::*;

    /// A document as if it had been read.
    pub(in crate::audit) fn document(value: &Value) -> Document {
        let json = value.as_object().cloned();
        Document { url: "https://a/doc".to_owned(), status: Some(200), json, trouble: None }
    }

    #[test]
    fn a_member_of_a_wrong_type_spoils_nothing_but_itself() {
        let read = document(&json!({
            "issuer": "https://a", "token_endpoint": 5, "jwks_uri": null,
            "authorization_endpoint": "https://a/authorize", "grant_types_supported": "code",
        }));
        let metadata = read.metadata().unwrap();
        assert_eq!(metadata.authorization_endpoint.as_deref(), Some("https://a/authorize"));
        assert_eq!(metadata.issuer, "https://a");
        assert_eq!(metadata.token_endpoint, None);
    }
}
