//! The assertions that this client makes of itself (RFC 7523 §2.2 and §3): a new one for each
//! request, good for a minute, and for the issuer alone.

use std::fmt;
use std::time::Duration;

use crate::clock::Clock;
use crate::protocol::jose::{SigningKey, sign_hs256};
use crate::protocol::{AssertionClaims, Audience, CLIENT_ASSERTION_JWT, Secret};
use crate::random::Random;

const LIFE: Duration = Duration::from_secs(60);

/// Makes assertions for one server.
#[derive(Clone)]
pub struct AssertionMaker {
    issuer: String,
    clock: Clock,
    random: Random,
    key: Option<SigningKey>,
}

impl AssertionMaker {
    /// For the server with this issuer identifier. Without a key it signs with the client's secret.
    pub fn new(issuer: impl Into<String>, clock: Clock, random: Random) -> Self {
        Self { issuer: issuer.into(), clock, random, key: None }
    }

    /// The key to sign with.
    #[must_use]
    pub fn with_key(mut self, key: SigningKey) -> Self {
        self.key = Some(key);
        self
    }

    /// A new assertion; `None` if there is nothing to sign with, or no randomness.
    pub(super) fn make(&self, client_id: &str, secret: Option<&Secret>) -> Option<Secret> {
        let now = self.clock.now();
        let claims = AssertionClaims {
            iss: Some(client_id.to_owned()),
            sub: Some(client_id.to_owned()),
            aud: Audience::One(self.issuer.clone()),
            exp: Some(now.plus(LIFE).secs()),
            nbf: None,
            iat: Some(now.secs()),
            jti: Some(self.random.id("jti").ok()?),
        };
        match &self.key {
            Some(key) => key.sign(CLIENT_ASSERTION_JWT, &claims).ok(),
            None => Some(sign_hs256(secret?, CLIENT_ASSERTION_JWT, &claims)),
        }
    }
}

impl fmt::Debug for AssertionMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssertionMaker(for {})", self.issuer)
    }
}

/// Two are the same if they make the same assertions but for time and chance.
impl PartialEq for AssertionMaker {
    fn eq(&self, other: &Self) -> bool {
        let jwk = |maker: &Self| maker.key.as_ref().map(|key| key.jwk().clone());
        self.issuer == other.issuer && jwk(self) == jwk(other)
    }
}

impl Eq for AssertionMaker {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Credentials;
    use crate::clock::Timestamp;
    use crate::fetch::Request;
    use crate::protocol::jose::JwkSet;
    use crate::protocol::{Algorithm, AuthMethod, ClientAssertion, Form};

    fn maker() -> AssertionMaker {
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        AssertionMaker::new("https://as.test", clock, Random::system())
    }

    fn sent(credentials: &Credentials) -> Secret {
        let request = credentials.decorate(Request::post_form("https://as.test/token", &[]));
        let form = Form::parse(&request.body).unwrap();
        assert_eq!(form.get("client_id"), None, "the assertion says it");
        form.secret("client_assertion").unwrap().clone()
    }

    #[test]
    fn each_request_has_an_assertion_of_its_own_for_the_issuer_alone() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let keys = JwkSet { keys: vec![key.jwk().clone()] };
        let own = Credentials {
            assertions: Some(maker().with_key(key)),
            method: AuthMethod::PrivateKeyJwt,
            ..Credentials::public("c")
        };
        let (first, second) = (sent(&own), sent(&own));
        assert_ne!(first, second);
        let read = ClientAssertion::read(&first).unwrap();
        assert_eq!(read.jws.verify(&keys, &[Algorithm::Es256]), Ok(()));
        assert_eq!(read.claims.aud, Audience::One("https://as.test".to_owned()));
        assert_eq!(
            (read.claims.iss.as_deref(), read.claims.sub.as_deref()),
            (Some("c"), Some("c"))
        );
        assert_eq!(read.claims.exp, Some(1_800_000_060));
    }

    #[test]
    fn a_secret_signs_where_there_is_no_key() {
        let secret = Secret::new("the-secret");
        let own = Credentials {
            assertions: Some(maker()),
            method: AuthMethod::ClientSecretJwt,
            ..Credentials::post("c", secret.clone())
        };
        let sent = sent(&own);
        let read = ClientAssertion::read(&sent).unwrap();
        assert_eq!(read.jws.verify_hs256(&secret), Ok(()));
    }
}
