//! Is the caller the one that the token is bound to? A `DPoP` key (RFC 9449 §7), a client certificate
//! (RFC 8705 §3), or neither: a bearer token.

use super::claims::Claims;
use super::verify::Verification;
use super::{Effect, Presented};
use crate::protocol::{Confirmation, PeerCertificate, Secret};
use crate::rule::{
    DPOP_FORM, DPOP_FRESH, DPOP_METHOD, DPOP_NONCE, DPOP_ONCE, DPOP_SCHEME, DPOP_SIGNATURE,
    DPOP_TOKEN_HASH, DPOP_TOKEN_KEY, DPOP_UNUSED, DPOP_URI, Fact, Judge, MTLS_TOKEN_KEY,
    ProofRequest, Proven, RESOURCE_SENDER_CONSTRAINED, Rule,
};
use crate::store::Key;
use crate::store::record::ReplayRecord;

/// What a call shows of its sender's key.
#[derive(Clone, Debug, Default)]
pub struct PresentedKeys {
    /// The values of its `DPoP` headers.
    pub dpop: Vec<Secret>,
    /// The certificate of its connection.
    pub certificate: Option<PeerCertificate>,
    /// Its HTTP method.
    pub method: String,
    /// Its path.
    pub path: String,
}

/// Rules about a proof: there is none to judge for a token without a key.
static OF_PROOFS: &[&Rule] = &[
    &DPOP_ONCE,
    &DPOP_FORM,
    &DPOP_SIGNATURE,
    &DPOP_METHOD,
    &DPOP_URI,
    &DPOP_FRESH,
    &DPOP_TOKEN_HASH,
    &DPOP_TOKEN_KEY,
    &DPOP_NONCE,
    &DPOP_UNUSED,
];

impl Verification<'_> {
    /// Judges the sender; gives the effect that remembers its proof.
    pub(super) async fn sender(
        &self,
        judge: &mut Judge<'_>,
        presented: &Presented,
        (token, claims): (&Secret, &Claims),
    ) -> Option<Effect> {
        let none = Confirmation::default();
        let bound = claims.cnf.as_ref().unwrap_or(&none);
        let jkt = bound.jkt.as_deref();
        let proves = presented.is_dpop();
        judge.check(&DPOP_SCHEME, proves == jkt.is_some(), || {
            (scheme(jkt.is_some()), scheme(proves))
        });
        if let Some(who) = self.api.bound_for() {
            judge.check(&RESOURCE_SENDER_CONSTRAINED, *bound != none, || {
                let got = if *bound == none { "a bearer token" } else { "a bound token" };
                (Fact::public(format!("a bound token, as {who} wants")), Fact::fixed(got))
            });
        } else {
            judge.not_applicable(&RESOURCE_SENDER_CONSTRAINED);
        }
        certificate(judge, presented, bound.x5t_s256.as_deref());
        match jkt {
            Some(jkt) if proves => self.proof(judge, presented, (token, jkt)).await,
            _ => {
                for rule in OF_PROOFS {
                    judge.not_applicable(rule);
                }
                None
            }
        }
    }

    async fn proof(
        &self,
        judge: &mut Judge<'_>,
        presented: &Presented,
        (token, jkt): (&Secret, &str),
    ) -> Option<Effect> {
        let keys = presented.keys();
        let uri = self.api.url_of(&keys.path);
        let request = ProofRequest {
            headers: &keys.dpop,
            method: &keys.method,
            uri: &uri,
            token: Some(token),
            algorithms: self.profile.proof_algorithms(),
            book: self.profile.as_str(),
            nonces: self.nonces,
            now: self.now,
        };
        let proven = request.judge(judge)?;
        judge.check(&DPOP_TOKEN_KEY, proven.jkt == jkt, || {
            (Fact::public(jkt), Fact::public(&proven.jkt))
        });
        let key = Key::of(&proven.identity());
        // A memory that does not answer lets nothing pass.
        let seen = self.store.get::<ReplayRecord>(key).await.map(|found| found.is_some());
        let used = self.proof_taken || seen.unwrap_or(true);
        judge.check(&DPOP_UNUSED, !used, || {
            let got = if used { "used before" } else { "not used before" };
            (Fact::fixed("not used before"), Fact::fixed(got))
        });
        (!used).then(|| Effect::RecordProof(key, Proven::forgotten_at(self.now)))
    }
}

fn scheme(dpop: bool) -> Fact {
    Fact::fixed(if dpop { "DPoP" } else { "Bearer" })
}

fn certificate(judge: &mut Judge<'_>, presented: &Presented, bound: Option<&str>) {
    let Some(bound) = bound else { return judge.not_applicable(&MTLS_TOKEN_KEY) };
    let shown = presented.keys().certificate.as_ref().map(PeerCertificate::thumbprint);
    judge.check(&MTLS_TOKEN_KEY, shown.as_deref() == Some(bound), || {
        (Fact::public(bound), Fact::optional(shown.as_deref()))
    });
}
