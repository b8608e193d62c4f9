//! Names that the registries fix: grant types, response types, authentication methods, algorithms.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The registered name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value of a registered name; `None` for a name that we do not know.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// `grant_type` (RFC 6749 §4.1.3, §4.4.2, §6). What a lab offers of them: `Config::grants`.
    GrantType {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
        /// RFC 8628 §3.4.
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
        /// RFC 8693 §2.1.
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        /// RFC 7523 §2.1.
        JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        /// RFC 6749 §4.3; only where the rule book still has it.
        Password = "password",
        /// RFC 6749 §4.2; names a right in client metadata, never a token request.
        Implicit = "implicit",
    }
}

names! {
    /// `response_type` (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §3 and
    /// §5). OAuth 2.1 has the code alone. What a lab offers: `Config::response_types`.
    ResponseType {
        /// An authorization code.
        Code = "code",
        /// An access token in the front channel.
        Token = "token",
        /// An ID token in the front channel.
        IdToken = "id_token",
        /// Both tokens in the front channel.
        IdTokenToken = "id_token token",
        /// A code, and an ID token in the front channel.
        CodeIdToken = "code id_token",
        /// A code, and an access token in the front channel.
        CodeToken = "code token",
        /// A code, and both tokens in the front channel.
        CodeIdTokenToken = "code id_token token",
    }
}

names! {
    /// `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post
    /// Response Mode §2, JARM §2.3). What a lab offers: `Config::response_modes`.
    ResponseMode {
        /// Parameters in the redirect URI's query.
        Query = "query",
        /// Parameters in the redirect URI's fragment.
        Fragment = "fragment",
        /// Parameters in a form that the browser posts.
        FormPost = "form_post",
        /// One signed JWT, carried in the default way of the response type.
        Jwt = "jwt",
        /// One signed JWT in the query.
        QueryJwt = "query.jwt",
        /// One signed JWT in the fragment.
        FragmentJwt = "fragment.jwt",
        /// One signed JWT in a form.
        FormPostJwt = "form_post.jwt",
    }
}

names! {
    /// `token_endpoint_auth_method` (RFC 7591 §2, OpenID Connect Core §9, RFC 8705 §2). What a lab
    /// offers: `Config::auth_methods`.
    #[derive(Default)]
    AuthMethod {
        /// A public client.
        None = "none",
        /// HTTP Basic (RFC 6749 §2.3.1). The default of registrations (RFC 7591 §2).
        #[default]
        ClientSecretBasic = "client_secret_basic",
        /// Secret in the body (RFC 6749 §2.3.1).
        ClientSecretPost = "client_secret_post",
        /// A JWT with a MAC under the secret (RFC 7523 §2.2).
        ClientSecretJwt = "client_secret_jwt",
        /// A JWT signed with the client's own key (RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
        /// A certificate of a trusted authority (RFC 8705 §2.1).
        TlsClientAuth = "tls_client_auth",
        /// A certificate that the client registered itself (RFC 8705 §2.2).
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
    }
}

names! {
    /// JWS algorithms that sign our tokens (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9964).
    Algorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// ML-DSA-44 (RFC 9964), post-quantum.
        MlDsa44 = "ML-DSA-44",
        /// ML-DSA-65 (RFC 9964), post-quantum.
        MlDsa65 = "ML-DSA-65",
        /// ML-DSA-87 (RFC 9964), post-quantum.
        MlDsa87 = "ML-DSA-87",
    }
}

names! {
    /// `prompt` (OpenID Connect Core §3.1.2.1).
    Prompt {
        /// No page may be shown.
        None = "none",
        /// Ask for the password again.
        Login = "login",
        /// Ask for consent again.
        Consent = "consent",
        /// Let the user choose an account: here, by logging in.
        SelectAccount = "select_account",
    }
}

names! {
    /// `token_type_hint` (RFC 7009 §2.1, RFC 7662 §2.1).
    TokenTypeHint {
        /// Look among access tokens first.
        AccessToken = "access_token",
        /// Look among refresh tokens first.
        RefreshToken = "refresh_token",
    }
}

