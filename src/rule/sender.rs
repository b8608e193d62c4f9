//! Rules of sender-constrained tokens: `DPoP` proofs (RFC 9449), client certificates (RFC 8705).

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

/// A proof stands in exactly one `DPoP` header.
pub static DPOP_ONCE: Rule = Rule {
    id: "dpop.once",
    title: "A proof stands in exactly one DPoP header",
    spec: "RFC 9449 §4.3",
    stops: "With two proofs, or none, it is unclear which key the sender has.",
    fix: "Send one DPoP header, with one proof that was made for this request.",
    face: Face::new(
        E::InvalidDpopProof,
        "dpop.once",
        "The request must have exactly one DPoP header.",
    ),
};

/// The proof is a JWT with typ, alg, a public jwk and the required claims.
pub static DPOP_FORM: Rule = Rule {
    id: "dpop.form",
    title: "The proof is a JWT with typ, alg, a public jwk and the required claims",
    spec: "RFC 9449 §4.2",
    stops: "Another JWT could pass as a proof; a MAC or alg none proves no key; a private key in a header is a key given away.",
    fix: "Make a JWT with typ dpop+jwt, an alg of dpop_signing_alg_values_supported, the public jwk, and jti, htm, htu and iat.",
    face: Face::new(E::InvalidDpopProof, "dpop.form", "The DPoP proof is malformed."),
};

/// The key in the proof signed it.
pub static DPOP_SIGNATURE: Rule = Rule {
    id: "dpop.signature",
    title: "The key in the proof signed it",
    spec: "RFC 9449 §4.3",
    stops: "Anybody can write a public key into a header; only its owner can sign with it.",
    fix: "Sign the proof with the private key of the jwk in its header.",
    face: Face::new(
        E::InvalidDpopProof,
        "dpop.signature",
        "The signature of the DPoP proof does not verify.",
    ),
};

/// The proof is for the method of the request.
pub static DPOP_METHOD: Rule = Rule {
    id: "dpop.method",
    title: "The proof is for the method of the request",
    spec: "RFC 9449 §4.3",
    stops: "A proof that was seen with one request could serve another one.",
    fix: "Set htm to the HTTP method, in upper case.",
    face: Face::new(
        E::InvalidDpopProof,
        "dpop.method",
        "The DPoP proof was made for another HTTP method.",
    ),
};

/// The proof is for the URI of the request.
pub static DPOP_URI: Rule = Rule {
    id: "dpop.uri",
    title: "The proof is for the URI of the request",
    spec: "RFC 9449 §4.3",
    stops: "A server that is shown a proof could use it at another one.",
    fix: "Set htu to the URI of the request as the client sees it, without query and fragment.",
    face: Face::new(E::InvalidDpopProof, "dpop.uri", "The DPoP proof was made for another URI."),
};

/// The proof was made within a minute of now.
pub static DPOP_FRESH: Rule = Rule {
    id: "dpop.fresh",
    title: "The proof was made within a minute of now",
    spec: "RFC 9449 §11.1",
    stops: "Proofs that were made in advance, or found in a log, would go on working.",
    fix: "Make a new proof for each request, and set the clock: iat may differ by 60 seconds.",
    face: Face::new(
        E::InvalidDpopProof,
        "dpop.fresh",
        "The DPoP proof is too old, or from the future.",
    ),
};

/// The proof has the hash of the access token.
pub static DPOP_TOKEN_HASH: Rule = Rule {
    id: "dpop.ath",
    title: "The proof has the hash of the access token",
    spec: "RFC 9449 §4.3",
    stops: "A proof could be used together with another token of the same key.",
    fix: "Set ath to the SHA-256 of the access token, base64url without padding.",
    face: Face::new(
        E::InvalidDpopProof,
        "dpop.ath",
        "The DPoP proof is not for this access token.",
    ),
};

