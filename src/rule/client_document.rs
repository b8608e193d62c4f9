//! Rules of clients that are known by the address of their metadata
//! (draft-ietf-oauth-client-id-metadata-document; the sections are those of its version 02).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// The address can carry a client's metadata.
pub static CIMD_URL: Rule = Rule {
    id: "cimd.url",
    title: "The address can carry a client's metadata",
    spec: "draft-ietf-oauth-client-id-metadata-document §3",
    stops: "Two spellings of one address would be two clients; an unprotected one is anybody's.",
    fix: "Use an https URL with a path, without fragment, user info and dot segments, in its plain spelling.",
    face: Face::new(
        E::InvalidClient,
        "cimd.url",
        "The client_id is no address of a client metadata document.",
    )
    .with_status(400),
};

/// The lab trusts the host of the address.
pub static CIMD_ALLOWED: Rule = Rule {
    id: "cimd.allowed",
    title: "The lab trusts the host of the address",
    spec: "draft-ietf-oauth-client-id-metadata-document §8.9",
    stops: "A server that knows its clients has no use for the whole internet.",
    fix: "Add the host to client_id_metadata.allow of the lab file, or register the client.",
    face: Face::new(
        E::InvalidClient,
        "cimd.allowed",
        "Clients of this host are not accepted here.",
    )
    .with_status(400),
};

/// The lab fetches documents at a bounded rate.
pub static CIMD_RATE: Rule = Rule {
    id: "cimd.rate",
    title: "The lab fetches documents at a bounded rate",
    spec: "draft-ietf-oauth-client-id-metadata-document §8.6",
    stops: "Anybody can name an address: without a bound the server would attack others for them.",
    fix: "Wait a minute. Documents that were fetched before still serve.",
    face: Face::new(
        E::TemporarilyUnavailable,
        "cimd.rate",
        "Too many client metadata documents are being fetched.",
    )
    .with_status(429),
};

/// The document is there.
pub static CIMD_FETCHED: Rule = Rule {
    id: "cimd.fetched",
    title: "The document is there",
    spec: "draft-ietf-oauth-client-id-metadata-document §5, §8.6, §8.7",
    stops: "A redirect or a page of errors would let somebody else speak for the address; an inner address would make the server a door.",
    fix: "Serve the document with status 200 as application/json, in at most 5 KiB and 5 seconds, without redirect, at a public address or one that outgoing.allow names.",
    face: Face::new(
        E::InvalidClient,
        "cimd.fetched",
        "The client metadata document cannot be fetched.",
    )
    .with_status(400),
};

/// The document says that it is about this address.
pub static CIMD_IDENTITY: Rule = Rule {
    id: "cimd.identity",
    title: "The document says that it is about this address",
    spec: "draft-ietf-oauth-client-id-metadata-document §4",
    stops: "A copy of somebody's document at another address would take their name.",
    fix: "Write the exact address as client_id into the document.",
    face: Face::new(
        E::InvalidClient,
        "cimd.identity",
        "The client_id inside the document is not its address.",
    )
    .with_status(400),
};

/// The document holds no shared secret.
pub static CIMD_AUTH_METHOD: Rule = Rule {
    id: "cimd.auth_method",
    title: "The document holds no shared secret",
    spec: "draft-ietf-oauth-client-id-metadata-document §4.1",
    stops: "A secret in a public document is none.",
    fix: "Use token_endpoint_auth_method none, or private_key_jwt with public keys; leave client_secret out.",
    face: Face::new(
        E::InvalidClient,
        "cimd.auth_method",
        "A client metadata document cannot use a shared secret.",
    )
    .with_status(400),
};

/// The document is acceptable client metadata.
pub static CIMD_DOCUMENT: Rule = Rule {
    id: "cimd.document",
    title: "The document is acceptable client metadata",
    spec: "draft-ietf-oauth-client-id-metadata-document §4",
    stops: "What no client could register must not come in through an address.",
    fix: "Serve a JSON object with redirect_uris, and client_name under mcp. The record of the decision names the rule of registration that is broken.",
    face: Face::new(
        E::InvalidClient,
        "cimd.document",
        "The client metadata document is not acceptable.",
    )
    .with_status(400),
};
