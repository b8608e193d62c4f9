//! What a rule book and `--strict` change. `--strict` never contradicts the rule book.

use std::time::Duration;

use super::build::Supplied;
use super::{
    Config, ConsentConfig, ConsentMode, DpopNonce, IntrospectionCallers, LoginMode, Password,
    Profile, Rate, RegistrationMode, ResourceIndicators, Rotation,
};
use crate::protocol::{Algorithm, AuthMethod, GrantType};

impl Profile {
    /// Every profile, in the order of their explanation.
    pub const ALL: &'static [Self] = &[Self::OAuth21, Self::Mcp, Self::Fapi2, Self::Legacy];

    /// The name in YAML and flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OAuth21 => "oauth2.1",
            Self::Mcp => "mcp",
            Self::Fapi2 => "fapi2",
            Self::Legacy => "legacy",
        }
    }

    /// The profile of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|profile| profile.as_str() == text)
    }

    /// What happens to a used refresh token unless the file says so. FAPI 2.0 §5.3.2.1 forbids
    /// rotation, RFC 6749 §6 does not ask for it, RFC 9700 §4.14.2 does.
    pub(super) const fn rotation(self) -> Rotation {
        match self {
            Self::OAuth21 | Self::Mcp => Rotation::Strict,
            Self::Fapi2 | Self::Legacy => Rotation::Off,
        }
    }

    /// RFC 8707 unless the file says so. MCP servers take no token that names another audience.
    pub(super) const fn resource_indicators(self) -> ResourceIndicators {
        match self {
            Self::OAuth21 | Self::Fapi2 => ResourceIndicators::Optional,
            Self::Mcp => ResourceIndicators::Strict,
            Self::Legacy => ResourceIndicators::Off,
        }
    }

    /// Who may register unless the file says so: MCP clients come unannounced.
    pub(super) const fn registration(self) -> RegistrationMode {
        match self {
            Self::Mcp => RegistrationMode::Open,
            Self::OAuth21 | Self::Fapi2 | Self::Legacy => {
                RegistrationMode::InitialAccessToken(None)
            }
        }
    }

    /// RFC 6749 §4.1.2 recommends ten minutes at most, FAPI 2.0 §5.3.2.1 demands one.
    pub(super) const fn longest_code_ttl(self) -> Duration {
        match self {
            Self::Fapi2 => Duration::from_secs(60),
            Self::OAuth21 | Self::Mcp | Self::Legacy => Duration::from_secs(600),
        }
    }
}

impl Config {
    /// This lab under another rule book: what the book demands replaces what the lab says.
    #[must_use]
    pub fn under(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self.tokens.code_ttl = self.tokens.code_ttl.min(profile.longest_code_ttl());
        self.keep_offered_grants();
        match profile {
            Profile::OAuth21 | Profile::Legacy => {}
            Profile::Mcp => self.resource_indicators = profile.resource_indicators(),
            Profile::Fapi2 => {
                self.tokens.rotation = Rotation::Off;
                for alg in [&mut self.tokens.access_alg, &mut self.tokens.id_token_alg] {
                    if *alg == Algorithm::Rs256 {
                        *alg = Algorithm::Ps256;
                    }
                }
                self.apis.iter_mut().for_each(|api| api.requires_bound_tokens = true);
                self.give_keys();
            }
        }
        self
    }

    /// Clients keep the grants and response types that the rule book has. One that could get no token
    /// any more, but only refresh what it has not, is left out.
    fn keep_offered_grants(&mut self) {
        let (grants, types) = (self.profile.grants(), self.profile.response_types());
        self.clients.retain_mut(|client| {
            let own = &mut client.metadata;
            own.response_types.retain(|kind| types.contains(kind));
            let before = own.grant_types.len();
            own.grant_types.retain(|grant| grants.contains(grant));
            let gets = |grant: &GrantType| *grant != GrantType::RefreshToken;
            own.grant_types.len() == before || own.grant_types.iter().any(gets)
        });
    }

    /// Clients that authenticate as the rule book does not have it get a key of their own, instead
    /// of a secret that two know, or of nothing.
    fn give_keys(&mut self) {
        let offered = self.profile.auth_methods();
        let others = self
            .clients
            .iter_mut()
            .filter(|client| !offered.contains(&client.metadata.token_endpoint_auth_method));
        for client in others {
            let keys = &mut client.metadata.keys;
            client.secret = None;
            client.generated_secret = false;
            client.generated_key = keys.jwks.is_none() && keys.jwks_uri.is_none();
            keys.token_endpoint_auth_signing_alg = None;
            client.metadata.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        }
    }

    /// `--strict`: this lab without any convenience. What everybody knows becomes a random value
    /// that is made at start.
    #[must_use]
    pub fn strictly(self) -> Self {
        self.strictly_but(&Supplied::default())
    }

    /// As [`Config::strictly`], but secrets from the environment stay: nobody else knows them.
    pub(super) fn strictly_but(mut self, supplied: &Supplied) -> Self {
        self.strict = true;
        self.weaknesses.clear();
        self.login = LoginMode::Form;
        self.consent = ConsentConfig { mode: ConsentMode::Ask, ..self.consent };
        self.resource_indicators = ResourceIndicators::Strict;
        self.introspection = IntrospectionCallers::Authenticated;
        self.inspector.redact = true;
        self.limits.login_failures = slower(self.limits.login_failures);
        self.tokens.code_ttl = self.tokens.code_ttl.min(Duration::from_secs(60));
        self.tokens.dpop_nonce = DpopNonce::Required;
        self.tokens.rotation = match self.profile {
            Profile::Fapi2 => Rotation::Off,
            Profile::OAuth21 | Profile::Mcp | Profile::Legacy => Rotation::Strict,
        };
        self.registration = self.strict_registration(supplied);
        self.forget_known_secrets(supplied);
        self
    }

