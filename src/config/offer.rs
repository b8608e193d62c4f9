//! What a lab offers under its rule book: the one source of the metadata, of client registration,
//! and of the rules that refuse what is not supported.

use super::{Config, Profile};
use crate::protocol::{Algorithm, AuthMethod, GrantType, ResponseMode, ResponseType};

impl Profile {
    /// Whether every token is bound to a key of its sender.
    pub const fn demands_bound_tokens(self) -> bool {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Fapi2 | Self::Legacy => false,
        }
    }

    /// Grants that clients may register and use.
    pub const fn grants(self) -> &'static [GrantType] {
        match self {
            Self::OAuth21 | Self::Mcp => &[
                GrantType::AuthorizationCode,
                GrantType::ClientCredentials,
                GrantType::RefreshToken,
                GrantType::DeviceCode,
                GrantType::TokenExchange,
                GrantType::JwtBearer,
            ],
            Self::Fapi2 => &[
                GrantType::AuthorizationCode,
                GrantType::ClientCredentials,
                GrantType::RefreshToken,
            ],
            Self::Legacy => &[
                GrantType::AuthorizationCode,
                GrantType::ClientCredentials,
                GrantType::RefreshToken,
                GrantType::DeviceCode,
                GrantType::TokenExchange,
                GrantType::JwtBearer,
                GrantType::Password,
                GrantType::Implicit,
            ],
        }
    }

    /// Ways of client authentication.
    pub const fn auth_methods(self) -> &'static [AuthMethod] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Fapi2 | Self::Legacy => {
                &[AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]
            }
        }
    }

    /// Algorithms of what clients sign with their own keys: assertions and request objects.
    pub const fn client_algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Legacy => Algorithm::ALL,
            // FAPI 2.0 Security Profile §5.4.1.
            Self::Fapi2 => &[Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa],
        }
    }

    /// Response types of the authorization endpoint.
    pub const fn response_types(self) -> &'static [ResponseType] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Fapi2 => &[ResponseType::Code],
            Self::Legacy => ResponseType::ALL,
        }
    }

    /// Response modes of the authorization endpoint.
    pub const fn response_modes(self) -> &'static [ResponseMode] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Legacy => ResponseMode::ALL,
            // Plain ones for the security profile, signed ones for FAPI 2.0 Message Signing §5.4.
            Self::Fapi2 => &[
                ResponseMode::Query,
                ResponseMode::Jwt,
                ResponseMode::QueryJwt,
                ResponseMode::FragmentJwt,
                ResponseMode::FormPostJwt,
            ],
        }
    }
}

impl Config {
    /// Whether the rule book wants every token bound to a key of its sender.
    pub const fn demands_bound_tokens(&self) -> bool {
        self.profile.demands_bound_tokens()
    }

    /// Grants that clients may register and use.
    pub const fn grants(&self) -> &'static [GrantType] {
        self.profile.grants()
    }

    /// Ways of client authentication.
    pub const fn auth_methods(&self) -> &'static [AuthMethod] {
        self.profile.auth_methods()
    }

    /// Response types of the authorization endpoint.
    pub const fn response_types(&self) -> &'static [ResponseType] {
        self.profile.response_types()
    }

    /// Response modes of the authorization endpoint.
    pub const fn response_modes(&self) -> &'static [ResponseMode] {
        self.profile.response_modes()
    }
}
