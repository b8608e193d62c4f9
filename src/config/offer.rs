//! What a lab offers under its rule book: the one source of the metadata, of client registration,
//! and of the rules that refuse what is not supported.

use std::fmt::Display;

use super::{Config, Profile, TlsMode};
use crate::protocol::dpop::PROOF_ALGORITHMS;
use crate::protocol::{Algorithm, AuthMethod, GrantType, ResponseMode, ResponseType};

impl Profile {
    /// Whether every token is bound to a key of its sender.
    pub const fn demands_bound_tokens(self) -> bool {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Legacy => false,
            // FAPI 2.0 Security Profile §5.3.2.1.
            Self::Fapi2 => true,
        }
    }

    /// Values that it offers, in words that name it.
    pub fn offers<T: Display>(self, values: &[T]) -> String {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        format!("under {}: {}", self.as_str(), values.join(", "))
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

    /// Ways of client authentication. Those of TLS come last, the one that needs an authority for
    /// client certificates at the very end.
    pub const fn auth_methods(self) -> &'static [AuthMethod] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Legacy => &[
                AuthMethod::None,
                AuthMethod::ClientSecretBasic,
                AuthMethod::ClientSecretPost,
                AuthMethod::ClientSecretJwt,
                AuthMethod::PrivateKeyJwt,
                AuthMethod::SelfSignedTlsClientAuth,
                AuthMethod::TlsClientAuth,
            ],
            // FAPI 2.0 Security Profile §5.3.2.1: clients are confidential, and share no secret.
            Self::Fapi2 => &[
                AuthMethod::PrivateKeyJwt,
                AuthMethod::SelfSignedTlsClientAuth,
                AuthMethod::TlsClientAuth,
            ],
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

    /// Algorithms of `DPoP` proofs.
    pub const fn proof_algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::OAuth21 | Self::Mcp | Self::Legacy => PROOF_ALGORITHMS,
            // FAPI 2.0 Security Profile §5.4.1 speaks of every JWT.
            Self::Fapi2 => self.client_algorithms(),
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

    /// Ways of client authentication. Without TLS nobody shows a certificate, and only the lab's own
    /// authority vouches for one.
    pub fn auth_methods(&self) -> &'static [AuthMethod] {
        let all = self.profile.auth_methods();
        let left_out = match self.tls {
            TlsMode::SelfSigned => 0,
            TlsMode::Files { .. } => 1,
            TlsMode::BehindProxy(_) if self.tls.shows_certificates() => 0,
            TlsMode::Off | TlsMode::BehindProxy(_) => 2,
        };
        all.split_at(all.len() - left_out).0
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::ProxyConfig;

    #[test]
    fn certificates_are_offered_only_where_they_can_be_shown_and_trusted() {
        for &profile in Profile::ALL {
            let mut config = Config::builtin().unwrap().under(profile);
            let mut tls = |mode| {
                config.tls = mode;
                let methods = config.auth_methods().iter();
                methods.copied().filter(|method| method.is_tls()).collect::<Vec<_>>()
            };
            let own = tls(TlsMode::SelfSigned);
            assert_eq!(own, [AuthMethod::SelfSignedTlsClientAuth, AuthMethod::TlsClientAuth]);
            let files = TlsMode::Files { cert: PathBuf::new(), key: PathBuf::new() };
            assert_eq!(tls(files), [AuthMethod::SelfSignedTlsClientAuth]);
            let behind = |header| {
                let trusted = vec!["127.0.0.1/32".parse().unwrap()];
                TlsMode::BehindProxy(ProxyConfig { trusted, certificate_header: header })
            };
            let header = http::HeaderName::from_static("client-cert");
            assert_eq!(tls(behind(Some(header))), own);
            assert!(tls(behind(None)).is_empty());
            assert!(tls(TlsMode::Off).is_empty());
            assert!(config.auth_methods().contains(&AuthMethod::PrivateKeyJwt));
        }
    }
}
