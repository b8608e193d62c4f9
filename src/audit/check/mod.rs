//! The checks: what is sent, and a pure judgement over what came back. Checks that differ only by
//! payload are rows of one table; every other one is a file.

mod authorization;
mod client_auth;
mod code;
mod consent;
mod cors;
mod device;
mod dpop;
mod entropy;
mod grant;
mod introspection;
mod issued;
mod leak;
mod logout;
mod metadata;
mod pkce;
mod pushed;
mod rate;
mod redirect_uri;
mod refresh;
mod registration;
mod resource;
mod revocation;
mod session;
mod ssrf;
mod tls;
mod token;

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

use super::evidence::Evidence;
use super::finding::{Confidence, Judgement, Need, Severity};
use super::probe::{Probe, Trouble};

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Stable id; the weakness of the same id makes it fail.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// What is wrong when it fails.
    pub title: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// How sure a failure is.
    pub confidence: Confidence,
    /// What it needs of the target.
    pub needs: &'static [Need],
    /// Where it is written.
    pub references: &'static [&'static str],
    /// For people.
    pub text: Text,
    /// Checks that fail with this one because they cannot be told apart from it.
    pub dominates: &'static [&'static str],
    /// How it is shown that the check can fail.
    pub seeded: Seeded,
    /// Runs it.
    pub run: Run,
}

/// What people read.
#[derive(Debug)]
pub struct Text {
    /// What the check does.
    pub does: &'static str,
    /// Why a failure is bad.
    pub why: &'static str,
    /// How a failure is shown.
    pub shown: &'static str,
    /// How to put it right.
    pub fix: &'static str,
}

/// How it is shown that a check can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// `serve --weaken` with the check's id.
    Weakness,
    /// No weakness of its own can be had, for this reason.
    Otherwise(&'static str),
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Client authentication.
    ClientAuthentication,
    /// The authorization code.
    Code,
    /// Login and consent.
    Consent,
    /// What clients may ask for.
    Grant,
    /// Introspection.
    Introspection,
    /// What is issued.
    Issued,
    /// Published documents.
    Metadata,
    /// Proof Key for Code Exchange.
    Pkce,
    /// Redirect URIs.
    RedirectUri,
    /// Refresh tokens.
    Refresh,
    /// Registration.
    Registration,
    /// Protected APIs.
    Resource,
    /// Revocation.
    Revocation,
    /// The authorization endpoint.
    Authorization,
    /// Cross-origin requests.
    Cors,
    /// The device authorization grant.
    Device,
    /// Demonstrating proof of possession.
    Dpop,
    /// What answers give away.
    Leak,
    /// Logout.
    Logout,
    /// Pushed requests and request objects.
    Pushed,
    /// Limits on guessing and flooding.
    RateLimit,
    /// Sessions and their cookies.
    Session,
    /// What the server fetches for clients.
    Ssrf,
    /// Transport and headers.
    Tls,
    /// The token endpoint.
    Token,
}

/// Runs a check.
pub type Run = for<'a> fn(&'a Probe, &'a Evidence) -> Running<'a>;

/// A check under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Judgement, Trouble>> + Send + 'a>>;

/// Every check, sorted by id.
pub static CHECKS: LazyLock<Vec<&'static Check>> = LazyLock::new(|| {
    let mut checks = GROUPS.concat();
    checks.sort_unstable_by_key(|check| check.id);
    checks
});

/// The checks of each group.
static GROUPS: &[&[&Check]] = &[
    authorization::CHECKS,
    client_auth::CHECKS,
    code::CHECKS,
    consent::CHECKS,
    cors::CHECKS,
    device::CHECKS,
    dpop::CHECKS,
    grant::CHECKS,
    introspection::CHECKS,
    issued::CHECKS,
    leak::CHECKS,
    logout::CHECKS,
    metadata::CHECKS,
    pkce::CHECKS,
    pushed::CHECKS,
    rate::CHECKS,
    redirect_uri::CHECKS,
    refresh::CHECKS,
    registration::CHECKS,
    resource::CHECKS,
    revocation::CHECKS,
    session::CHECKS,
    ssrf::CHECKS,
    tls::CHECKS,
    token::CHECKS,
];

/// The check of an id.
pub fn check(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id).copied()
}

impl Group {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientAuthentication => "client-authentication",
            Self::Code => "code",
            Self::Consent => "consent",
            Self::Grant => "grant",
            Self::Introspection => "introspection",
            Self::Issued => "issued",
            Self::Metadata => "metadata",
            Self::Pkce => "pkce",
            Self::RedirectUri => "redirect-uri",
            Self::Refresh => "refresh",
            Self::Registration => "registration",
            Self::Resource => "resource",
            Self::Revocation => "revocation",
            Self::Authorization => "authorization",
            Self::Cors => "cors",
            Self::Device => "device",
            Self::Dpop => "dpop",
            Self::Leak => "leak",
            Self::Logout => "logout",
            Self::Pushed => "pushed",
            Self::RateLimit => "rate-limit",
            Self::Session => "session",
            Self::Ssrf => "ssrf",
            Self::Tls => "tls",
            Self::Token => "token",
        }
    }
}