    fn strict_registration(&self, supplied: &Supplied) -> RegistrationMode {
        match &self.registration {
            RegistrationMode::Open if self.profile == Profile::Mcp => RegistrationMode::Open,
            RegistrationMode::Off => RegistrationMode::Off,
            kept @ RegistrationMode::InitialAccessToken(_) if supplied.registration_token => {
                kept.clone()
            }
            RegistrationMode::Open | RegistrationMode::InitialAccessToken(_) => {
                RegistrationMode::InitialAccessToken(None)
            }
        }
    }

    fn forget_known_secrets(&mut self, supplied: &Supplied) {
        if !supplied.metrics_token {
            self.inspector.metrics_token = None;
        }
        for client in &mut self.clients {
            let kept = supplied.clients.iter().any(|id| id == client.id.as_str());
            if client.secret.is_some() && !kept {
                client.secret = None;
                client.generated_secret = true;
            }
        }
        if !supplied.resource_client {
            self.resource.client_secret = None;
        }
        for user in &mut self.users {
            let kept = supplied.users.contains(&user.name);
            if matches!(user.password, Password::Plain(_)) && !kept {
                user.password = Password::Generated;
            }
        }
    }
}

/// Guessing passwords at more than five a minute is no lab's need.
fn slower(rate: Rate) -> Rate {
    let most = Rate { events: 5, per: Duration::from_secs(60) };
    let faster = most.per.saturating_mul(rate.events) > rate.per.saturating_mul(most.events);
    if faster { most } else { rate }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ClientMetadata;

    #[test]
    fn strict_leaves_no_convenience() {
        let lab = Config::builtin().unwrap();
        assert!(!lab.conveniences().is_empty());
        let strict = lab.strictly();
        assert!(strict.conveniences().is_empty());
        assert!(strict.clients.iter().all(|client| client.secret.is_none()));
        assert!(strict.clients.iter().any(|client| client.generated_secret));
        assert!(strict.users.iter().all(|user| matches!(user.password, Password::Generated)));
        assert!(matches!(strict.registration, RegistrationMode::InitialAccessToken(None)));
        assert_eq!(strict.resource_indicators, ResourceIndicators::Strict);
    }

    #[test]
    fn strict_slows_password_guessing_and_hastens_nothing() {
        let rate = |events, seconds| Rate { events, per: Duration::from_secs(seconds) };
        assert_eq!(slower(rate(100, 60)), rate(5, 60));
        assert_eq!(slower(rate(1, 1)), rate(5, 60));
        assert_eq!(slower(rate(5, 60)), rate(5, 60));
        assert_eq!(slower(rate(3, 3600)), rate(3, 3600));
    }

    #[test]
    fn strict_never_contradicts_the_rule_book() {
        let under = |profile| Config::builtin().unwrap().under(profile).strictly();
        assert_eq!(under(Profile::Fapi2).tokens.rotation, Rotation::Off);
        assert!(matches!(under(Profile::Mcp).registration, RegistrationMode::Open));
        assert_eq!(under(Profile::Legacy).tokens.rotation, Rotation::Strict);
    }

    #[test]
    fn fapi2_is_imposed() {
        let mut lab = Config::builtin().unwrap();
        lab.tokens.access_alg = Algorithm::Rs256;
        lab.tokens.code_ttl = Duration::from_secs(300);
        let lab = lab.under(Profile::Fapi2);
        assert_eq!(lab.tokens.access_alg, Algorithm::Ps256);
        assert_eq!(lab.tokens.code_ttl, Duration::from_secs(60));
        assert!(lab.apis.iter().all(|api| api.requires_bound_tokens));
    }

    #[test]
    fn under_fapi2_clients_without_a_key_get_one_and_lose_their_secret() {
        for lab in [Config::builtin().unwrap(), Config::builtin().unwrap().strictly()] {
            assert!(lab.clients.iter().all(|client| !client.generated_key));
            let lab = lab.under(Profile::Fapi2);
            for client in &lab.clients {
                let method = client.metadata.token_endpoint_auth_method;
                assert_eq!(method, AuthMethod::PrivateKeyJwt, "{}", client.id);
                assert!(client.generated_key && !client.generated_secret);
                assert!(client.secret.is_none());
            }
        }
    }

    #[test]
    fn clients_of_a_lab_have_the_grants_of_its_rule_book_and_none_is_left_without() {
        let ids = |lab: &Config| -> Vec<String> {
            lab.clients.iter().map(|client| client.id.as_str().to_owned()).collect()
        };
        for &profile in Profile::ALL {
            let lab = Config::builtin().unwrap().under(profile);
            for client in &lab.clients {
                let ClientMetadata { grant_types, response_types, .. } = &client.metadata;
                assert!(grant_types.iter().all(|grant| profile.grants().contains(grant)));
                assert!(response_types.iter().all(|kind| profile.response_types().contains(kind)));
            }
            let devices = profile.grants().contains(&GrantType::DeviceCode);
            let expected: &[_] = if devices { &["web", "ci", "tv"] } else { &["web", "ci"] };
            assert_eq!(ids(&lab), expected, "{}", profile.as_str());
        }
        // What a client of the file never had does not cost it its place.
        let mut lab = Config::builtin().unwrap();
        lab.clients[0].metadata.grant_types = vec![GrantType::RefreshToken];
        assert_eq!(ids(&lab.under(Profile::Fapi2)), ["web", "ci"]);
    }

    #[test]
    fn names_of_profiles_are_read_back() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.as_str()), Some(*profile));
        }
        assert_eq!(Profile::parse("oauth3"), None);
    }
}
