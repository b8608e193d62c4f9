//! The authorization code grant (RFC 6749 §4.1) with PKCE (RFC 7636): build the URL, judge the
//! redirect that comes back, redeem the code. The request can be signed (RFC 9101) and pushed
//! (RFC 9126) before.

use url::Url;

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::prover::Prover;
use super::token_request::{Granted, TokenTarget, ask};
use crate::fetch::Request;
use crate::protocol::{ChallengeMethod, CodeVerifier, ResponseMode, Secret};
use crate::random::Random;

const REDEEM: Lesson = Lesson {
    title: "Redeem the code",
    why: "The code travelled through the browser; only the client that started the flow can redeem it, since only it knows the verifier.",
    spec: "RFC 6749 §4.1.3, RFC 7636 §4.5",
};

/// What an authorization request asks for.
#[derive(Clone, Debug)]
pub struct CodeSettings {
    /// The client.
    pub credentials: Credentials,
    /// Where the user is sent back to.
    pub redirect_uri: String,
    /// Scope and APIs.
    pub target: TokenTarget,
    /// The PKCE method; `None` sends no challenge.
    pub pkce: Option<ChallengeMethod>,
    /// How the answer is to come back; `None` leaves it to the default, the query.
    pub response_mode: Option<ResponseMode>,
    /// Further parameters, such as `prompt`.
    pub extra: Vec<(String, String)>,
}

/// One run of the flow: what was sent, and what must therefore come back. The fields are open, so
/// that a drill can change one and see what the server says.
#[derive(Clone, Debug)]
pub struct CodeFlow {
    /// The settings.
    pub settings: CodeSettings,
    /// `state`: ties the answer to this browser.
    pub state: Secret,
    /// `nonce`: ties the ID token to this request. Only with the scope `openid`.
    pub nonce: Option<Secret>,
    /// The PKCE verifier: proves at redemption who asked.
    pub verifier: Option<CodeVerifier>,
    /// The issuer that the answer must come from.
    pub issuer: String,
    /// The endpoint that the user is sent to.
    pub authorization_endpoint: String,
    /// Whether the server says that it sends `iss` (RFC 9207 §3).
    pub iss_promised: bool,
    /// The thumbprint of the key that the code shall be redeemed with (RFC 9449 §10), once
    /// [`CodeFlow::announce`] has named it.
    pub dpop_jkt: Option<String>,
    /// The algorithms that the server says it signs answers with (JARM §4).
    pub response_algs: Vec<String>,
    /// The signed request, once [`CodeFlow::sign`] has made it.
    pub request_object: Option<Secret>,
    /// The reference to the pushed request, once [`CodeFlow::push`] has got it.
    pub request_uri: Option<Secret>,
}

impl CodeFlow {
    /// Begins a run with fresh values.
    pub fn begin(
        server: &AuthorizationServer,
        settings: CodeSettings,
        random: &Random,
    ) -> Result<Self, ClientError> {
        let openid = settings.target.scope.as_ref().is_some_and(|scope| scope.contains("openid"));
        let nonce = if openid { Some(Secret::new(random.token("nonce")?)) } else { None };
        let verifier = match settings.pkce {
            Some(_) => CodeVerifier::parse(&random.token("code verifier")?).ok(),
            None => None,
        };
        let promised = server.metadata.authorization_response_iss_parameter_supported;
        Ok(Self {
            settings,
            state: Secret::new(random.token("state")?),
            nonce,
            verifier,
            issuer: server.issuer.as_str().to_owned(),
            authorization_endpoint: server.authorization_endpoint()?.to_owned(),
            iss_promised: promised == Some(true),
            dpop_jkt: None,
            response_algs: server.metadata.authorization_signing_alg_values_supported.clone(),
            request_object: None,
            request_uri: None,
        })
    }

    /// Announces the key that the code will be redeemed with, so that no other one will do.
    pub fn announce(&mut self, prover: &Prover) {
        self.dpop_jkt = Some(prover.thumbprint());
    }

    /// The URL that the user's browser opens (RFC 6749 §4.1.1). The endpoint's own query stays
    /// (§3.1).
    pub fn url(&self) -> Result<String, ClientError> {
        let mut url = Url::parse(&self.authorization_endpoint).map_err(|error| {
            ClientError::Input { what: "the authorization endpoint", detail: error.to_string() }
        })?;
        let parameters = match &self.request_uri {
            Some(reference) => self.named("request_uri", reference),
            None => self.carried(),
        };
        url.query_pairs_mut().extend_pairs(parameters);
        Ok(url.into())
    }

    /// What is sent: the parameters, or the object that they are in.
    pub(super) fn carried(&self) -> Vec<(&str, String)> {
        match &self.request_object {
            Some(object) => self.named("request", object),
            None => self.parameters(),
        }
    }

    /// One thing stands for all parameters but the client's identifier (RFC 9101 §5).
    fn named<'n>(&self, name: &'n str, value: &Secret) -> Vec<(&'n str, String)> {
        let client_id = self.settings.credentials.client_id.clone();
        vec![("client_id", client_id), (name, value.expose().to_owned())]
    }

    /// The parameters of the request.
    pub(super) fn parameters(&self) -> Vec<(&str, String)> {
        let CodeSettings { credentials, redirect_uri, target, pkce, response_mode, extra } =
            &self.settings;
        let mut all = vec![
            ("response_type", "code".to_owned()),
            ("client_id", credentials.client_id.clone()),
            ("redirect_uri", redirect_uri.clone()),
            ("state", self.state.expose().to_owned()),
        ];
        all.extend(target.scope.as_ref().map(|scope| ("scope", scope.to_string())));
        all.extend(self.nonce.as_ref().map(|nonce| ("nonce", nonce.expose().to_owned())));
        if let (Some(method), Some(verifier)) = (pkce, &self.verifier) {
            all.push(("code_challenge", verifier.challenge(*method).as_str().to_owned()));
            all.push(("code_challenge_method", method.as_str().to_owned()));
        }
        all.extend(response_mode.map(|mode| ("response_mode", mode.as_str().to_owned())));
        all.extend(target.resources.iter().map(|resource| ("resource", resource.clone())));
        all.extend(self.dpop_jkt.as_ref().map(|jkt| ("dpop_jkt", jkt.clone())));
        all.extend(extra.iter().map(|(name, value)| (name.as_str(), value.clone())));
        all
    }

    /// Redeems the code. The answer's own checks are made; those of the tokens are
    /// [`verify_tokens`](super::verify_tokens)'s.
    pub async fn redeem<'a>(
        &self,
        caller: impl Into<Caller<'a>>,
        server: &AuthorizationServer,
        code: &Secret,
    ) -> Result<Granted, ClientError> {
        let CodeSettings { credentials, redirect_uri, target, .. } = &self.settings;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
        ];
        let mut request = Request::post_form(server.token_endpoint()?, &form);
        if let Some(verifier) = &self.verifier {
            request = request.form_field("code_verifier", verifier.secret().expose());
        }
        for resource in &target.resources {
            request = request.form_field("resource", resource);
        }
        ask(caller.into(), &REDEEM, request, credentials, target.scope.as_ref()).await
    }
}
