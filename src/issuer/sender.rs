//! Sender-constrained tokens: which key a request proves to hold, and so what its tokens are bound
//! to (RFC 9449 §5, RFC 8705 §3).

use super::fault::Stop;
use super::{Client, Effect, Fault, Issuer, PresentedBearer, PresentedClient};
use crate::config::DpopNonce;
use crate::deviation::Leniency;
use crate::protocol::dpop::Proof;
use crate::protocol::{Algorithm, Confirmation, PeerCertificate, Secret};
use crate::rule::{self, Fact, Judge, ProofRequest, Proven, Rule};
use crate::store::Key;

/// What a request shows of its sender's key.
#[derive(Clone, Debug, Default)]
pub struct PresentedSender {
    /// The values of its `DPoP` headers.
    pub dpop: Vec<Secret>,
    /// The certificate of its connection.
    pub certificate: Option<PeerCertificate>,
    /// Its HTTP method.
    pub method: String,
    /// Path of the endpoint below the issuer, such as `/token`.
    pub path: String,
}

/// Rules about a proof: there is none to judge in a request without the header.
static OF_PROOFS: &[&Rule] = &[
    &rule::DPOP_ONCE,
    &rule::DPOP_FORM,
    &rule::DPOP_SIGNATURE,
    &rule::DPOP_METHOD,
    &rule::DPOP_URI,
    &rule::DPOP_FRESH,
    &rule::DPOP_NONCE,
    &rule::DPOP_UNUSED,
];

impl PresentedSender {
    /// The key of its proof, if there is one that can be read. The rules about proofs say whether
    /// it counts.
    fn key(&self) -> Option<String> {
        let [header] = self.dpop.as_slice() else { return None };
        Proof::parse(header.expose()).ok().map(|proof| proof.thumbprint())
    }
}

impl Issuer {
    /// Judges the proof of possession of a token request: what its tokens get bound to. A proof is
    /// remembered only with everything else that follows from the request.
    pub(super) async fn judge_sender(
        &self,
        judge: &mut Judge<'_>,
        client: &Client,
        presented: &PresentedClient,
    ) -> Result<(Option<Confirmation>, Vec<Effect>), Stop> {
        let (sender, wishes) = (&presented.sender, &client.metadata.wishes);
        let demanded = self.config.demands_bound_tokens();
        let (jkt, used) = self.judge_proof(judge, sender).await?;
        let mut bound = Confirmation { jkt, ..Confirmation::default() };
        let proves = !sender.dpop.is_empty();
        let certificate = sender.certificate.as_ref();
        let needs_proof = wishes.dpop_bound_access_tokens;
        judge.check(&rule::DPOP_REQUIRED, proves || !needs_proof, || {
            let expected = if needs_proof { "a DPoP proof" } else { "no need" };
            (Fact::fixed(expected), Fact::fixed(if proves { "a DPoP proof" } else { "none" }))
        });
        let wanted = wishes.tls_client_certificate_bound_access_tokens;
        if wanted {
            judge.check(&rule::MTLS_REQUIRED, certificate.is_some(), || {
                let got = certificate.map(PeerCertificate::thumbprint);
                (Fact::fixed("a client certificate"), Fact::optional(got))
            });
        } else {
            judge.not_applicable(&rule::MTLS_REQUIRED);
        }
        if demanded && judge.has(&rule::PROFILE_SENDER_CONSTRAINED) {
            judge.check(&rule::PROFILE_SENDER_CONSTRAINED, proves || certificate.is_some(), || {
                let got = if proves { Some("a DPoP proof") } else { None };
                let got = got.or(certificate.map(|_| "a client certificate"));
                (Fact::fixed("a DPoP proof or a client certificate"), Fact::optional(got))
            });
        }
        if wanted || (demanded && !proves) {
            bound.x5t_s256 = certificate.map(PeerCertificate::thumbprint);
        }
        let is_bound = bound != Confirmation::default();
        Ok((is_bound.then_some(bound), used.into_iter().collect()))
    }

    /// Judges the proof of a request that may come without one: the thumbprint of its key, and the
    /// effect that remembers it.
    pub(super) async fn judge_proof(
        &self,
        judge: &mut Judge<'_>,
        sender: &PresentedSender,
    ) -> Result<(Option<String>, Option<Effect>), Stop> {
        if sender.dpop.is_empty() || self.deviations.reads(Leniency::ProofsIgnored) {
            OF_PROOFS.iter().copied().for_each(|rule| judge.not_applicable(rule));
            return Ok((None, None));
        }
        let shown = self.proven(judge, sender, None).await?;
        Ok(shown.map_or((None, None), |(proven, used)| (Some(proven.jkt), used)))
    }

