//! Client certificates as credentials (RFC 8705 §2): of an authority that vouches for a subject, or
//! self-signed and registered as a whole.

use std::fmt;

use super::{Client, Issuer};
use crate::protocol::{
    AuthMethod, PeerCertificate, RegisteredSubject, certificate_subject, holds_certificate,
};
use crate::rule::{self, Fact, Judge};

/// Who vouches for client certificates.
pub trait ClientAuthority: Send + Sync + fmt::Debug {
    /// Whether the certificate is good now, for authenticating a client; else why not.
    fn vouches_for(&self, certificate: &PeerCertificate) -> Result<(), String>;
}

impl Issuer {
    /// Judges the certificate of a client whose registered method needs one.
    pub(super) async fn judge_certificate(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        certificate: Option<&PeerCertificate>,
    ) {
        let method = client.metadata.token_endpoint_auth_method;
        if !method.is_tls() {
            judge.not_applicable(&rule::CLIENT_CERTIFICATE_PRESENTED);
        }
        if method != AuthMethod::TlsClientAuth {
            judge.not_applicable(&rule::CLIENT_CERTIFICATE_TRUSTED);
            judge.not_applicable(&rule::CLIENT_CERTIFICATE_SUBJECT);
        }
        if method != AuthMethod::SelfSignedTlsClientAuth {
            judge.not_applicable(&rule::CLIENT_CERTIFICATE_REGISTERED);
        }
        if !method.is_tls() {
            return;
        }
        let shown = certificate.map(PeerCertificate::thumbprint);
        judge.check(&rule::CLIENT_CERTIFICATE_PRESENTED, certificate.is_some(), || {
            (Fact::fixed("a certificate in the TLS handshake"), Fact::optional(shown.as_deref()))
        });
        let Some(certificate) = certificate else { return };
        if method == AuthMethod::TlsClientAuth {
            self.judge_vouched(judge, client, certificate);
        } else {
            let keys = self.client_keys(client).await;
            let is_registered =
                keys.as_ref().is_ok_and(|keys| holds_certificate(keys, certificate.der()));
            judge.check(&rule::CLIENT_CERTIFICATE_REGISTERED, is_registered, || {
                let got = keys.err().map_or_else(|| Fact::optional(shown), Fact::public);
                (Fact::fixed("the first certificate of some x5c in the client's keys"), got)
            });
        }
    }

    fn judge_vouched(&self, judge: &mut Judge<'_>, client: &Client, certificate: &PeerCertificate) {
        let vouched = match &self.client_authority {
            Some(authority) => authority.vouches_for(certificate),
            None => Err("this lab has no authority for client certificates".to_owned()),
        };
        let subject = certificate_subject(certificate.der());
        judge.check(&rule::CLIENT_CERTIFICATE_TRUSTED, vouched.is_ok(), || {
            let got =
                vouched.err().map_or_else(|| Fact::optional(subject.as_deref()), Fact::public);
            (Fact::fixed("a certificate of a trusted authority, valid now"), got)
        });
        let registered = RegisteredSubject::of(&client.metadata.keys);
        let is_subject = registered.as_ref().is_some_and(|own| own.is_of(certificate.der()));
        judge.check(&rule::CLIENT_CERTIFICATE_SUBJECT, is_subject, || {
            let expected = registered.map(|own| format!("{} {}", own.member, own.value));
            (Fact::optional(expected), Fact::optional(subject))
        });
    }
}
