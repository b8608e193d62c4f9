//! Rules of login, consent and the inspector.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The page belongs to a request that is still open.
pub static INTERACTION_KNOWN: Rule = Rule {
    id: "interaction.known",
    title: "The page belongs to a request that is still open",
    spec: "RFC 6749 §10.12",
    stops: "A form that works without its request lets a stranger finish it in the user's browser.",
    fix: "Start again at the client; pages live for ten minutes.",
    face: Face::new(
        E::InvalidRequest,
        "interaction.known",
        "This page has expired. Start again at the client.",
    ),
};

/// The form comes from our own page in this browser.
pub static FORM_CSRF: Rule = Rule {
    id: "form.csrf",
    title: "The form comes from our own page in this browser",
    spec: "RFC 6749 §10.12",
    stops: "Another site could log the user in as somebody else, or consent for the user.",
    fix: "Submit the page that was shown; do not build the request by hand without its token.",
    face: Face::new(
        E::AccessDenied,
        "form.csrf",
        "The form was not sent from the page in this browser.",
    ),
};

/// The account stays below its rate of failed logins.
pub static LOGIN_RATE: Rule = Rule {
    id: "login.rate",
    title: "The account stays below its rate of failed logins",
    spec: "RFC 6749 §10.10",
    stops: "Unlimited tries let passwords be guessed.",
    fix: "Wait a minute.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "login.rate",
        "Too many failed logins of this account.",
    )
    .with_status(429),
};

/// User name and password are right.
pub static LOGIN_PASSWORD: Rule = Rule {
    id: "login.password",
    title: "User name and password are right",
    spec: "RFC 6749 §3.1",
    stops: "Consent is worth what the login is worth.",
    fix: "Try again; the lab file lists its users.",
    face: Face::new(E::AccessDenied, "login.password", "The user name or the password is wrong.")
        .with_status(401),
};

/// A session exists, idle and absolute time not over.
pub static SESSION_LIVE: Rule = Rule {
    id: "session.live",
    title: "A session exists, idle and absolute time not over",
    spec: "OpenID Connect Core §3.1.2.3",
    stops: "A forgotten browser would stay logged in for ever.",
    fix: "Log in again.",
    face: Face::new(E::LoginRequired, "session.live", "The session is over. Log in again.")
        .with_status(401),
};

/// The request was not answered before.
pub static CONSENT_UNANSWERED: Rule = Rule {
    id: "consent.unanswered",
    title: "The request was not answered before",
    spec: "RFC 6749 §10.12",
    stops: "Sending the form again would mint a second code.",
    fix: "Start again at the client.",
    face: Face::new(
        E::InvalidRequest,
        "consent.unanswered",
        "This request was answered already. Start again at the client.",
    ),
};

/// The user allowed the request.
pub static CONSENT_GRANTED: Rule = Rule {
    id: "consent.granted",
    title: "The user allowed the request",
    spec: "RFC 6749 §4.1.2.1",
    stops: "The user decides.",
    fix: "Nothing to fix: the user said no.",
    face: Face::new(E::AccessDenied, "consent.granted", "The user denied the request."),
};

/// The Host header names this machine.
pub static INSPECTOR_HOST: Rule = Rule {
    id: "inspector.host",
    title: "The Host header names this machine",
    spec: "RFC 9110 §7.2",
    stops: "DNS rebinding lets a web page of a stranger talk to a local port.",
    fix: "Use the URL that the live record names.",
    face: Face::new(E::AccessDenied, "inspector.host", "The host is not one of this machine."),
};

/// The inspector's token is right.
pub static INSPECTOR_TOKEN: Rule = Rule {
    id: "inspector.token",
    title: "The inspector's token is right",
    spec: "RFC 6750 §2.1",
    stops: "The record holds what nobody else may see.",
    fix: "Send the token of the live record as a bearer token.",
    face: Face::new(E::InvalidToken, "inspector.token", "The inspector token is missing or wrong."),
};

/// The record that is asked for is still kept.
pub static INSPECTOR_KNOWN: Rule = Rule {
    id: "inspector.known",
    title: "The record that is asked for is still kept",
    spec: "RFC 9110 §15.5.5",
    stops: "A trace that has left the ring must not look like one that never was.",
    fix: "Ask for a newer trace; the ring is bounded.",
    face: Face::new(E::InvalidRequest, "inspector.known", "There is no such record.")
        .with_status(404),
};
