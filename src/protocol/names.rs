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
    /// `grant_type` (RFC 6749 §4.1.3, §4.4.2, §6).
    GrantType {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
    }
}

names! {
    /// `response_type` (RFC 6749 §3.1.1). Only the code: OAuth 2.1 has no implicit grant.
    ResponseType {
        /// An authorization code.
        Code = "code",
    }
}

names! {
    /// `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    ResponseMode {
        /// Parameters in the redirect URI's query.
        Query = "query",
    }
}

names! {
    /// `token_endpoint_auth_method` (RFC 7591 §2).
    AuthMethod {
        /// A public client.
        None = "none",
        /// HTTP Basic (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// Secret in the body (RFC 6749 §2.3.1).
        ClientSecretPost = "client_secret_post",
    }
}

names! {
    /// JWS algorithms that sign our tokens (RFC 7518 §3.1, RFC 8037 §3.1).
    Algorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
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

impl AuthMethod {
    /// Whether the client has no credential.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::None)
    }
}