impl ResponseType {
    /// The type of a request's value. The order of its words means nothing (OAuth 2.0 Multiple
    /// Response Type Encoding Practices §3).
    pub fn read(text: &str) -> Option<Self> {
        let mut words: Vec<_> = text.split(' ').collect();
        words.sort_unstable();
        Self::parse(&words.join(" "))
    }

    /// Whether a code comes back.
    pub const fn has_code(self) -> bool {
        !matches!(self, Self::Token | Self::IdToken | Self::IdTokenToken)
    }

    /// Whether an access token comes back in the front channel.
    pub const fn has_token(self) -> bool {
        !matches!(self, Self::Code | Self::IdToken | Self::CodeIdToken)
    }

    /// Whether an ID token comes back in the front channel.
    pub const fn has_id_token(self) -> bool {
        !matches!(self, Self::Code | Self::Token | Self::CodeToken)
    }

    /// Where parameters stand unless the request says otherwise: tokens never in the query (OAuth
    /// 2.0 Multiple Response Type Encoding Practices §2.1 and §5).
    pub const fn default_mode(self) -> ResponseMode {
        match self {
            Self::Code => ResponseMode::Query,
            Self::Token
            | Self::IdToken
            | Self::IdTokenToken
            | Self::CodeIdToken
            | Self::CodeToken
            | Self::CodeIdTokenToken => ResponseMode::Fragment,
        }
    }

    /// Whether parameters may come back so. Tokens would stay in histories and logs of a query
    /// (OAuth 2.0 Multiple Response Type Encoding Practices §3, JARM §2.3.1).
    pub const fn admits(self, mode: ResponseMode) -> bool {
        matches!(self, Self::Code) || !matches!(mode, ResponseMode::Query | ResponseMode::QueryJwt)
    }

    /// How parameters come back: `jwt` stands for the signed form of the default (JARM §2.3.4).
    pub const fn mode(self, asked: Option<ResponseMode>) -> ResponseMode {
        match (asked, self.default_mode()) {
            (None, default) => default,
            (Some(ResponseMode::Jwt), ResponseMode::Query) => ResponseMode::QueryJwt,
            (Some(ResponseMode::Jwt), _) => ResponseMode::FragmentJwt,
            (Some(mode), _) => mode,
        }
    }
}

impl ResponseMode {
    /// Whether the parameters are signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Jwt | Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }
}

names! {
    /// Token type identifiers (RFC 8693 §3).
    TokenType {
        /// An OAuth access token of this server.
        AccessToken = "urn:ietf:params:oauth:token-type:access_token",
        /// An OAuth refresh token of this server.
        RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token",
        /// An ID token.
        IdToken = "urn:ietf:params:oauth:token-type:id_token",
        /// A JWT, whatever it is used for.
        Jwt = "urn:ietf:params:oauth:token-type:jwt",
    }
}

impl GrantType {
    /// The registered name, or for an extension grant the last part of its URN, with `_` for `-`.
    pub fn short(self) -> &'static str {
        match self {
            Self::TokenExchange => "token_exchange",
            Self::JwtBearer => "jwt_bearer",
            Self::DeviceCode => "device_code",
            Self::AuthorizationCode
            | Self::ClientCredentials
            | Self::RefreshToken
            | Self::Password
            | Self::Implicit => self.as_str(),
        }
    }

    /// The grant of a registered or a short name.
    pub fn named(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| Self::ALL.iter().copied().find(|grant| grant.short() == text))
    }
}

impl AuthMethod {
    /// Whether the client has no credential.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether the secret itself is sent.
    pub const fn sends_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Whether a signed JWT is sent (RFC 7523 §2.2).
    pub const fn is_assertion(self) -> bool {
        matches!(self, Self::ClientSecretJwt | Self::PrivateKeyJwt)
    }

    /// Whether a certificate is shown in the TLS handshake (RFC 8705 §2).
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// Whether the client shares a secret with the server.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }
}
