//! What we decide: the authorization server without HTTP.
//!
//! Each decision is made in three steps that look the same in every file: gather facts stage by
//! stage, judge every rule whose facts are there, and return effects as data. `Issuer::commit`
//! applies them once. A lost compare-and-swap means: decide again.

mod account;
mod assertion;
mod audience;
mod authenticate;
mod authorize;
mod certificate;
mod client;
mod client_assertion;
mod client_document;
mod client_keys;
mod commit;
mod consent;
mod details;
mod device;
mod fault;
mod grant;
mod introspect;
mod keys;
mod login;
mod logout;
mod metadata;
mod mint;
mod par;
mod password;
mod rate;
mod register;
mod released;
mod revoke;
mod sender;
mod session;
mod signed_introspection;
#[cfg(test)]
mod tests;
mod token_status;
mod userinfo;

use std::sync::Arc;

pub use account::{Account, AccountAnswer, AccountConsent, AccountGrant, AccountSession, Revoked};
pub use authenticate::PresentedClient;
pub use authorize::{Authorization, FrontChannel, Next, ReturnTo};
pub use certificate::ClientAuthority;
pub use client::Client;
pub use client_keys::NoKeys;
pub use commit::Effect;
pub use consent::{ConsentAnswer, SaidAgain};
pub use device::{DeviceEffect, DevicePage, UserCodeAnswer};
pub use fault::Fault;
pub use introspect::Introspection;
pub use keys::{Begin, JWKS_MAX_AGE, Keys, PublishedKey, RotationRefused};
pub use login::LoginAnswer;
pub use logout::{
    Ending, LoggedOut, LogoutAnswer, LogoutFrame, LogoutNext, LogoutNotice, LogoutPage,
    NoticeResult, Withdrawal,
};
pub use register::{ManageAction, ManageRequest, RegistrationRequest};
pub use revoke::Revocation;
pub use sender::PresentedSender;
pub use session::{Begun, Browser, InteractionPage, LoggedIn, LoginPage};
pub use signed_introspection::INTROSPECTION_JWT;
pub use userinfo::PresentedBearer;

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::deviation::Deviations;
use crate::fetch::Guarded;
use crate::protocol::dpop::Nonces;
use crate::protocol::{IssuerUrl, Secret};
use crate::random::Random;
use crate::rule::Decision;
use crate::store::View;

/// A decision of the issuer, with effects that were already applied.
pub type Decided<T> = Result<Decision<T, Effect>, Fault>;

/// What an issuer is made of.
#[derive(Debug)]
pub struct Parts {
    /// The lab, with its real ports.
    pub config: Arc<Config>,
    /// What it remembers.
    pub store: View,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Randomness that every node of the lab shares.
    pub lasting: Random,
    /// How it misbehaves.
    pub deviations: Arc<Deviations>,
    /// With what it fetches what clients point to.
    pub outgoing: Guarded,
    /// Who vouches for client certificates, if anybody.
    pub client_authority: Option<Arc<dyn ClientAuthority>>,
    /// The resource server's secret, for introspection.
    pub resource_secret: Secret,
    /// The initial access token, where registration wants one.
    pub initial_access_token: Option<Secret>,
}

/// One authorization server. Nothing in it is global, so that many can live in one process.
#[derive(Debug)]
pub struct Issuer {
    config: Arc<Config>,
    store: View,
    clock: Clock,
    random: Random,
    deviations: Arc<Deviations>,
    notices: logout::Notices,
    outgoing: Guarded,
    client_authority: Option<Arc<dyn ClientAuthority>>,
    fetched_keys: client_keys::FetchedKeys,
    keys: Keys,
    clients: client::Preregistered,
    documents: client_document::Documents,
    users: password::Users,
    initial_access_token: Option<Secret>,
    nonces: Nonces,
}

impl Issuer {
    /// Makes an issuer with the keys of its store. Slow ones that are missing are made in the
    /// background; nothing is hashed slowly here.
    pub async fn open(parts: Parts) -> Result<Self, Fault> {
        let (tokens, profile) = (&parts.config.tokens, parts.config.profile);
        let keys = Keys::open(tokens, profile, parts.clock.clone(), parts.store.clone()).await?;
        let clients = client::Preregistered::of(&parts.config, &parts.resource_secret);
        let users = password::Users::of(&parts.config.users, &parts.random)?;
        let notices = logout::Notices::new(parts.outgoing.clone(), parts.clock.clone());
        let nonces = Nonces::new(&parts.lasting.bytes("dpop_nonce")?);
        Ok(Self {
            nonces,
            config: parts.config,
            store: parts.store,
            clock: parts.clock,
            random: parts.random,
            deviations: parts.deviations,
            notices,
            outgoing: parts.outgoing,
            client_authority: parts.client_authority,
            fetched_keys: client_keys::FetchedKeys::default(),
            keys,
            clients,
            documents: client_document::Documents::default(),
            users,
            initial_access_token: parts.initial_access_token,
        })
    }

    /// The exact issuer string.
    pub fn url(&self) -> &IssuerUrl {
        &self.config.issuer.url
    }

    /// The lab's configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The lab's deviations.
    pub fn deviations(&self) -> &Deviations {
        &self.deviations
    }

    /// With what it fetches what clients point to.
    pub const fn outgoing(&self) -> &Guarded {
        &self.outgoing
    }

    /// The signing keys.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The lab's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
