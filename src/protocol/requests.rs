//! Requests as they arrive: read into a shape, not yet judged. What is missing stays missing, so
//! that every rule with facts can be judged and shown.

use serde::{Deserialize, Serialize};

use super::{AssertionRequest, ExchangeRequest, Form, GrantType, Secret};

/// A token request, tagged by its grant (RFC 6749 §4.1.3, §4.3.2, §4.4.2, §6, RFC 8628 §3.4).
#[derive(Clone, Debug)]
pub enum TokenRequest {
    /// No `grant_type`.
    NoGrantType,
    /// A `grant_type` that we do not have.
    Unsupported(String),
    /// RFC 6749 §4.1.3 with RFC 7636 §4.5.
    AuthorizationCode(CodeRequest),
    /// RFC 6749 §4.4.2.
    ClientCredentials(ScopeRequest),
    /// RFC 6749 §6.
    RefreshToken {
        /// The refresh token.
        refresh_token: Option<Secret>,
        /// Scope and resources.
        narrowed: ScopeRequest,
    },
    /// RFC 8628 §3.4.
    DeviceCode(DeviceCodeRequest),
    /// RFC 6749 §4.3.2.
    Password(PasswordRequest),
    /// RFC 8693 §2.1.
    Exchange(ExchangeRequest),
    /// RFC 7523 §2.1.
    JwtBearer(AssertionRequest),
}

/// Parameters of the device authorization grant at the token endpoint.
#[derive(Clone, Debug, Default)]
pub struct DeviceCodeRequest {
    /// The device code.
    pub device_code: Option<Secret>,
    /// RFC 8707 §2.2.
    pub resources: Vec<String>,
}

/// Parameters of the resource owner password credentials grant.
#[derive(Clone, Debug, Default)]
pub struct PasswordRequest {
    /// The user's name.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// Scope and resources.
    pub asked: ScopeRequest,
}

/// Parameters of the authorization code grant.
#[derive(Clone, Debug, Default)]
pub struct CodeRequest {
    /// The code.
    pub code: Option<Secret>,
    /// As in the authorization request.
    pub redirect_uri: Option<String>,
    /// The PKCE verifier.
    pub code_verifier: Option<Secret>,
    /// Not a parameter of this grant (RFC 6749 §4.1.3); kept for a lab that is weak on purpose.
    pub scope: Option<String>,
    /// RFC 8707 §2.2.
    pub resources: Vec<String>,
    /// RFC 9396 §6.
    pub authorization_details: Option<String>,
}

/// `scope`, `resource` and `authorization_details`.
#[derive(Clone, Debug, Default)]
pub struct ScopeRequest {
    /// Scope, if any.
    pub scope: Option<String>,
    /// RFC 8707 §2.2.
    pub resources: Vec<String>,
    /// RFC 9396 §6.
    pub authorization_details: Option<String>,
}

impl TokenRequest {
    /// Its grant; `None` for a request that names none, or one that no profile has.
    pub const fn grant(&self) -> Option<GrantType> {
        match self {
            Self::NoGrantType | Self::Unsupported(_) => None,
            Self::AuthorizationCode(_) => Some(GrantType::AuthorizationCode),
            Self::ClientCredentials(_) => Some(GrantType::ClientCredentials),
            Self::RefreshToken { .. } => Some(GrantType::RefreshToken),
            Self::DeviceCode(_) => Some(GrantType::DeviceCode),
            Self::Password(_) => Some(GrantType::Password),
            Self::Exchange(_) => Some(GrantType::TokenExchange),
            Self::JwtBearer(_) => Some(GrantType::JwtBearer),
        }
    }

