//! Rules of software statements: metadata that somebody whom the lab trusts has signed (RFC 7591
//! §2.3, §3.1.1).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// A software statement comes where the lab wants one.
pub static STATEMENT_PRESENTED: Rule = Rule {
    id: "statement.presented",
    title: "A software statement comes where the lab wants one",
    spec: "RFC 7591 §3.1.1",
    stops: "A server for approved software must not register what nobody approved.",
    fix: "Send software_statement with the JWT that its publisher gave out.",
    face: Face::new(
        E::UnapprovedSoftwareStatement,
        "statement.presented",
        "A software statement is required.",
    ),
};

/// The software statement is a JWT that names its issuer.
pub static STATEMENT_FORM: Rule = Rule {
    id: "statement.form",
    title: "The software statement is a JWT that names its issuer",
    spec: "RFC 7591 §2.3",
    stops: "A statement that nobody stands for says nothing.",
    fix: "Send a signed JWT in compact form with iss, at most 16 KiB, whose other claims are client metadata of the right types.",
    face: Face::new(
        E::InvalidSoftwareStatement,
        "statement.form",
        "The software statement is not a JWT with iss.",
    ),
};

/// The lab trusts the issuer of the software statement.
pub static STATEMENT_ISSUER: Rule = Rule {
    id: "statement.issuer",
    title: "The lab trusts the issuer of the software statement",
    spec: "RFC 7591 §3.2.2",
    stops: "Anybody can sign a statement about anything.",
    fix: "Add the issuer and its keys to registration.software_statements of the lab file.",
    face: Face::new(
        E::UnapprovedSoftwareStatement,
        "statement.issuer",
        "The issuer of the software statement is not trusted here.",
    ),
};

/// The signature of the software statement is its issuer's.
pub static STATEMENT_SIGNATURE: Rule = Rule {
    id: "statement.signature",
    title: "The signature of the software statement is its issuer's",
    spec: "RFC 7591 §2.3",
    stops: "Without it whoever sends the statement could write it.",
    fix: "Sign with a key of the issuer's set, named by kid, and an asymmetric algorithm; none and HS256 are no choice.",
    face: Face::new(
        E::InvalidSoftwareStatement,
        "statement.signature",
        "The signature of the software statement does not verify.",
    ),
};

/// The software statement holds now, and here.
pub static STATEMENT_TIME: Rule = Rule {
    id: "statement.time",
    title: "The software statement holds now, and here",
    spec: "RFC 7519 §4.1",
    stops: "An old statement speaks for software that may have been withdrawn; one for another server is not for us.",
    fix: "Send a statement between its nbf and exp, whose aud, if it has one, is the issuer identifier of this server.",
    face: Face::new(
        E::InvalidSoftwareStatement,
        "statement.time",
        "The software statement has expired, is not valid yet, or is meant for another server.",
    ),
};
