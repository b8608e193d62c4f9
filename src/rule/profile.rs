//! Rules by which a profile refuses what other rule books still have.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// Under `fapi2` a client authenticates with a key of its own.
pub static PROFILE_CLIENT_AUTH: Rule = Rule {
    id: "profile.client_auth",
    title: "Under fapi2 a client authenticates with a key of its own",
    spec: "FAPI 2.0 Security Profile §5.3.2.1",
    stops: "A public client is whoever names it, and a shared secret is known to two and leaks from either.",
    fix: "Register private_key_jwt, tls_client_auth or self_signed_tls_client_auth, or start the lab with another profile. Only the bundled resource server keeps its secret, to introspect: it is no client of the profile, and gets no tokens.",
    face: Face::new(
        E::InvalidClient,
        "profile.client_auth",
        "The profile fapi2 takes private_key_jwt, tls_client_auth and self_signed_tls_client_auth alone.",
    ),
};

/// The lab's profile has this grant.
pub static PROFILE_GRANT: Rule = Rule {
    id: "profile.grant",
    title: "The lab's profile has this grant",
    spec: "RFC 9700 §2.4",
    stops: "Grants that the rule book left out: passwords in the hands of clients, or flows that a high-security profile does not know.",
    fix: "Use a grant of grant_types_supported, or start the lab with another profile: only legacy has the password grant, for teaching.",
    face: Face::new(
        E::UnsupportedGrantType,
        "profile.grant",
        "The profile of this server does not have this grant type.",
    ),
};

/// Under `fapi2` every token is bound to a key of its sender.
pub static PROFILE_SENDER_CONSTRAINED: Rule = Rule {
    id: "profile.sender_constrained",
    title: "Under fapi2 every token is bound to a key of its sender",
    spec: "FAPI 2.0 Security Profile §5.3.2.1",
    stops: "A bearer token serves whoever finds it.",
    fix: "Send a DPoP proof with the token request, or send it over mutual TLS.",
    face: Face::new(
        E::InvalidRequest,
        "profile.sender_constrained",
        "The profile fapi2 binds every token: send a DPoP proof or a client certificate.",
    ),
};