    /// Reads the form.
    pub fn read(form: &Form) -> Self {
        let resources = || form.all("resource").map(str::to_owned).collect();
        let details = || form.get("authorization_details").map(str::to_owned);
        let scoped = || ScopeRequest {
            scope: form.get("scope").map(str::to_owned),
            resources: resources(),
            authorization_details: details(),
        };
        let Some(grant_type) = form.get("grant_type") else { return Self::NoGrantType };
        match GrantType::parse(grant_type) {
            Some(GrantType::AuthorizationCode) => Self::AuthorizationCode(CodeRequest {
                code: form.secret("code").cloned(),
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
                code_verifier: form.secret("code_verifier").cloned(),
                scope: form.get("scope").map(str::to_owned),
                resources: resources(),
                authorization_details: details(),
            }),
            None | Some(GrantType::Implicit) => Self::Unsupported(grant_type.to_owned()),
            Some(GrantType::TokenExchange) => Self::Exchange(ExchangeRequest::read(form, scoped())),
            Some(GrantType::JwtBearer) => Self::JwtBearer(AssertionRequest::read(form, scoped())),
            Some(GrantType::DeviceCode) => Self::DeviceCode(DeviceCodeRequest {
                device_code: form.secret("device_code").cloned(),
                resources: resources(),
            }),
            Some(GrantType::Password) => Self::Password(PasswordRequest {
                username: form.get("username").map(str::to_owned),
                password: form.secret("password").cloned(),
                asked: scoped(),
            }),
            Some(GrantType::ClientCredentials) => Self::ClientCredentials(scoped()),
            Some(GrantType::RefreshToken) => Self::RefreshToken {
                refresh_token: form.secret("refresh_token").cloned(),
                narrowed: scoped(),
            },
        }
    }
}

/// An authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: Option<String>,
    /// Where to return to.
    pub redirect_uri: Option<String>,
    /// What is wanted.
    pub response_type: Option<String>,
    /// How it is returned.
    pub response_mode: Option<String>,
    /// Scope.
    pub scope: Option<String>,
    /// The client's own value, returned unchanged.
    pub state: Option<String>,
    /// PKCE challenge.
    pub code_challenge: Option<String>,
    /// PKCE method.
    pub code_challenge_method: Option<String>,
    /// Returned in the ID token.
    pub nonce: Option<String>,
    /// Which pages are wanted.
    pub prompt: Option<String>,
    /// Seconds since the last login.
    pub max_age: Option<String>,
    /// Who is expected to log in.
    pub login_hint: Option<String>,
    /// RFC 8707 §2.1.
    pub resources: Vec<String>,
    /// Claims, one by one (OpenID Connect Core §5.5).
    pub claims: Option<String>,
    /// Authentication contexts, space-delimited, the preferred one first.
    pub acr_values: Option<String>,
    /// An ID token of the user who is expected (OpenID Connect Core §3.1.2.1). Untrusted.
    pub id_token_hint: Option<Secret>,
    /// Authorization details (RFC 9396 §2).
    pub authorization_details: Option<String>,
    /// Thumbprint of the `DPoP` key that will redeem the code (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// A request object (RFC 9101 §5.1).
    pub request: Option<Secret>,
    /// A reference to a request: pushed (RFC 9126 §4), or an object elsewhere (RFC 9101 §5.2).
    pub request_uri: Option<String>,
    /// A registration is there (OpenID Connect Core §7.2.1).
    pub has_registration: bool,
}

impl AuthorizationRequest {
    /// Reads the parameters of query or form.
    pub fn read(form: &Form) -> Self {
        let get = |name| form.get(name).map(str::to_owned);
        Self {
            client_id: get("client_id"),
            redirect_uri: get("redirect_uri"),
            response_type: get("response_type"),
            response_mode: get("response_mode"),
            scope: get("scope"),
            state: get("state"),
            code_challenge: get("code_challenge"),
            code_challenge_method: get("code_challenge_method"),
            nonce: get("nonce"),
            prompt: get("prompt"),
            max_age: get("max_age"),
            login_hint: get("login_hint"),
            resources: form.all("resource").map(str::to_owned).collect(),
            claims: get("claims"),
            acr_values: get("acr_values"),
            id_token_hint: form.secret("id_token_hint").cloned(),
            authorization_details: get("authorization_details"),
            dpop_jkt: get("dpop_jkt"),
            request: form.secret("request").cloned(),
            request_uri: get("request_uri"),
            has_registration: form.get("registration").is_some(),
        }
    }
}

/// `token` and its hint (RFC 7662 §2.1, RFC 7009 §2.1).
#[derive(Clone, Debug, Default)]
pub struct TokenQuery {
    /// The token that is asked about.
    pub token: Option<Secret>,
    /// What the caller takes it for.
    pub hint: Option<String>,
}

impl TokenQuery {
    /// Reads the form. The hint only speeds a look-up (RFC 7009 §2.1); we look everywhere anyway,
    /// except where a lab is weak on purpose.
    pub fn read(form: &Form) -> Self {
        let hint = form.get("token_type_hint").map(str::to_owned);
        Self { token: form.secret("token").cloned(), hint }
    }
}
