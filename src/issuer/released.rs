//! Claims of a user: which ones a scope releases (OpenID Connect Core §5.4), and which ones were
//! asked for one by one (§5.5).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Issuer;
use crate::protocol::{ClaimsRequest, Scope};
use crate::store::record::Grant;

/// Claims that say something of the token or the login, and never come from an account.
const OWN: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "at_hash",
    "c_hash",
    "azp",
    "acr",
    "amr",
    "sid",
];

impl Issuer {
    /// What userinfo tells of the user of a grant.
    pub(super) fn userinfo_claims(&self, grant: &Grant) -> Map<String, Value> {
        let asked = ClaimsRequest::of_value(grant.claims.as_ref()).userinfo;
        let tells = |name: &str| releases(&grant.scope, name) || asked.contains_key(name);
        self.claims_of(grant, tells).collect()
    }

    /// What an ID token tells of the user beside the login. Where no access token comes along, it
    /// tells what the scope releases as well (OpenID Connect Core §5.4).
    pub(super) fn id_token_claims(&self, grant: &Grant, alone: bool) -> BTreeMap<String, Value> {
        let asked = ClaimsRequest::of_value(grant.claims.as_ref()).id_token;
        let tells =
            |name: &str| (alone && releases(&grant.scope, name)) || asked.contains_key(name);
        self.claims_of(grant, tells).collect()
    }

    fn claims_of(
        &self,
        grant: &Grant,
        tells: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (String, Value)> {
        let user = grant.subject.as_ref().and_then(|subject| self.users.of_subject(subject));
        let claims = user.into_iter().flat_map(|(_, claims)| claims);
        claims
            .filter(move |(name, _)| !OWN.contains(&name.as_str()) && tells(name))
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    /// The claims of accounts that are asked for one by one, and that the scope does not release:
    /// the user has to be told of them.
    pub(super) fn beyond_scope(&self, claims: Option<&Value>, scope: &Scope) -> Vec<String> {
        let asked = ClaimsRequest::of_value(claims);
        let known = self.config.claims();
        let mut beyond: Vec<_> = asked
            .names()
            .filter(|name| known.contains(*name) && !releases(scope, name))
            .map(str::to_owned)
            .collect();
        beyond.sort();
        beyond.dedup();
        beyond
    }
}

/// Whether a scope releases a claim.
fn releases(scope: &Scope, name: &str) -> bool {
    const PROFILE: &[&str] = &[
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ];
    const EMAIL: &[&str] = &["email", "email_verified"];
    (scope.contains("profile") && PROFILE.contains(&name))
        || (scope.contains("email") && EMAIL.contains(&name))
}