    /// Judges the rules about a proof; gives its key, and the effect that remembers it.
    pub(super) async fn proven(
        &self,
        judge: &mut Judge<'_>,
        sender: &PresentedSender,
        token: Option<&Secret>,
    ) -> Result<Option<(Proven, Option<Effect>)>, Fault> {
        let uri = self.url().endpoint(&sender.path);
        let Some(proven) = self.proof_request(sender, &uri, token).judge(judge) else {
            return Ok(None);
        };
        let key = Key::of(&proven.identity());
        let used = self.is_replayed(key).await?;
        judge.check(&rule::DPOP_UNUSED, !used, || {
            let got = if used { "used before" } else { "not used before" };
            (Fact::fixed("not used before"), Fact::fixed(got))
        });
        // What is there already (and let pass on purpose) cannot be recorded again.
        let effect = Effect::RecordReplay(key, Proven::forgotten_at(self.now()));
        Ok(Some((proven, (!used).then_some(effect))))
    }

    fn proof_request<'a>(
        &'a self,
        sender: &'a PresentedSender,
        uri: &'a str,
        token: Option<&'a Secret>,
    ) -> ProofRequest<'a> {
        let wanted = self.config.tokens.dpop_nonce == DpopNonce::Required;
        ProofRequest {
            headers: &sender.dpop,
            method: &sender.method,
            uri,
            token,
            algorithms: self.proof_algorithms(),
            book: self.config.profile.as_str(),
            nonces: wanted.then_some(&self.nonces),
            now: self.now(),
        }
    }

    /// Algorithms of proofs.
    pub fn proof_algorithms(&self) -> &'static [Algorithm] {
        self.config.profile.proof_algorithms()
    }

    /// The `DPoP-Nonce` that the answer to a request must bring (RFC 9449 §8, §8.2).
    pub fn dpop_nonce_due(&self, sender: &PresentedSender) -> Option<String> {
        self.proof_request(sender, "", None).nonce_due()
    }
}

impl Issuer {
    /// Judges whether the caller of userinfo is the one that the token is bound to (RFC 9449 §7,
    /// RFC 8705 §3).
    pub(super) async fn judge_holder(
        &self,
        judge: &mut Judge<'_>,
        bound: Option<&Confirmation>,
        (presented, token): (&PresentedBearer, &Secret),
    ) -> Result<Option<Effect>, Fault> {
        let sender = &presented.sender;
        let jkt = bound.and_then(|bound| bound.jkt.as_deref());
        let proves = presented.is_dpop();
        let scheme = |dpop| Fact::fixed(if dpop { "DPoP" } else { "Bearer" });
        judge.check(&rule::DPOP_SCHEME, proves == jkt.is_some(), || {
            (scheme(jkt.is_some()), scheme(proves))
        });
        let x5t = bound.and_then(|bound| bound.x5t_s256.as_deref());
        let shown = || sender.certificate.as_ref().map(PeerCertificate::thumbprint);
        judge_key(judge, &rule::MTLS_TOKEN_KEY, x5t, shown);
        let Some(jkt) = jkt.filter(|_| proves) else {
            let of_tokens = [&rule::DPOP_TOKEN_HASH, &rule::DPOP_TOKEN_KEY];
            OF_PROOFS.iter().copied().chain(of_tokens).for_each(|rule| judge.not_applicable(rule));
            return Ok(None);
        };
        let Some((proven, effect)) = self.proven(judge, sender, Some(token)).await? else {
            return Ok(None);
        };
        judge_key(judge, &rule::DPOP_TOKEN_KEY, Some(jkt), || Some(proven.jkt));
        Ok(effect)
    }
}

/// Judges that a pushed request announces the key that it proves (RFC 9449 §10.1).
pub(super) fn judge_pushed_key(
    judge: &mut Judge<'_>,
    announced: Option<&str>,
    proven: Option<&str>,
) {
    let announced = announced.filter(|_| proven.is_some());
    judge_key(judge, &rule::DPOP_PUSHED_KEY, announced, || proven.map(str::to_owned));
}

/// Judges that a code is redeemed with the key that was announced for it (RFC 9449 §10).
pub(super) fn judge_code_key(
    judge: &mut Judge<'_>,
    announced: Option<&str>,
    sender: &PresentedSender,
) {
    judge_key(judge, &rule::DPOP_CODE_KEY, announced, || sender.key());
}

/// Judges that a public client refreshes with the key that its refresh token is bound to
/// (RFC 9449 §5, RFC 8705 §4).
pub(super) fn judge_refresh_key(
    judge: &mut Judge<'_>,
    bound: Option<&Confirmation>,
    sender: &PresentedSender,
) {
    let jkt = bound.and_then(|bound| bound.jkt.as_deref());
    judge_key(judge, &rule::DPOP_REFRESH_KEY, jkt, || sender.key());
    let x5t = bound.and_then(|bound| bound.x5t_s256.as_deref());
    let shown = || sender.certificate.as_ref().map(PeerCertificate::thumbprint);
    judge_key(judge, &rule::MTLS_REFRESH_KEY, x5t, shown);
}

fn judge_key(
    judge: &mut Judge<'_>,
    rule: &'static Rule,
    bound: Option<&str>,
    shown: impl FnOnce() -> Option<String>,
) {
    let Some(bound) = bound else { return judge.not_applicable(rule) };
    let shown = shown();
    judge.check(rule, shown.as_deref() == Some(bound), || {
        (Fact::public(bound), Fact::optional(shown.as_deref()))
    });
}
