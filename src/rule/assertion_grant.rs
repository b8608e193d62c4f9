//! Rules of the JWT bearer grant (RFC 7523 §2.1, §3): who vouches, for whom, towards whom, how long.
//!
//! Whatever is wrong with an assertion is `invalid_grant` (RFC 7523 §3.1), with one face for all.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The request has an assertion.
pub static ASSERTION_GRANT_PRESENTED: Rule = Rule {
    id: "assertion_grant.presented",
    title: "The request has an assertion",
    spec: "RFC 7521 §4.1",
    stops: "Nothing can be granted upon nothing.",
    fix: "Add assertion: one JWT.",
    face: Face::new(
        E::InvalidRequest,
        "assertion_grant.presented",
        "The request has no assertion.",
    ),
};

/// The assertion is a signed JWT with issuer, subject, audience and expiry.
pub static ASSERTION_GRANT_FORM: Rule = Rule {
    id: "assertion_grant.form",
    title: "The assertion is a signed JWT with issuer, subject, audience and expiry",
    spec: "RFC 7523 §3",
    stops: "What cannot be read cannot be judged.",
    fix: "Send a compact JWS of a JSON object with iss, sub, aud and exp.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The issuer is trusted: configured, or the client itself about itself.
pub static ASSERTION_GRANT_ISSUER: Rule = Rule {
    id: "assertion_grant.issuer",
    title: "The issuer is trusted: configured, or the client itself about itself",
    spec: "RFC 7523 §3",
    stops: "Whoever signs could be anyone: a self-made assertion would log in as any user.",
    fix: "Configure the issuer under trusted_issuers; or let a client with registered keys assert iss and sub as its own client_id.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The signature is one of that issuer's keys.
pub static ASSERTION_GRANT_SIGNATURE: Rule = Rule {
    id: "assertion_grant.signature",
    title: "The signature is one of that issuer's keys",
    spec: "RFC 7523 §3",
    stops: "Assertions could be forged.",
    fix: "Sign with a published key of the issuer, by ES256, PS256, RS256 or EdDSA.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The audience is this server.
pub static ASSERTION_GRANT_AUDIENCE: Rule = Rule {
    id: "assertion_grant.audience",
    title: "The audience is this server",
    spec: "RFC 7523 §3",
    stops: "An assertion for another server could be replayed here.",
    fix: "Set aud to the issuer identifier of this server, or to its token endpoint.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The assertion is valid now, and not for longer than an hour.
pub static ASSERTION_GRANT_FRESH: Rule = Rule {
    id: "assertion_grant.fresh",
    title: "The assertion is valid now, and not for longer than an hour",
    spec: "RFC 7523 §3",
    stops: "An assertion that never ends is a password in disguise.",
    fix: "Make a new one with an exp of a few minutes.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The jti was not used before.
pub static ASSERTION_GRANT_UNUSED: Rule = Rule {
    id: "assertion_grant.unused",
    title: "The jti was not used before",
    spec: "RFC 7523 §3",
    stops: "An assertion from a log could be used again.",
    fix: "Make a new assertion with a new jti for each request.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};

/// The subject is one whom the issuer may speak for.
pub static ASSERTION_GRANT_SUBJECT: Rule = Rule {
    id: "assertion_grant.subject",
    title: "The subject is one whom the issuer may speak for",
    spec: "RFC 7523 §3",
    stops: "A trusted issuer could log in as users that are not its own.",
    fix: "Name a user of this lab, or one of the issuer's subjects in the lab file.",
    face: Face::new(
        E::InvalidGrant,
        "assertion_grant.usable",
        "The assertion is not from a trusted issuer, not for this server, not fresh, or was used before.",
    ),
};
