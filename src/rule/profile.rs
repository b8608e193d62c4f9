//! Rules by which a profile refuses what other rule books still have.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

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
