//! Rules about client certificates (RFC 8705 §2). All of them depend on what the client registered,
//! and share the face of failed client authentication.

use super::{Face, Rule};
use crate::protocol::ErrorCode as E;

const FAILED: Face =
    Face::new(E::InvalidClient, "client.authenticated", "Client authentication failed.");

/// The client showed a certificate.
pub static CLIENT_CERTIFICATE_PRESENTED: Rule = Rule {
    id: "client.certificate_presented",
    title: "The client showed a certificate",
    spec: "RFC 8705 §2",
    stops: "A client whose credential is its certificate would be anyone who names it.",
    fix: "Connect with the client's certificate and key, and send client_id in the body.",
    face: FAILED,
};

/// An authority that this lab trusts vouches for the certificate.
pub static CLIENT_CERTIFICATE_TRUSTED: Rule = Rule {
    id: "client.certificate_trusted",
    title: "An authority that this lab trusts vouches for the certificate",
    spec: "RFC 8705 §2.1",
    stops: "Anyone can write the client's name into a certificate of his own making.",
    fix: "Use a certificate of the lab's CA, such as `oauthlab register` gets, valid now and made for client authentication.",
    face: FAILED,
};

/// The certificate has the subject that the client registered.
pub static CLIENT_CERTIFICATE_SUBJECT: Rule = Rule {
    id: "client.certificate_subject",
    title: "The certificate has the subject that the client registered",
    spec: "RFC 8705 §2.1.2",
    stops: "Whoever has any certificate of the same authority would be every client.",
    fix: "Register exactly one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip and _san_email, as the certificate has it.",
    face: FAILED,
};

/// The certificate is one that the client registered.
pub static CLIENT_CERTIFICATE_REGISTERED: Rule = Rule {
    id: "client.certificate_registered",
    title: "The certificate is one that the client registered",
    spec: "RFC 8705 §2.2.2",
    stops: "Nobody vouches for a self-signed certificate but the registration that holds it.",
    fix: "Register the certificate as x5c of a key in jwks, or publish it at jwks_uri.",
    face: FAILED,
};
