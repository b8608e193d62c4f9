//! Where specifications contradict each other, and how each profile settles it. What a profile does
//! is read from the profile itself, so that this text cannot say anything else.

use super::{Profile, RegistrationMode, ResourceIndicators, Rotation};
use crate::protocol::{AuthMethod, GrantType, ResponseType};

/// One question that specifications answer differently.
#[derive(Debug)]
pub struct Settlement {
    /// What it is about.
    pub topic: &'static str,
    /// Each source with what it says.
    pub sources: &'static [(&'static str, &'static str)],
    settled: fn(Profile) -> String,
}

impl Settlement {
    /// What holds under a profile.
    pub fn under(&self, profile: Profile) -> String {
        (self.settled)(profile)
    }
}

/// Every such question.
pub static SETTLEMENTS: &[Settlement] = &[
    Settlement {
        topic: "refresh token rotation",
        sources: &[
            ("RFC 9700 §4.14.2", "refresh tokens of public clients are bound or rotated"),
            (
                "FAPI 2.0 Security Profile §5.3.2.1, item 9",
                "no rotation except in extraordinary circumstances: clients are confidential, tokens are bound, and a lost answer locks the client out",
            ),
        ],
        settled: |profile| {
            match profile.rotation() {
                Rotation::Strict => {
                    "each refresh token works once, unless the lab file says otherwise"
                }
                Rotation::Grace(_) => "a used refresh token works a little longer",
                Rotation::Off => "a refresh token stays the same",
            }
            .to_owned()
        },
    },
    Settlement {
        topic: "lifetime of codes",
        sources: &[
            ("RFC 6749 §4.1.2", "ten minutes at most are recommended"),
            ("FAPI 2.0 Security Profile §5.3.2.1, item 11", "one minute at most"),
        ],
        settled: |profile| format!("at most {} s", profile.longest_code_ttl().as_secs()),
    },
    Settlement {
        topic: "redirect_uri at the token endpoint",
        sources: &[
            ("RFC 6749 §4.1.3", "required, if it was in the authorization request"),
            ("OAuth 2.1 §10.2", "gone: PKCE does its work"),
        ],
        settled: |_| "not required; one that is sent must be that of the request".to_owned(),
    },
    Settlement {
        topic: "the PKCE method plain",
        sources: &[
            ("RFC 7636 §4.2", "allowed for clients that cannot hash"),
            ("FAPI 2.0 Security Profile §5.3.2.2, item 5", "S256 alone"),
        ],
        settled: |_| "S256 alone".to_owned(),
    },
    Settlement {
        topic: "grants beside the authorization code",
        sources: &[
            (
                "RFC 8628 §3.4, RFC 8693 §2.1, RFC 7523 §2.1",
                "devices, tokens that are traded and assertions have grants of their own",
            ),
            (
                "FAPI 2.0 Security Profile §5.3.2.1, a note",
                "others may be supported where they fit, for example client credentials",
            ),
        ],
        settled: |profile| {
            let others =
                profile.grants().iter().filter(|own| **own != GrantType::AuthorizationCode);
            let others: Vec<_> = others.map(|grant| grant.short()).collect();
            format!(
                "{}; others are refused (profile.grant), and with --profile the lab's clients lose them",
                others.join(", ")
            )
        },
    },
    Settlement {
        topic: "passwords in the hands of clients",
        sources: &[
            ("RFC 6749 §4.3", "a grant for clients that the user trusts"),
            ("RFC 9700 §2.4", "must not be used"),
            ("FAPI 2.0 Security Profile §5.3.2.1, item 2", "such requests are rejected"),
        ],
        settled: |profile| {
            let has = profile.grants().contains(&GrantType::Password);
            if has { "there, to be looked at" } else { "refused (profile.grant)" }.to_owned()
        },
    },
    Settlement {
        topic: "tokens in the front channel",
        sources: &[
            ("RFC 6749 §4.2", "the implicit grant returns them in the fragment"),
            ("RFC 9700 §2.1.2", "should not be used"),
            ("FAPI 2.0 Security Profile §5.3.2.2, item 1", "response_type is code"),
        ],
        settled: |profile| {
            let only = profile.response_types() == [ResponseType::Code];
            if only { "response_type is code" } else { "there, to be looked at" }.to_owned()
        },
    },
    Settlement {
        topic: "clients without a key of their own",
        sources: &[
            ("RFC 6749 §2.1", "clients are public, or hold a secret"),
            (
                "FAPI 2.0 Security Profile §5.3.2.1",
                "clients are confidential, and authenticate with a signed assertion or a certificate",
            ),
        ],
        settled: |profile| {
            let has = profile.auth_methods().contains(&AuthMethod::None);
            if has {
                "as any other"
            } else {
                "refused (profile.client_auth); with --profile the lab's own get a key at start"
            }
            .to_owned()
        },
    },
    Settlement {
        topic: "bearer tokens",
        sources: &[
            ("RFC 6750 §1.2", "whoever has the token may use it"),
            ("RFC 9700 §2.2.1", "tokens should be bound to their sender"),
            ("FAPI 2.0 Security Profile §5.3.2.1", "tokens are bound by DPoP or mutual TLS"),
        ],
        settled: |profile| {
            let bound = profile.demands_bound_tokens();
            if bound {
                "refused by the issuer (profile.sender_constrained) and by the APIs (resource.sender_constrained)"
            } else {
                "unless the client binds them"
            }
            .to_owned()
        },
    },
    Settlement {
        topic: "RS256",
        sources: &[
            ("OpenID Connect Core §15.1", "every provider supports it"),
            ("FAPI 2.0 Security Profile §5.4.1, item 1", "PS256, ES256 or EdDSA"),
        ],
        settled: |profile| {
            match profile {
                Profile::Fapi2 => "PS256 signs where the lab file says RS256",
                Profile::OAuth21 | Profile::Mcp | Profile::Legacy => {
                    "there, and what a registered client gets that names none"
                }
            }
            .to_owned()
        },
    },
    Settlement {
        topic: "the audience of a token",
        sources: &[
            ("RFC 8707 §2", "a client may name it"),
            (
                "Model Context Protocol, Authorization",
                "a client must name it, and a server takes no token for another",
            ),
        ],
        settled: |profile| {
            match profile.resource_indicators() {
                ResourceIndicators::Off => "follows from the scope; resource is ignored",
                ResourceIndicators::Optional => "named, or follows from the scope",
                ResourceIndicators::Strict => {
                    "named, or follows from the scope; an API refuses every token without its own"
                }
            }
            .to_owned()
        },
    },
    Settlement {
        topic: "who may register clients",
        sources: &[
            ("RFC 7591 §3", "anybody, or whoever has an initial access token"),
            ("Model Context Protocol, Authorization", "clients come unannounced"),
        ],
        settled: |profile| {
            match profile.registration() {
                RegistrationMode::Open => "anybody, unless the lab file says otherwise",
                RegistrationMode::InitialAccessToken(_) => {
                    "whoever has the initial access token, unless the lab file says otherwise"
                }
                RegistrationMode::Off => "nobody",
            }
            .to_owned()
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_two_sources_and_an_answer_of_each_profile() {
        for settlement in SETTLEMENTS {
            assert!(settlement.sources.len() >= 2, "{}", settlement.topic);
            for profile in Profile::ALL {
                assert!(!settlement.under(*profile).is_empty(), "{}", settlement.topic);
            }
        }
    }

    #[test]
    fn fapi2_and_the_default_settle_rotation_and_codes_differently() {
        let of = |topic: &str, profile| {
            let found = SETTLEMENTS.iter().find(|settlement| settlement.topic == topic);
            found.unwrap().under(profile)
        };
        assert_eq!(of("refresh token rotation", Profile::Fapi2), "a refresh token stays the same");
        assert_ne!(
            of("refresh token rotation", Profile::OAuth21),
            "a refresh token stays the same"
        );
        assert_eq!(of("lifetime of codes", Profile::Fapi2), "at most 60 s");
        assert_eq!(of("lifetime of codes", Profile::OAuth21), "at most 600 s");
        let grants = |profile| of("grants beside the authorization code", profile);
        assert!(grants(Profile::Fapi2).starts_with("client_credentials, refresh_token; "));
        assert!(grants(Profile::OAuth21).contains("device_code"));
    }
}
