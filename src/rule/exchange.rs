//! Rules of token exchange (RFC 8693): whose token, for whom, for which API, with how much of it.
//!
//! An unacceptable subject or actor token is `invalid_request` (RFC 8693 §2.2.2). All look-ups of
//! tokens share one face, so that nobody can try strings here.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// Only a confidential client exchanges tokens.
pub static EXCHANGE_CONFIDENTIAL: Rule = Rule {
    id: "exchange.confidential",
    title: "Only a confidential client exchanges tokens",
    spec: "RFC 8693 §2.1",
    stops: "Whoever found a token could exchange it: leaving out client authentication leaves it to anyone.",
    fix: "Use a client with a credential.",
    face: Face::new(
        E::UnauthorizedClient,
        "exchange.confidential",
        "A public client cannot exchange tokens.",
    ),
};

/// The request has a subject token and says its type.
pub static EXCHANGE_SUBJECT_PRESENTED: Rule = Rule {
    id: "exchange.subject_presented",
    title: "The request has a subject token and says its type",
    spec: "RFC 8693 §2.1",
    stops: "Nothing can be exchanged for nothing, and guessing at types confuses one kind of token with another.",
    fix: "Add subject_token and subject_token_type.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.subject_presented",
        "The request needs subject_token and subject_token_type.",
    ),
};

/// The subject token is of a type that can be exchanged.
pub static EXCHANGE_SUBJECT_TYPE: Rule = Rule {
    id: "exchange.subject_type",
    title: "The subject token is of a type that can be exchanged",
    spec: "RFC 8693 §2.1, §3",
    stops: "A refresh token is between a client and this server: exchanged it would outlive its rotation.",
    fix: "Exchange an access token, an ID token, or either as a jwt.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.subject_type",
        "This type of subject token cannot be exchanged here.",
    ),
};

/// An actor token and its type come together, and the type is one that names an actor.
pub static EXCHANGE_ACTOR_FORM: Rule = Rule {
    id: "exchange.actor_form",
    title: "An actor token and its type come together, and the type is one that names an actor",
    spec: "RFC 8693 §2.1",
    stops: "A type without a token, or a token without a type, leaves open who acts.",
    fix: "Send actor_token with actor_token_type, or neither.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.actor_form",
        "actor_token and actor_token_type come together, with a known type.",
    ),
};

/// The requested type is one that this server issues.
pub static EXCHANGE_REQUESTED_TYPE: Rule = Rule {
    id: "exchange.requested_type",
    title: "The requested type is one that this server issues",
    spec: "RFC 8693 §2.1, §3",
    stops: "A client that expects one kind of token and gets another misreads it.",
    fix: "Leave requested_token_type out, or ask for an access token; for a jwt where the lab issues JWTs.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.requested_type",
        "The requested token type is not issued here.",
    ),
};

/// Each audience and resource is an API of this lab.
pub static EXCHANGE_TARGET_KNOWN: Rule = Rule {
    id: "exchange.target_known",
    title: "Each audience and resource is an API of this lab",
    spec: "RFC 8693 §2.1, §2.2.2",
    stops: "A token for an API that nobody knows can be replayed wherever that name is taken.",
    fix: "Name an API as audience, by its name or its identifier, or its identifier as resource.",
    face: Face::new(
        E::InvalidTarget,
        "exchange.target_known",
        "An audience or resource is not known.",
    ),
};

