//! Good requests of every kind, which a check then spoils in one place.

use http::Method;
use http::header::ACCEPT;
use serde_json::json;

use super::{Answer, Credentials, Params, Probe, Request, Session, Trouble};
use crate::audit::target::{Api, ApiKind, Client};
use crate::protocol::{ChallengeMethod, CodeVerifier, Secret, TokenResponse};

/// Where the server answers. Empty strings stand for what it does not have.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// RFC 6749 §3.1.
    pub authorization: String,
    /// RFC 6749 §3.2.
    pub token: String,
    /// RFC 7662.
    pub introspection: String,
    /// RFC 7009.
    pub revocation: String,
    /// RFC 7591.
    pub registration: String,
    /// RFC 9126.
    pub pushed: String,
    /// RFC 8628.
    pub device: String,
    /// OpenID Connect Core 1.0 §5.3.
    pub userinfo: String,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: String,
}

/// A code verifier with its challenge.
#[derive(Clone, Debug)]
pub struct Pkce {
    /// The verifier.
    pub verifier: Secret,
    /// BASE64URL(SHA-256(verifier)).
    pub challenge: String,
}

/// A code with what belongs to it.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code.
    pub code: Secret,
    /// Its verifier and challenge.
    pub pkce: Pkce,
    /// Where it was sent.
    pub redirect_uri: String,
}

/// Tokens with the client that they were issued to.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The answer of the token endpoint.
    pub tokens: TokenResponse,
    /// The nonce of the authorization request, if there was one.
    pub nonce: Option<String>,
}

impl Grant {
    /// The refresh token, or why the check cannot go on.
    pub fn refresh_token(&self) -> Result<&Secret, Trouble> {
        let missing = || Trouble::Basis("no refresh token was issued".to_owned());
        self.tokens.refresh_token.as_ref().ok_or_else(missing)
    }

    /// The granted scope.
    pub fn scope(&self) -> &str {
        self.tokens.scope.as_deref().unwrap_or_default()
    }
}

impl Probe {
    /// A new verifier with its challenge.
    pub fn pkce(&self) -> Result<Pkce, Trouble> {
        let verifier = self.random()?;
        let parsed = CodeVerifier::parse(verifier.expose())
            .map_err(|malformed| Trouble::Basis(malformed.to_string()))?;
        let challenge = parsed.challenge(ChallengeMethod::S256).as_str().to_owned();
        Ok(Pkce { verifier, challenge })
    }

    /// A good authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
    pub fn asking(&self, client: &Client, scope: &str, pkce: &Pkce) -> Result<Params, Trouble> {
        Ok(Params::of([
            ("response_type", "code"),
            ("client_id", client.id()),
            ("redirect_uri", &client.redirect_uri),
            ("scope", scope),
            ("state", self.random()?.expose()),
            ("nonce", self.random()?.expose()),
            ("code_challenge", &pkce.challenge),
            ("code_challenge_method", "S256"),
        ]))
    }

    /// A good code for a scope.
    pub async fn code(
        &self,
        at: &Endpoints,
        client: &Client,
        session: &mut Session,
        scope: &str,
    ) -> Result<Code, Trouble> {
        let pkce = self.pkce()?;
        let asking = self.asking(client, scope, &pkce)?;
        self.code_for(at, session, &asking, pkce).await
    }

    /// The code that a request yields.
    pub async fn code_for(
        &self,
        at: &Endpoints,
        session: &mut Session,
        asking: &Params,
        pkce: Pkce,
    ) -> Result<Code, Trouble> {
        let authorized = self.authorize(at, session, asking).await?;
        let no_code = || Trouble::Basis(format!("no code was issued: {}", authorized.summary()));
        let code = authorized.code().ok_or_else(no_code)?;
        let redirect_uri = asking.get("redirect_uri").unwrap_or_default().to_owned();
        Ok(Code { code, pkce, redirect_uri })
    }

    /// Tokens by way of a code.
    pub async fn grant(
        &self,
        at: &Endpoints,
        client: &Client,
        session: &mut Session,
        scope: &str,
    ) -> Result<Grant, Trouble> {
        let pkce = self.pkce()?;
        let asking = self.asking(client, scope, &pkce)?;
        let code = self.code_for(at, session, &asking, pkce).await?;
        let answer = self.token(at, Some(&client.credentials), &redemption(&code)).await?;
        let nonce = asking.get("nonce").map(str::to_owned);
        Ok(Grant { tokens: tokens(&answer)?, nonce })
    }

