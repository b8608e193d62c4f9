//! The issuer, asked over HTTPS: its metadata says where (RFC 8414 §3), so that any issuer will do.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::checker::{Checked, IssuerUnreachable, KeysWanted, TokenChecker};
use super::remembering::Remembering;
use crate::client::{Caller, ClientError, Credentials, Jwks, Lesson, introspect};
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::{Http, Request};
use crate::protocol::jose::JwkSet;
use crate::protocol::{
    AuthorizationServerMetadata, IntrospectionResponse, IssuerUrl, Secret, TokenTypeHint,
};

/// Asks the issuer over HTTPS, as a confidential client.
#[derive(Debug)]
pub struct OverHttps {
    issuer: IssuerUrl,
    credentials: Credentials,
    http: Http,
    clock: Clock,
    // Found at the first question, so that the issuer may start after its APIs.
    endpoints: OnceCell<Endpoints>,
}

#[derive(Debug)]
struct Endpoints {
    introspection: Option<String>,
    keys: Option<Jwks>,
}

const LESSON: Lesson = Lesson {
    title: "Find the issuer's endpoints",
    why: "An API knows its issuer by one URL; everything else the issuer says itself.",
    spec: "RFC 8414 §3",
};

/// What the APIs of a lab ask: its issuer over HTTPS, behind a short memory. `secret` is that of
/// the resource server's own client.
pub fn checker(
    config: &Config,
    secret: Secret,
    http: Http,
    clock: &Clock,
) -> Arc<dyn TokenChecker> {
    let issuer = OverHttps {
        issuer: config.issuer.url.clone(),
        credentials: Credentials::basic(config.resource.client_id.as_str(), secret),
        http,
        clock: clock.clone(),
        endpoints: OnceCell::new(),
    };
    Arc::new(Remembering::new(issuer, clock.clone(), config.strict))
}

impl OverHttps {
    async fn endpoints(&self) -> Result<&Endpoints, IssuerUnreachable> {
        self.endpoints.get_or_try_init(|| self.discover()).await
    }

    /// The first document that there is. It must name this issuer, byte for byte (RFC 8414 §3.3).
    async fn discover(&self) -> Result<Endpoints, IssuerUnreachable> {
        let urls = [
            self.issuer.well_known("oauth-authorization-server"),
            self.issuer.well_known_appended("openid-configuration"),
        ];
        let mut reason = String::new();
        for url in urls {
            match self.document(url).await {
                Ok(found) if found.issuer == self.issuer.as_str() => {
                    let keys = |uri| Jwks::new(self.http.clone(), uri, self.clock.clone());
                    return Ok(Endpoints {
                        introspection: found.introspection_endpoint,
                        keys: found.jwks_uri.map(keys),
                    });
                }
                Ok(found) => reason = format!("its metadata names the issuer {}", found.issuer),
                Err(error) if reason.is_empty() => reason = error.to_string(),
                Err(_) => {}
            }
        }
        Err(IssuerUnreachable { reason })
    }

    async fn document(&self, url: String) -> Result<AuthorizationServerMetadata, ClientError> {
        let request = Request::get(url).accept("application/json");
        Caller::from(&self.http).send(&LESSON, request).await?.success()
    }

    async fn introspected(
        &self,
        token: &Secret,
    ) -> Result<IntrospectionResponse, IssuerUnreachable> {
        let endpoint = self.endpoints().await?.introspection.as_deref();
        let endpoint = endpoint.ok_or_else(|| lacks("introspection_endpoint"))?;
        let hint = Some(TokenTypeHint::AccessToken);
        Ok(introspect(&self.http, endpoint, &self.credentials, token, hint).await?)
    }

    async fn current_keys(&self, wanted: KeysWanted) -> Result<Arc<JwkSet>, IssuerUnreachable> {
        let keys = self.endpoints().await?.keys.as_ref().ok_or_else(|| lacks("jwks_uri"))?;
        Ok(match wanted {
            KeysWanted::Kept => keys.kept().await?,
            KeysWanted::Newer => keys.newer().await?,
        })
    }
}

impl TokenChecker for OverHttps {
    fn introspect<'a>(&'a self, token: &'a Secret) -> Checked<'a, IntrospectionResponse> {
        Box::pin(self.introspected(token))
    }

    fn keys(&self, wanted: KeysWanted) -> Checked<'_, Arc<JwkSet>> {
        Box::pin(self.current_keys(wanted))
    }
}

fn lacks(member: &str) -> IssuerUnreachable {
    IssuerUnreachable { reason: format!("its metadata has no {member}") }
}

impl From<ClientError> for IssuerUnreachable {
    fn from(error: ClientError) -> Self {
        Self { reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::{get, post};
    use axum::{Json, Router};
    use http::{HeaderMap, StatusCode};
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::fetch::Roots;

    /// A foreign issuer without TLS on loopback, which names itself as told.
    async fn issuer(named: Option<&str>) -> IssuerUrl {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({
            "issuer": named.unwrap_or(&url),
            "introspection_endpoint": format!("{url}/tokens/ask"),
            "jwks_uri": format!("{url}/keys"),
        });
        let ask = |headers: HeaderMap, form: String| async move {
            // Basic notes-api:s
            if headers.get("authorization").is_none_or(|v| v != "Basic bm90ZXMtYXBpOnM=") {
                return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })));
            }
            let active =
                form.contains("token=good") && form.contains("token_type_hint=access_token");
            (StatusCode::OK, Json(json!({ "active": active, "scope": null })))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(|| async { Json(metadata) }))
            .route("/tokens/ask", post(ask))
            .route("/keys", get(|| async { Json(json!({ "keys": [{ "kty": "EC" }] })) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        IssuerUrl::parse(&url).unwrap()
    }

    fn asking(issuer: IssuerUrl, secret: &str) -> Arc<dyn TokenChecker> {
        let mut config = Config::builtin().unwrap();
        config.issuer.url = issuer;
        let http = Http::new(Roots::Lab(Vec::new()), Duration::from_secs(5)).unwrap();
        checker(&config, Secret::new(secret), http, &Clock::system())
    }

    #[tokio::test]
    async fn endpoints_come_from_the_metadata_and_the_api_authenticates() {
        let checker = asking(issuer(None).await, "s");
        assert!(checker.introspect(&Secret::new("good")).await.unwrap().active);
        assert!(!checker.introspect(&Secret::new("bad")).await.unwrap().active);
        assert_eq!(checker.keys(KeysWanted::Kept).await.unwrap().keys.len(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_is_no_answer_is_never_an_active_token() {
        let wrong_secret = asking(issuer(None).await, "wrong");
        let error = wrong_secret.introspect(&Secret::new("good")).await.unwrap_err();
        assert!(error.reason.contains("invalid_client"), "{}", error.reason);
        let impostor = asking(issuer(Some("https://other.example")).await, "s");
        let error = impostor.introspect(&Secret::new("good")).await.unwrap_err();
        assert!(error.reason.contains("https://other.example"), "{}", error.reason);
        let nobody = asking(IssuerUrl::parse("http://127.0.0.1:1").unwrap(), "s");
        nobody.introspect(&Secret::new("good")).await.unwrap_err();
        nobody.keys(KeysWanted::Kept).await.unwrap_err();
    }
}