/// The subject token was issued by this server, as a token of that type.
pub static EXCHANGE_SUBJECT_KNOWN: Rule = Rule {
    id: "exchange.subject_known",
    title: "The subject token was issued by this server, as a token of that type",
    spec: "RFC 8693 §2.1",
    stops: "Subject tokens could be made up, or one kind passed off as another.",
    fix: "Send the token exactly as it was issued, with its own type.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// The subject token has neither expired nor been revoked.
pub static EXCHANGE_SUBJECT_LIVE: Rule = Rule {
    id: "exchange.subject_live",
    title: "The subject token has neither expired nor been revoked",
    spec: "RFC 8693 §2.1",
    stops: "An exchange would bring dead tokens back to life.",
    fix: "Get a new token first: refresh, or start again.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// The client may exchange this token: it is its own, meant for it, or of a client that the lab names.
pub static EXCHANGE_SUBJECT_CLIENT: Rule = Rule {
    id: "exchange.subject_client",
    title: "The client may exchange this token: it is its own, meant for it, or of a client that the lab names",
    spec: "RFC 8693 §5",
    stops: "A client that sees a token of another one could turn it into one of its own.",
    fix: "Let the configuration of the client name the other one under exchange.from; an ID token is exchanged by its own audience alone.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// The actor token was issued by this server to the client that sends it.
pub static EXCHANGE_ACTOR_KNOWN: Rule = Rule {
    id: "exchange.actor_known",
    title: "The actor token was issued by this server to the client that sends it",
    spec: "RFC 8693 §2.1",
    stops: "The answer would name an actor who knows nothing of it.",
    fix: "Send an own, live token as actor_token.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// The actor token has neither expired nor been revoked.
pub static EXCHANGE_ACTOR_LIVE: Rule = Rule {
    id: "exchange.actor_live",
    title: "The actor token has neither expired nor been revoked",
    spec: "RFC 8693 §2.1",
    stops: "An actor whose access was taken away would go on acting.",
    fix: "Get a new token for the actor first.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// A bound token is exchanged by whoever holds its key.
pub static EXCHANGE_SENDER: Rule = Rule {
    id: "exchange.sender",
    title: "A bound token is exchanged by whoever holds its key",
    spec: "RFC 9449 §5, RFC 8705 §3",
    stops: "A stolen bound token could be washed into one that its thief holds the key of.",
    fix: "Prove the key that the token is bound to with the same request.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.token",
        "A token of the request is unknown, expired, revoked, or not for this client to exchange.",
    ),
};

/// Whoever acts is the one that the user's `may_act` names.
pub static EXCHANGE_MAY_ACT: Rule = Rule {
    id: "exchange.may_act",
    title: "Whoever acts is the one that the user's may_act names",
    spec: "RFC 8693 §4.4",
    stops: "Somebody whom the user never authorized would act for the user.",
    fix: "Exchange as the party that may_act names, or change the user's claims in the lab file.",
    face: Face::new(
        E::InvalidRequest,
        "exchange.may_act",
        "The actor is not authorized to act for this subject.",
    ),
};

/// A chain of actors is no longer than eight.
pub static EXCHANGE_CHAIN: Rule = Rule {
    id: "exchange.chain",
    title: "A chain of actors is no longer than eight",
    spec: "RFC 8693 §4.1",
    stops: "A token that grows with each exchange ends up where nothing can read it.",
    fix: "Exchange the first token again instead of the last.",
    face: Face::new(E::InvalidRequest, "exchange.chain", "The chain of actors is too long."),
};

/// The scope is within the subject token's and the client's own.
pub static EXCHANGE_SCOPE: Rule = Rule {
    id: "exchange.scope",
    title: "The scope is within the subject token's and the client's own",
    spec: "RFC 8693 §5",
    stops: "An exchange that widens a token gives what nobody granted.",
    fix: "Ask for less: what the subject token has, the client may have, and the target knows. Scopes of OpenID Connect stay with the client that the user logged in to.",
    face: Face::new(
        E::InvalidScope,
        "exchange.scope",
        "The scope is wider than the subject token's, or not for this client.",
    ),
};

/// Each target is one that the subject token is for.
pub static EXCHANGE_TARGET_GRANTED: Rule = Rule {
    id: "exchange.target_granted",
    title: "Each target is one that the subject token is for",
    spec: "RFC 8693 §2.2.2, §5",
    stops: "A token could be turned towards an API that the user never saw.",
    fix: "Ask for an API of the subject token's audience.",
    face: Face::new(
        E::InvalidTarget,
        "exchange.target_granted",
        "The subject token is not for this target.",
    ),
};
