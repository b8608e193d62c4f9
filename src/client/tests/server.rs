//! A server that behaves, except for one fault.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock::Timestamp;
use crate::fetch::{Http, Roots};
use crate::protocol::forge::Genuine;
use crate::protocol::jose::{JwkSet, SigningKey, half_hash};
use crate::protocol::{Algorithm, CodeVerifier, Form};

/// The moment at which everything happens.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(super) const API: &str = "https://api.test/notes";

/// The one thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    OnlyOpenId,
    NoMetadata,
    OtherIssuer,
    PlainEndpoint,
    NotJson,
    WrongState,
    NoState,
    TwoCodes,
    NoIss,
    OtherIss,
    NoCode,
    ErrorRedirect,
    ErrorRedirectOfOthers,
    TokenError,
    OddTokenType,
    NoIdToken,
    Unsigned,
    ForeignKey,
    OtherIdIss,
    OtherAud,
    ManyAudNoAzp,
    Expired,
    FromTheFuture,
    WrongNonce,
    WrongAtHash,
    AccessForOtherApi,
    AccessForOtherClient,
    OtherPlace,
    NotSigned,
    PlainErrorInstead,
    SignedByOther,
    SignedByNobody,
    SignedIssOther,
    SignedAudOther,
    SignedExpired,
    SignedNoState,
    SignedOtherState,
    SignedError,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) origin: String,
    fault: Fault,
    key: SigningKey,
    /// What `/authorize` was asked.
    asked: Arc<Mutex<Form>>,
}

pub(super) fn http() -> Http {
    Http::new(Roots::System, Duration::from_secs(5)).unwrap()
}

