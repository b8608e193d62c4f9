//! Rules of the resource owner password credentials grant (RFC 6749 §4.3), which only the legacy
//! profile has.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request has a user name and a password.
pub static PASSWORD_PRESENTED: Rule = Rule {
    id: "password.presented",
    title: "The request has a user name and a password",
    spec: "RFC 6749 §4.3.2",
    stops: "Nothing can be exchanged for nothing.",
    fix: "Add username and password to the form body; better, use the authorization code grant.",
    face: Face::new(
        E::InvalidRequest,
        "password.presented",
        "The request has no username or no password.",
    ),
};

/// The user name and the password are right.
pub static PASSWORD_RIGHT: Rule = Rule {
    id: "password.right",
    title: "The user name and the password are right",
    spec: "RFC 6749 §4.3.2",
    stops: "The password is all that this grant asks for.",
    fix: "Try again; the lab file lists its users.",
    face: Face::new(E::InvalidGrant, "password.right", "The user name or the password is wrong."),
};
