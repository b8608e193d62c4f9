//! Metadata (RFC 8414 §2, OpenID Connect Discovery §3): one source for both documents, which says
//! nothing that does not work.

use super::Issuer;
use crate::config::{ClientIdMetadata, IntrospectionCallers, Profile, RegistrationMode};
use crate::protocol::jose::HS256;
use crate::protocol::{AuthMethod, AuthorizationServerMetadata, DETAIL_TYPES, GrantType, Prompt};

impl Issuer {
    /// The metadata document.
    pub fn metadata(&self) -> AuthorizationServerMetadata {
        let url = self.url();
        let endpoint = |path| Some(url.endpoint(path));
        let registers = !matches!(self.config.registration, RegistrationMode::Off);
        AuthorizationServerMetadata {
            issuer: url.as_str().to_owned(),
            authorization_endpoint: endpoint("/authorize"),
            token_endpoint: endpoint("/token"),
            device_authorization_endpoint: endpoint("/device_authorization")
                .filter(|_| self.config.grants().contains(&GrantType::DeviceCode)),
            registration_endpoint: endpoint("/register").filter(|_| registers),
            introspection_endpoint: endpoint("/introspect"),
            revocation_endpoint: endpoint("/revoke"),
            userinfo_endpoint: endpoint("/userinfo"),
            jwks_uri: endpoint("/jwks"),
            scopes_supported: self.config.scopes().iter().map(str::to_owned).collect(),
            response_types_supported: names(self.config.response_types()),
            response_modes_supported: names(self.config.response_modes()),
            grant_types_supported: names(self.config.grants()),
            code_challenge_methods_supported: vec!["S256".to_owned()],
            subject_types_supported: vec!["public".to_owned()],
            id_token_signing_alg_values_supported: self.algorithms(),
            authorization_signing_alg_values_supported: self.algorithms(),
            introspection_signing_alg_values_supported: self.algorithms(),
            acr_values_supported: self.config.acr_values.clone(),
            authorization_details_types_supported: names(DETAIL_TYPES),
            claims_supported: self.claims(),
            prompt_values_supported: names(Prompt::ALL),
            authorization_response_iss_parameter_supported: Some(true),
            dpop_signing_alg_values_supported: names(self.config.profile.proof_algorithms()),
            // Without TLS nobody can show a certificate.
            tls_client_certificate_bound_access_tokens: Some(self.config.tls.shows_certificates())
                .filter(|bound| *bound),
            protected_resources: self.identifiers(),
            client_id_metadata_document_supported: (self.config.client_id_metadata
                != ClientIdMetadata::Off)
                .then_some(true),
            service_documentation: endpoint("/rules"),
            ..self.request_forms()
        }
    }

    /// How requests may be made, and how sessions end.
    fn request_forms(&self) -> AuthorizationServerMetadata {
        let endpoint = |path| Some(self.url().endpoint(path));
        AuthorizationServerMetadata {
            pushed_authorization_request_endpoint: endpoint("/par"),
            require_pushed_authorization_requests: Some(self.requires_par()).filter(|must| *must),
            request_object_signing_alg_values_supported: names(
                self.config.profile.client_algorithms(),
            ),
            request_parameter_supported: Some(true),
            request_uri_parameter_supported: Some(false),
            claims_parameter_supported: Some(true),
            end_session_endpoint: endpoint("/logout"),
            backchannel_logout_supported: Some(true),
            backchannel_logout_session_supported: Some(true),
            frontchannel_logout_supported: Some(true),
            frontchannel_logout_session_supported: Some(true),
            ..self.client_authentication()
        }
    }

    /// How clients authenticate at each endpoint.
    fn client_authentication(&self) -> AuthorizationServerMetadata {
        let (methods, algorithms) = (self.config.auth_methods(), self.assertion_algorithms());
        let introspects = !self.introspects_anyone();
        AuthorizationServerMetadata {
            token_endpoint_auth_methods_supported: names(methods),
            token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            introspection_endpoint_auth_methods_supported: self.introspection_methods(),
            introspection_endpoint_auth_signing_alg_values_supported: if introspects {
                algorithms.clone()
            } else {
                Vec::new()
            },
            revocation_endpoint_auth_methods_supported: names(methods),
            revocation_endpoint_auth_signing_alg_values_supported: algorithms,
            ..AuthorizationServerMetadata::default()
        }
    }

    /// Every algorithm that the issuer signs with.
    fn algorithms(&self) -> Vec<String> {
        self.keys.algorithms().map(|alg| alg.to_string()).collect()
    }

    fn requires_par(&self) -> bool {
        self.config.par.required || self.config.profile == Profile::Fapi2
    }

    /// Who may introspect: clients with a credential, unless the lab lets everyone ask.
    fn introspection_methods(&self) -> Vec<String> {
        if self.introspects_anyone() {
            return vec![AuthMethod::None.as_str().to_owned()];
        }
        let confidential = self.config.auth_methods().iter().filter(|method| !method.is_public());
        confidential.map(ToString::to_string).collect()
    }

    fn introspects_anyone(&self) -> bool {
        self.config.introspection == IntrospectionCallers::Anonymous
    }

    /// Algorithms of client assertions: never `none` (RFC 8414 §2).
    fn assertion_algorithms(&self) -> Vec<String> {
        let mut algorithms = names(self.config.profile.client_algorithms());
        if self.config.auth_methods().contains(&AuthMethod::ClientSecretJwt) {
            algorithms.push(HS256.to_owned());
        }
        algorithms
    }

    /// What our ID tokens say of the login, and what accounts have.
    fn claims(&self) -> Vec<String> {
        const OWN: [&str; 11] = [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "acr",
            "amr",
            "sid",
        ];
        let of_accounts = self.config.claims().into_iter().filter(|name| !OWN.contains(name));
        OWN.into_iter().chain(of_accounts).map(str::to_owned).collect()
    }

    fn identifiers(&self) -> Vec<String> {
        self.config.apis.iter().map(|api| self.config.identifier(api)).collect()
    }
}

fn names<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