impl Server {
    pub(super) async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            fault,
            key: SigningKey::generate(Algorithm::Es256).unwrap(),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(Self::oauth_metadata))
            .route("/.well-known/openid-configuration", get(Self::openid_metadata))
            .route("/authorize", get(Self::authorize))
            .route("/token", post(Self::token))
            .route("/jwks", get(Self::jwks))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    async fn oauth_metadata(State(server): State<Self>) -> Response {
        match server.fault {
            Fault::OnlyOpenId | Fault::NoMetadata => StatusCode::NOT_FOUND.into_response(),
            Fault::NotJson => "<html>".into_response(),
            _ => Json(server.metadata()).into_response(),
        }
    }

    async fn openid_metadata(State(server): State<Self>) -> Response {
        match server.fault {
            Fault::NoMetadata | Fault::NotJson => StatusCode::NOT_FOUND.into_response(),
            _ => Json(server.metadata()).into_response(),
        }
    }

    fn metadata(&self) -> Value {
        let Self { origin, fault, .. } = self;
        let other = format!("{origin}/");
        let issuer = if *fault == Fault::OtherIssuer { &other } else { origin };
        let plain = "http://192.0.2.1/token".to_owned();
        let token = format!("{origin}/token");
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{origin}/authorize?tenant=1"),
            "token_endpoint": if *fault == Fault::PlainEndpoint { plain } else { token },
            "jwks_uri": format!("{origin}/jwks"),
            "registration_endpoint": null,
            "id_token_signing_alg_values_supported": ["ES256", "HS256"],
            "authorization_signing_alg_values_supported": ["ES256", "HS256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    async fn authorize(State(server): State<Self>, uri: Uri) -> Response {
        let form = Form::parse(uri.query().unwrap_or_default().as_bytes()).unwrap();
        let state = form.get("state").unwrap_or_default().to_owned();
        let redirect = form.get("redirect_uri").unwrap_or_default().to_owned();
        *server.asked.lock().unwrap() = form;
        let mode = server.asked.lock().unwrap().get("response_mode").map(str::to_owned);
        let parameters = match mode.as_deref() {
            Some(mode) if mode.ends_with("jwt") => server.signed(&state),
            _ => server.plain(&state),
        };
        match mode.as_deref() {
            Some("form_post" | "form_post.jwt") if server.fault != Fault::OtherPlace => {
                Html(auto_form(&redirect, &parameters)).into_response()
            }
            Some("fragment" | "fragment.jwt") if server.fault != Fault::OtherPlace => {
                Redirect::to(&format!("{redirect}#{parameters}")).into_response()
            }
            _ => Redirect::to(&format!("{redirect}?{parameters}")).into_response(),
        }
    }

    fn plain(&self, state: &str) -> String {
        let (answer, iss) = ("code=c", self.origin.as_str());
        match self.fault {
            Fault::WrongState => format!("{answer}&state=other&iss={iss}"),
            Fault::NoState => format!("{answer}&iss={iss}"),
            Fault::TwoCodes => format!("{answer}&code=d&state={state}&iss={iss}"),
            Fault::NoIss => format!("{answer}&state={state}"),
            Fault::OtherIss => format!("{answer}&state={state}&iss={iss}/"),
            Fault::NoCode => format!("state={state}&iss={iss}"),
            Fault::ErrorRedirect => {
                format!("error=access_denied&error_description=no%0Away&state={state}&iss={iss}")
            }
            Fault::ErrorRedirectOfOthers => format!("error=access_denied&state=other&iss={iss}"),
            _ => format!("{answer}&state={state}&iss={iss}"),
        }
    }

    fn signed(&self, state: &str) -> String {
        let mut claims = json!({
            "iss": self.origin, "aud": "app", "exp": NOW.secs() + 60, "code": "c", "state": state,
        });
        let change = match self.fault {
            Fault::SignedIssOther => json!({ "iss": format!("{}/", self.origin) }),
            Fault::SignedAudOther => json!({ "aud": "other" }),
            Fault::SignedExpired => json!({ "exp": NOW.secs() - 61 }),
            Fault::SignedNoState => json!({ "state": null }),
            Fault::SignedOtherState => json!({ "state": "other" }),
            Fault::SignedError => json!({ "code": null, "error": "access_denied" }),
            Fault::NotSigned => return self.plain(state),
            Fault::PlainErrorInstead => return format!("error=server_error&state={state}"),
            _ => json!({}),
        };
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let signed = self.key.sign("JWT", &claims).unwrap();
        let forged = match self.fault {
            Fault::SignedByOther => {
                let foreign = SigningKey::generate(Algorithm::Es256).unwrap();
                Genuine::of(&signed).unwrap().signed_by(&foreign).unwrap()
            }
            Fault::SignedByNobody => Genuine::of(&signed).unwrap().unsigned("none"),
            _ => signed,
        };
        // What stands beside the JWT is nobody's word.
        format!("response={}&code=other&state={state}", forged.expose())
    }

    async fn token(State(server): State<Self>, body: String) -> Response {
        let form = Form::parse(body.as_bytes()).unwrap();
        let asked = server.asked.lock().unwrap().clone();
        let verifier = form.get("code_verifier").and_then(|v| CodeVerifier::parse(v).ok()).unwrap();
        let challenge = verifier.challenge(crate::protocol::ChallengeMethod::S256);
        assert_eq!(asked.get("code_challenge"), Some(challenge.as_str()));
        assert_eq!(asked.get("tenant"), Some("1"), "the endpoint's own query stays");
        assert_eq!(form.get("redirect_uri"), asked.get("redirect_uri"));
        assert_eq!(form.get("code"), Some("c"), "of two codes, the signed one");
        if server.fault == Fault::TokenError {
            let error = json!({ "error": "invalid_grant", "error_description": "spent" });
            let trace = [("x-oauthlab-trace", "0123456789abcdef01234567")];
            return (StatusCode::BAD_REQUEST, trace, Json(error)).into_response();
        }
        Json(server.tokens(&asked)).into_response()
    }

    fn tokens(&self, asked: &Form) -> Value {
        let fault = self.fault;
        let now = NOW.secs();
        let client = asked.get("client_id").unwrap();
        let access = json!({
            "iss": self.origin, "sub": "alice", "exp": now + 300, "iat": now, "jti": "j",
            "aud": if fault == Fault::AccessForOtherApi { "https://api.test/other" } else { API },
            "client_id": if fault == Fault::AccessForOtherClient { "other" } else { client },
        });
        let access = self.key.sign("at+jwt", &access).unwrap();
        let hashed = if fault == Fault::WrongAtHash { "other" } else { access.expose() };
        let mut claims = json!({
            "iss": self.origin, "sub": "alice", "aud": client, "exp": now + 300, "iat": now,
            "nonce": asked.get("nonce"), "at_hash": half_hash(hashed, Algorithm::Es256),
        });
        let change = match fault {
            Fault::OtherIdIss => json!({ "iss": "https://other.test" }),
            Fault::OtherAud => json!({ "aud": "other" }),
            Fault::ManyAudNoAzp => json!({ "aud": [client, "other"] }),
            Fault::Expired => json!({ "exp": now - 61 }),
            Fault::FromTheFuture => json!({ "iat": now + 61 }),
            Fault::WrongNonce => json!({ "nonce": "other" }),
            _ => json!({}),
        };
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let foreign = SigningKey::generate(Algorithm::Es256).unwrap();
        let id_token = match fault {
            Fault::Unsigned => {
                let signed = self.key.sign("JWT", &claims).unwrap();
                let payload = signed.expose().split('.').nth(1).unwrap().to_owned();
                // {"alg":"none"}
                Some(format!("eyJhbGciOiJub25lIn0.{payload}."))
            }
            Fault::NoIdToken => None,
            Fault::ForeignKey => Some(foreign.sign("JWT", &claims).unwrap().expose().to_owned()),
            _ => Some(self.key.sign("JWT", &claims).unwrap().expose().to_owned()),
        };
        json!({
            "access_token": access.expose(),
            "token_type": if fault == Fault::OddTokenType { "mac" } else { "bearer" },
            "expires_in": 300,
            "scope": "openid",
            "refresh_token": null,
            "id_token": id_token,
        })
    }

    async fn jwks(State(server): State<Self>) -> Json<JwkSet> {
        Json(JwkSet { keys: vec![server.key.jwk().clone()] })
    }
}

/// A page that posts these parameters, none of which is encoded.
fn auto_form(action: &str, parameters: &str) -> String {
    let fields = parameters.split('&').map(|pair| pair.split_once('=').unwrap());
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("<input type=hidden name=\"{name}\" value=\"{value}\">"))
        .collect();
    let fields = fields.concat();
    format!("<form method=post action=\"{action}\">{fields}<button>Continue</button></form>")
}
