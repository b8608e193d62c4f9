//! The login that was asked for (OpenID Connect Core §3.1.2.1, RFC 9470 §4): how, and how long ago.
//! The ID token says it; without one, an access token of RFC 9068 does.

use super::check::{Checks, Criterion};
use super::id_token::criteria;
use super::verify::{Expectation, LEEWAY, seconds};
use crate::protocol::{AccessTokenClaims, IdTokenClaims};
use crate::rule::Fact;

criteria! {
    /// The user logged in as was asked for.
    LOGIN_ACR = "login.acr", "acr is one of acr_values",
        "OpenID Connect Core §3.1.3.7", "the API will refuse the token again: the login was none of those that it takes";
    /// The user logged in as lately as was asked for.
    LOGIN_AGE = "login.age", "auth_time is within max_age",
        "OpenID Connect Core §3.1.3.7", "an old login passes for a new one, or nobody knows how old it is";
}

pub(super) fn check(
    id_token: Option<&IdTokenClaims>,
    access_token: Option<&AccessTokenClaims>,
    expectation: &Expectation<'_>,
    checks: &mut Checks,
) {
    let Expectation { acr_values, max_age, now, .. } = expectation;
    let (acr, auth_time) = match (id_token, access_token) {
        (Some(claims), _) => (claims.acr.as_ref(), claims.auth_time),
        (None, Some(claims)) => (claims.acr.as_ref(), claims.auth_time),
        (None, None) => {
            let why = "no token here says how the user logged in";
            checks.skip(&LOGIN_ACR, why);
            return checks.skip(&LOGIN_AGE, why);
        }
    };
    if acr_values.is_empty() {
        checks.skip(&LOGIN_ACR, "no acr_values were asked for");
    } else {
        let holds = acr.is_some_and(|acr| acr_values.contains(acr));
        checks.note(&LOGIN_ACR, holds, Fact::any_of(*acr_values), Fact::optional(acr));
    }
    let Some(max_age) = max_age else {
        return checks.skip(&LOGIN_AGE, "no max_age was asked for");
    };
    let earliest = now.secs().saturating_sub(max_age.saturating_add(LEEWAY));
    let holds = auth_time.is_some_and(|time| time >= earliest);
    let expected = Fact::public(format!("not before {}", seconds(earliest)));
    checks.note(&LOGIN_AGE, holds, expected, Fact::optional(auth_time.map(seconds)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::{AuthorizationServer, Outcome};
    use crate::clock::Timestamp;
    use crate::protocol::{AuthorizationServerMetadata, IssuerUrl};

    const NOW: u64 = 1_800_000_000;

    /// How both checks come out for a login of this kind, so many seconds ago.
    fn outcomes(acr: &str, ago: Option<u64>, max_age: Option<u64>) -> Vec<Outcome> {
        let metadata = AuthorizationServerMetadata::default();
        let issuer = IssuerUrl::parse("https://as.test").unwrap();
        let expectation = Expectation {
            server: &AuthorizationServer::known(issuer, metadata),
            client_id: "app",
            nonce: None,
            openid: true,
            resources: &[],
            acr_values: &["urn:gold".to_owned(), "urn:silver".to_owned()],
            max_age,
            now: Timestamp::from_secs(NOW),
        };
        let claims = json!({
            "iss": "https://as.test", "sub": "alice", "aud": "app", "exp": NOW, "iat": NOW,
            "acr": acr, "auth_time": ago.map(|ago| NOW - ago),
        });
        let claims: IdTokenClaims = serde_json::from_value(claims).unwrap();
        let mut checks = Checks::default();
        check(Some(&claims), None, &expectation, &mut checks);
        checks.as_slice().iter().map(|check| check.outcome).collect()
    }

    #[test]
    fn a_login_must_be_of_a_kind_and_age_that_was_asked_for() {
        use Outcome::{Broken, Holds};
        assert_eq!(outcomes("urn:silver", Some(90), Some(30)), [Holds, Holds]);
        assert_eq!(outcomes("urn:lead", Some(91), Some(30)), [Broken, Broken]);
        assert_eq!(outcomes("urn:gold", None, Some(30)), [Holds, Broken]);
        assert!(matches!(outcomes("urn:gold", None, None)[1], Outcome::NotApplicable(_)));
    }
}
