//! Rules of logout and of the account page.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// `id_token_hint` is an ID token of this server.
pub static LOGOUT_HINT: Rule = Rule {
    id: "logout.hint",
    title: "id_token_hint is an ID token that this server signed; an expired one will do",
    spec: "OpenID Connect RP-Initiated Logout §4",
    stops: "With a forged hint any site could log users out, and have them sent on.",
    fix: "Send the ID token as it came from the token endpoint of this issuer.",
    face: Face::new(
        E::InvalidRequest,
        "logout.hint",
        "id_token_hint is not an ID token of this server.",
    ),
};

/// The client is known, and the one that the ID token was issued to.
pub static LOGOUT_CLIENT: Rule = Rule {
    id: "logout.client",
    title: "The client is known, and the one that the ID token was issued to",
    spec: "OpenID Connect RP-Initiated Logout §2",
    stops: "A client could ask in the name of another, and be sent what was meant for that one.",
    fix: "Send the client_id that the ID token has in aud, or leave it out.",
    face: Face::new(
        E::InvalidRequest,
        "logout.client",
        "The client is unknown or not the one that the ID token was issued to.",
    ),
};

/// `post_logout_redirect_uri` is registered for the client, byte for byte.
pub static LOGOUT_REDIRECT_URI: Rule = Rule {
    id: "logout.redirect_uri",
    title: "post_logout_redirect_uri is registered for the client, byte for byte",
    spec: "OpenID Connect RP-Initiated Logout §3",
    stops: "An open redirector lends the trust in this server to any page of a stranger.",
    fix: "Register the URI in post_logout_redirect_uris, and send id_token_hint or client_id with it.",
    face: Face::new(
        E::InvalidRequest,
        "logout.redirect_uri",
        "post_logout_redirect_uri is not registered for a client that this request names.",
    ),
};

/// The user said yes.
pub static LOGOUT_CONFIRMED: Rule = Rule {
    id: "logout.confirmed",
    title: "The user wants to log out",
    spec: "OpenID Connect RP-Initiated Logout §2",
    stops: "Any page with an image of the logout endpoint would end sessions.",
    fix: "Nothing to fix: the user stays logged in.",
    face: Face::new(E::AccessDenied, "logout.confirmed", "The user chose to stay logged in."),
};

/// What is to be revoked is the user's own.
pub static ACCOUNT_TARGET: Rule = Rule {
    id: "account.target",
    title: "The form names one thing to revoke, and it is the user's own",
    spec: "RFC 9700 §4.14.2",
    stops: "One user could end the sessions and the access of another.",
    fix: "Send one of session, consent or client, with a value that the account page lists.",
    face: Face::new(
        E::InvalidRequest,
        "account.target",
        "There is nothing of yours with that name. Load the page again.",
    )
    .with_status(404),
};
