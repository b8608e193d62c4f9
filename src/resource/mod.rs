//! What an API decides: the resource server without HTTP. It checks bearer tokens (RFC 6750, RFC
//! 9068 §4, RFC 7662), and serves notes, a small MCP endpoint, and an echo for any further API.
//!
//! It never sees the issuer or its records: all that it knows of a token comes from a
//! [`TokenChecker`], which asks over HTTPS. So the same APIs can stand behind another issuer.

mod access;
mod api;
mod bearer;
mod checker;
mod claims;
mod details;
pub mod mcp;
mod note;
mod note_store;
mod origin;
mod over_https;
mod remembering;
mod sender;
mod verify;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod note_tests;
#[cfg(test)]
mod verify_tests;

use std::sync::Arc;

pub use access::Access;
pub use api::{ApiKind, Need, ProtectedApi};
pub use bearer::Presented;
pub use checker::{Checked, IssuerUnreachable, KeysWanted, TokenChecker};
pub use note::{MAX_CHARACTERS, MAX_NOTES, Note, Owner};
pub use note_store::{NoteTrouble, Notes};
pub use origin::Origins;
pub use over_https::{OverHttps, checker};
pub use remembering::Remembering;
pub use sender::PresentedKeys;

use crate::clock::{Clock, Timestamp};
use crate::config::{Config, DpopNonce, Profile, TlsMode, TokenValidation};
use crate::deviation::{Deviations, Leniency, Surface};
use crate::protocol::dpop::Nonces;
use crate::protocol::{IssuerUrl, ProtectedResourceMetadata, ResourceUriError};
use crate::random::{Random, RandomFailed};
use crate::rule::{BEARER_NOT_IN_QUERY, Decision, Docket, Fact, ProofRequest, Rule, Waivers};
use crate::store::record::ReplayRecord;
use crate::store::{Key, View};

/// The resource server of one lab: a value, with everything it needs handed in.
#[derive(Debug)]
pub struct ResourceServer {
    issuer: IssuerUrl,
    apis: Vec<ProtectedApi>,
    origins: Origins,
    nonces: Option<Nonces>,
    profile: Profile,
    /// Whether callers can show certificates.
    certificates: bool,
    means: Means,
}

/// What the resource server works with.
#[derive(Clone, Debug)]
pub struct Means {
    /// Asks the issuer.
    pub checker: Arc<dyn TokenChecker>,
    /// Keeps the notes.
    pub store: View,
    /// Time.
    pub clock: Clock,
    /// Note ids.
    pub random: Random,
    /// Randomness that every node of the lab shares.
    pub lasting: Random,
    /// Weaknesses of this lab.
    pub deviations: Arc<Deviations>,
}

/// What a decision of this module does to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A note is written, and listed among those of its owner.
    KeepNote {
        /// The note.
        note: Note,
        /// The version of the owner's list that was judged; `None` when there was none.
        over: Option<u64>,
    },
    /// A note is deleted.
    ForgetNote(Note),
    /// A proof of possession must not be seen again until then.
    RecordProof(Key, Timestamp),
}

impl ResourceServer {
    /// The APIs of a configuration whose ports are bound.
    pub fn new(config: &Config, means: Means) -> Result<Self, Unusable> {
        let nonces = match config.tokens.dpop_nonce {
            DpopNonce::Off => None,
            DpopNonce::Required => Some(Nonces::new(&means.lasting.bytes("api_dpop_nonce")?)),
        };
        let apis = config.apis.iter().map(|api| ProtectedApi::of(config, api));
        Ok(Self {
            issuer: config.issuer.url.clone(),
            apis: apis.collect::<Result<_, _>>()?,
            origins: Origins::of(config),
            nonces,
            profile: config.profile,
            certificates: config.tls != TlsMode::Off,
            means,
        })
    }

    /// The issuer whose tokens are accepted.
    pub const fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// The protected APIs, in the configuration's order.
    pub fn apis(&self) -> &[ProtectedApi] {
        &self.apis
    }

    /// Which browser origins are admitted.
    pub const fn origins(&self) -> &Origins {
        &self.origins
    }

    /// The weaknesses of this lab.
    pub fn deviations(&self) -> &Deviations {
        &self.means.deviations
    }