/// The proof has the server's nonce.
pub static DPOP_NONCE: Rule = Rule {
    id: "dpop.nonce",
    title: "The proof has the server's nonce",
    spec: "RFC 9449 §8",
    stops: "Who holds a client's key for a moment could make proofs for the whole future.",
    fix: "Take the nonce from the DPoP-Nonce header of the answer, and send a new proof with it.",
    face: Face::new(
        E::UseDpopNonce,
        "dpop.nonce",
        "The DPoP proof needs the nonce of this server.",
    ),
};

/// The proof was not used before.
pub static DPOP_UNUSED: Rule = Rule {
    id: "dpop.unused",
    title: "The proof was not used before",
    spec: "RFC 9449 §11.1",
    stops: "Who sees a request could send it again.",
    fix: "Make a new proof, with a new random jti, for each request.",
    face: Face::new(E::InvalidDpopProof, "dpop.unused", "The DPoP proof was used before."),
};

/// A client that must use `DPoP` does.
pub static DPOP_REQUIRED: Rule = Rule {
    id: "dpop.required",
    title: "A client that must prove possession of a key does",
    spec: "RFC 9449 §5.2",
    stops: "Leaving the proof out would turn a bound token into one for everybody.",
    fix: "Send a DPoP proof with the token request.",
    face: Face::new(E::InvalidDpopProof, "dpop.required", "The client must send a DPoP proof."),
};

/// `dpop_jkt` is the thumbprint of a key.
pub static DPOP_JKT_FORM: Rule = Rule {
    id: "dpop.jkt_form",
    title: "dpop_jkt is the thumbprint of a key",
    spec: "RFC 9449 §10",
    stops: "A code that is bound to a mistake can never be redeemed.",
    fix: "Send the SHA-256 thumbprint (RFC 7638) of the public key, base64url without padding.",
    face: Face::new(
        E::InvalidRequest,
        "dpop.jkt_form",
        "The dpop_jkt is not a SHA-256 thumbprint.",
    ),
};

/// The key of a pushed request's proof is the one that `dpop_jkt` announces.
pub static DPOP_PUSHED_KEY: Rule = Rule {
    id: "dpop.pushed_key",
    title: "The key of a pushed request's proof is the one that dpop_jkt announces",
    spec: "RFC 9449 §10.1",
    stops: "The code would be bound to one key and proven with another; somebody else may have written one of them.",
    fix: "Send the thumbprint of the proof's own key as dpop_jkt, or leave one of the two out.",
    face: Face::new(
        E::InvalidRequest,
        "dpop.pushed_key",
        "The dpop_jkt is not the thumbprint of the key in the DPoP proof.",
    ),
};

/// A code is redeemed with the key that was announced for it.
pub static DPOP_CODE_KEY: Rule = Rule {
    id: "dpop.code_key",
    title: "A code is redeemed with the key that was announced for it",
    spec: "RFC 9449 §10",
    stops: "A stolen code could be redeemed with the thief's own key.",
    fix: "Make the proof with the key whose thumbprint was sent as dpop_jkt.",
    face: Face::new(
        E::InvalidGrant,
        "sender.grant_key",
        "The grant is bound to a key that the request does not prove.",
    ),
};

/// A public client refreshes with the key that its refresh token is bound to.
pub static DPOP_REFRESH_KEY: Rule = Rule {
    id: "dpop.refresh_key",
    title: "A public client refreshes with the key that its refresh token is bound to",
    spec: "RFC 9449 §5",
    stops: "A stolen refresh token of a client without a credential would work for the thief.",
    fix: "Make the proof with the key of the token request that gave the refresh token.",
    face: Face::new(
        E::InvalidGrant,
        "sender.grant_key",
        "The grant is bound to a key that the request does not prove.",
    ),
};

/// A client whose tokens are bound to its certificate shows one.
pub static MTLS_REQUIRED: Rule = Rule {
    id: "mtls.required",
    title: "A client whose tokens are bound to its certificate shows one",
    spec: "RFC 8705 §3.4",
    stops: "Leaving the certificate out would turn a bound token into one for everybody.",
    fix: "Connect to the token endpoint with the client certificate.",
    face: Face::new(
        E::InvalidRequest,
        "mtls.required",
        "The client must connect with its certificate.",
    ),
};