    /// Tokens for a client that acts for itself.
    pub async fn machine_grant(
        &self,
        at: &Endpoints,
        client: &Client,
        scope: &str,
    ) -> Result<Grant, Trouble> {
        let answer = self.token(at, Some(&client.credentials), &for_itself(scope)).await?;
        Ok(Grant { tokens: tokens(&answer)?, nonce: None })
    }

    /// A token request. Without credentials the request carries what `params` hold, and no more.
    pub async fn token(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        params: &Params,
    ) -> Result<Answer, Trouble> {
        let answer = self.form(&at.token, credentials, params).await?;
        self.remember_tokens(&answer, credentials, params);
        Ok(answer)
    }

    /// An introspection request.
    pub async fn introspect(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        token: &Secret,
    ) -> Result<Answer, Trouble> {
        let params = Params::of([("token", token.expose())]);
        self.form(&at.introspection, credentials, &params).await
    }

    /// A revocation request.
    pub async fn revoke(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        token: &Secret,
    ) -> Result<Answer, Trouble> {
        let params = Params::of([("token", token.expose())]);
        self.form(&at.revocation, credentials, &params).await
    }

    /// Any form request.
    pub async fn form(
        &self,
        url: &str,
        credentials: Option<&Credentials>,
        params: &Params,
    ) -> Result<Answer, Trouble> {
        self.send_made(|| form_request(url, credentials, params)).await
    }

    /// Reads at an API, with a bearer token or without.
    pub async fn call(&self, api: &Api, token: Option<&Secret>) -> Result<Answer, Trouble> {
        self.send(with_token(reading(api), token)).await
    }
}

/// A form request, to be sent or to be spoiled first.
pub fn form_request(url: &str, credentials: Option<&Credentials>, params: &Params) -> Request {
    let request = Request::post_form(url, &params.pairs());
    let request = match credentials {
        Some(credentials) => credentials.decorate(request),
        None => request,
    };
    request.accept("application/json")
}

/// The request that reads at an API.
pub fn reading(api: &Api) -> Request {
    match api.kind {
        ApiKind::Notes | ApiKind::Get => Request::get(&api.url).accept("application/json"),
        ApiKind::Mcp => {
            let body = json!({
                "jsonrpc": "2.0", "id": 1, "method": "initialize",
                "params": {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {},
                    "clientInfo": { "name": "oauthlab-audit", "version": env!("CARGO_PKG_VERSION") },
                },
            });
            let request = Request::new(Method::POST, &api.url).json(&body);
            request.header(ACCEPT, "application/json, text/event-stream")
        }
    }
}

/// The request that writes a note.
pub fn writing(api: &Api, text: &str) -> Request {
    let request = Request::new(Method::POST, &api.url).json(&json!({ "text": text }));
    request.accept("application/json")
}

/// Adds a bearer token.
pub fn with_token(request: Request, token: Option<&Secret>) -> Request {
    match token {
        Some(token) => request.bearer(token),
        None => request,
    }
}

/// A good request to redeem a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub fn redemption(code: &Code) -> Params {
    Params::of([
        ("grant_type", "authorization_code"),
        ("code", code.code.expose()),
        ("redirect_uri", &code.redirect_uri),
        ("code_verifier", code.pkce.verifier.expose()),
    ])
}

/// A good request to refresh (RFC 6749 §6).
pub fn refreshing(refresh_token: &Secret) -> Params {
    Params::of([("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())])
}

/// A good request of a client that acts for itself (RFC 6749 §4.4.2).
pub fn for_itself(scope: &str) -> Params {
    Params::of([("grant_type", "client_credentials"), ("scope", scope)])
}

/// The tokens of an answer, or why the check cannot go on.
pub fn tokens(answer: &Answer) -> Result<TokenResponse, Trouble> {
    let refused = || Trouble::Basis(format!("no token was issued: {}", answer.summary()));
    answer.tokens().ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn the_mcp_request_is_json_and_accepts_both_kinds_of_answer() {
        let url = "https://localhost/mcp".to_owned();
        let request = reading(&Api { url, kind: ApiKind::Mcp, scopes: Vec::new() });
        let has = |name| request.headers.iter().any(|(known, _)| *known == name);
        assert!(has(CONTENT_TYPE) && has(ACCEPT));
        assert_eq!(request.method, Method::POST);
    }
}