    /// The metadata document of an API (RFC 9728 §2).
    pub fn metadata(&self, api: &ProtectedApi) -> ProtectedResourceMetadata {
        ProtectedResourceMetadata {
            resource: api.identifier().to_owned(),
            authorization_servers: vec![self.issuer.as_str().to_owned()],
            scopes_supported: api.scopes_supported(),
            bearer_methods_supported: vec!["header".to_owned()],
            resource_name: Some(api.name().to_owned()),
            dpop_signing_alg_values_supported: self.proof_algorithms(),
            // Where tokens that are bound to certificates do as well, no proof is required.
            dpop_bound_access_tokens_required: (api.requires_bound_tokens() && !self.certificates)
                .then_some(true),
            tls_client_certificate_bound_access_tokens: self.certificates.then_some(true),
        }
    }

    /// Whether the presented token may be used for something that needs a scope.
    pub async fn authorize(
        &self,
        api: &ProtectedApi,
        presented: &Presented,
        need: &Need,
    ) -> Decision<Access, Effect> {
        let mut verification = verify::Verification {
            issuer: self.issuer.as_str(),
            api,
            checker: &*self.means.checker,
            validation: self.validation(api),
            waivers: &Reading(self.deviations()),
            now: self.means.clock.now(),
            store: &self.means.store,
            nonces: self.nonces.as_ref(),
            profile: self.profile,
            proof_taken: false,
        };
        let decision = verification.decide(presented, need).await;
        for effect in &decision.effects {
            if let Effect::RecordProof(key, until) = effect
                && !self.remember_proof(*key, *until).await
            {
                verification.proof_taken = true;
                return verification.decide(presented, need).await;
            }
        }
        decision
    }

    /// Whether this call alone used the proof. A memory that does not answer lets nothing pass.
    async fn remember_proof(&self, key: Key, until: Timestamp) -> bool {
        self.means.store.put_new(key, &ReplayRecord {}, until).await.unwrap_or(false)
    }

    /// The `DPoP-Nonce` that the answer to a call must bring (RFC 9449 §9).
    pub fn dpop_nonce_due(&self, presented: &Presented) -> Option<String> {
        let keys = presented.keys();
        let request = ProofRequest {
            headers: &keys.dpop,
            method: &keys.method,
            uri: "",
            token: None,
            algorithms: self.profile.proof_algorithms(),
            book: self.profile.as_str(),
            nonces: self.nonces.as_ref(),
            now: self.means.clock.now(),
        };
        request.nonce_due()
    }

    /// How an API checks tokens: as configured, unless a deviation makes it believe them itself.
    fn validation(&self, api: &ProtectedApi) -> TokenValidation {
        if self.deviations().opens(Surface::LocalValidation) {
            TokenValidation::Jwt
        } else {
            api.validation()
        }
    }

    /// Algorithms of proofs.
    pub fn proof_algorithms(&self) -> Vec<String> {
        self.profile.proof_algorithms().iter().map(ToString::to_string).collect()
    }

    /// The notes.
    pub fn notes(&self) -> Notes<'_> {
        Notes {
            store: &self.means.store,
            clock: &self.means.clock,
            random: &self.means.random,
            waivers: self.deviations(),
        }
    }

    /// The MCP endpoint.
    pub fn mcp(&self) -> mcp::Endpoint<'_> {
        mcp::Endpoint {
            issuer: &self.issuer,
            origins: &self.origins,
            now: self.means.clock.now(),
            waivers: self.deviations(),
        }
    }
}

/// A resource server cannot be made.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Unusable {
    /// An API's URL is no resource identifier.
    #[error(transparent)]
    Identifier(#[from] ResourceUriError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

/// The seam *read* at the APIs: a token in the URL is read as if it stood in the header, and the
/// record says that the rule was let pass.
struct Reading<'a>(&'a Deviations);

impl Waivers for Reading<'_> {
    fn waives(&self, rule: &'static Rule, expected: &Fact, got: &Fact) -> bool {
        let reads = *rule == BEARER_NOT_IN_QUERY && self.0.reads(Leniency::BearerInQuery);
        reads || self.0.waives(rule, expected, got)
    }

    fn waives_at(
        &self,
        docket: &'static Docket,
        rule: &'static Rule,
        facts: (&Fact, &Fact),
    ) -> bool {
        self.waives(rule, facts.0, facts.1) || self.0.waives_at(docket, rule, facts)
    }
}
