//! What every assertion must say, whoever made it (RFC 7523 §3): for this server, for now, and once.
//! Pure: who signed it, and whether it was seen before, is for those who ask.

use std::time::Duration;

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::protocol::Audience;

/// Claims of an assertion (RFC 7523 §3). Times are seconds since the Unix epoch.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AssertionClaims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: Audience,
    pub(super) exp: u64,
    #[serde(default)]
    pub(super) nbf: Option<u64>,
    #[serde(default)]
    pub(super) iat: Option<u64>,
    #[serde(default)]
    pub(super) jti: Option<String>,
}

/// No assertion is valid for longer: those that claim to be are refused (RFC 7523 §3, item 4).
pub(super) const LONGEST: Duration = Duration::from_secs(3600);
/// Clocks differ by so much (FAPI 2.0 Security Profile §5.3.2.1, item 13).
const SKEW: Duration = Duration::from_secs(10);

/// The types of an assertion that is a grant: its own, that of any JWT, or none.
const TYPES: [&str; 2] = ["JWT", "authorization-grant+jwt"];

/// Whether a JWT of this type can be one. What its issuer signed for another use is none (RFC 8725
/// §3.11): an access token that names us would be a login otherwise.
pub(super) fn is_grant(typ: Option<&str>) -> bool {
    let bare = |typ: &str| typ.strip_prefix("application/").unwrap_or(typ).to_owned();
    typ.map(bare).is_none_or(|typ| TYPES.iter().any(|own| own.eq_ignore_ascii_case(&typ)))
}

impl AssertionClaims {
    /// Whether it is valid at a moment, and has a bounded end.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let early = now.plus(SKEW).secs();
        let began = self.nbf.is_none_or(|nbf| nbf <= early);
        let issued = self.iat.is_none_or(|iat| iat <= early);
        now.secs() < self.exp && self.exp <= now.plus(LONGEST).secs() && began && issued
    }

    /// Whether it is meant for one of these audiences.
    pub(super) fn is_for(&self, audiences: &[&str]) -> bool {
        self.aud.as_slice().iter().any(|aud| audiences.contains(&aud.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(exp: u64) -> AssertionClaims {
        AssertionClaims {
            iss: "https://idp.example".into(),
            sub: "alice".into(),
            aud: Audience::One("https://as.example".into()),
            exp,
            nbf: None,
            iat: None,
            jti: None,
        }
    }

    #[test]
    fn an_assertion_is_valid_for_an_hour_at_most() {
        let now = Timestamp::from_secs(1_000_000);
        assert!(claims(1_000_001).is_fresh(now));
        assert!(!claims(1_000_000).is_fresh(now));
        assert!(claims(1_003_600).is_fresh(now));
        assert!(!claims(1_003_601).is_fresh(now));
    }

    #[test]
    fn clocks_may_differ_by_ten_seconds() {
        let now = Timestamp::from_secs(1_000_000);
        let at = |nbf, iat| AssertionClaims { nbf, iat, ..claims(1_000_060) }.is_fresh(now);
        assert!(at(Some(1_000_010), Some(1_000_010)));
        assert!(!at(Some(1_000_011), None));
        assert!(!at(None, Some(1_000_011)));
    }

    #[test]
    fn a_jwt_of_another_kind_is_no_grant() {
        for typ in [None, Some("JWT"), Some("jwt"), Some("application/authorization-grant+jwt")] {
            assert!(is_grant(typ), "{typ:?}");
        }
        for typ in ["at+jwt", "dpop+jwt", "client-authentication+jwt", "logout+jwt", ""] {
            assert!(!is_grant(Some(typ)), "{typ}");
        }
    }

    #[test]
    fn one_of_several_audiences_is_enough() {
        let mut many = claims(1);
        many.aud = Audience::Many(vec!["https://a.example".into(), "https://as.example".into()]);
        assert!(many.is_for(&["https://as.example", "https://as.example/token"]));
        assert!(!many.is_for(&["https://as.example/"]));
    }
}