/// A public client refreshes with the certificate that its refresh token is bound to.
pub static MTLS_REFRESH_KEY: Rule = Rule {
    id: "mtls.refresh_key",
    title: "A public client refreshes with the certificate that its refresh token is bound to",
    spec: "RFC 8705 §4",
    stops: "A stolen refresh token of a client without a credential would work for the thief.",
    fix: "Connect with the certificate of the token request that gave the refresh token.",
    face: Face::new(
        E::InvalidGrant,
        "sender.grant_key",
        "The grant is bound to a key that the request does not prove.",
    ),
};

/// A bound token comes with the scheme `DPoP`, any other one with Bearer.
pub static DPOP_SCHEME: Rule = Rule {
    id: "dpop.scheme",
    title: "A DPoP-bound token comes with the scheme DPoP, any other one with Bearer",
    spec: "RFC 9449 §7.2",
    stops: "A stolen token that is bound to a key would work as a bearer token.",
    fix: "Send Authorization: DPoP and a proof exactly when token_type was DPoP.",
    face: Face::new(
        E::InvalidToken,
        "dpop.scheme",
        "The access token does not go with this authentication scheme.",
    ),
};

/// The proof was made with the key that the token is bound to.
pub static DPOP_TOKEN_KEY: Rule = Rule {
    id: "dpop.token_key",
    title: "The proof was made with the key that the token is bound to",
    spec: "RFC 9449 §7",
    stops: "A stolen token would work with the thief's own key.",
    fix: "Make the proof with the key of the token request.",
    face: Face::new(
        E::InvalidToken,
        "sender.token_key",
        "The access token is bound to a key that the request does not prove.",
    ),
};

/// The connection has the certificate that the token is bound to.
pub static MTLS_TOKEN_KEY: Rule = Rule {
    id: "mtls.token_key",
    title: "The connection has the certificate that the token is bound to",
    spec: "RFC 8705 §3",
    stops: "A stolen token would work without the client's private key.",
    fix: "Connect to the API with the certificate of the token request.",
    face: Face::new(
        E::InvalidToken,
        "sender.token_key",
        "The access token is bound to a key that the request does not prove.",
    ),
};

/// An API that takes bound tokens only gets one.
pub static RESOURCE_SENDER_CONSTRAINED: Rule = Rule {
    id: "resource.sender_constrained",
    title: "An API that takes bound tokens only gets one",
    spec: "RFC 9728 §2",
    stops: "One bearer token that leaks would undo what the bound ones protect.",
    fix: "Get the token with a DPoP proof or a client certificate.",
    face: Face::new(
        E::InvalidToken,
        "resource.sender_constrained",
        "The access token must be bound to a key of its sender.",
    ),
};

/// The user was authenticated as well as the operation needs.
pub static RESOURCE_ACR: Rule = Rule {
    id: "resource.acr",
    title: "The user was authenticated as well as the operation needs",
    spec: "RFC 9470 §3",
    stops: "A password alone would open what needs more.",
    fix: "Start an authorization request with the acr_values of the challenge.",
    face: Face::new(
        E::InsufficientUserAuthentication,
        "resource.acr",
        "A different authentication level is required.",
    ),
};

/// The user was authenticated as recently as the operation needs.
pub static RESOURCE_AUTH_AGE: Rule = Rule {
    id: "resource.auth_age",
    title: "The user was authenticated as recently as the operation needs",
    spec: "RFC 9470 §3",
    stops: "Whoever sits at a screen that was left open could do what matters most.",
    fix: "Start an authorization request with the max_age of the challenge.",
    face: Face::new(
        E::InsufficientUserAuthentication,
        "resource.auth_age",
        "More recent authentication is required.",
    ),
};
