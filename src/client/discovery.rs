//! Where an authorization server's endpoints are: RFC 8414 §3, then OpenID Connect Discovery §4.

use super::caller::{Caller, Lesson};
use super::check::{Checks, Criterion};
use super::error::ClientError;
use super::summary::cut;
use crate::fetch::Request;
use crate::protocol::{AuthorizationServerMetadata, IssuerUrl, is_loopback_host};
use crate::rule::Fact;

const RFC8414: Lesson = Lesson {
    title: "Read the server's metadata",
    why: "The document names every endpoint and what the server supports, so that nothing has to be guessed.",
    spec: "RFC 8414 §3.1",
};

const OIDC: Lesson = Lesson {
    title: "Read the OpenID configuration",
    why: "The OAuth document is not there; an OpenID provider publishes one of its own, at another place.",
    spec: "OpenID Connect Discovery §4",
};

/// `issuer` in the document is the issuer that was asked for.
pub const METADATA_ISSUER: Criterion = Criterion {
    id: "metadata.issuer",
    title: "the metadata is that of the issuer that was asked for, byte for byte",
    spec: "RFC 8414 §3.3",
    stops: "metadata of another issuer would send codes and secrets to another server; give the issuer exactly as the server writes it",
};

/// Each endpoint is reached over TLS.
pub const METADATA_TLS: Criterion = Criterion {
    id: "metadata.tls",
    title: "every endpoint is an https URL, or http on loopback",
    spec: "RFC 8414 §2, RFC 6749 §3.1",
    stops: "codes, secrets and passwords would cross the network in clear",
};

/// An authorization server that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServer {
    /// The issuer, the exact string.
    pub issuer: IssuerUrl,
    /// Where the document stands.
    pub metadata_url: String,
    /// The document.
    pub metadata: AuthorizationServerMetadata,
}

/// Finds the metadata of an issuer, and verifies that it is that issuer's.
pub async fn discover<'a>(
    caller: impl Into<Caller<'a>>,
    issuer: &str,
) -> Result<AuthorizationServer, ClientError> {
    let caller = caller.into();
    let issuer = IssuerUrl::parse(issuer)
        .map_err(|error| ClientError::Input { what: "the issuer", detail: error.to_string() })?;
    let mut tried = Vec::new();
    for (lesson, url) in [
        (&RFC8414, issuer.well_known("oauth-authorization-server")),
        (&OIDC, issuer.well_known_appended("openid-configuration")),
    ] {
        let request = Request::get(url.as_str()).accept("application/json");
        let answer = caller.send(lesson, request).await?;
        if answer.response.status != 200 {
            tried.push((url, format!("status {}", answer.response.status)));
            continue;
        }
        let Ok(metadata) = answer.json::<AuthorizationServerMetadata>() else {
            tried.push((url, "not a metadata document".to_owned()));
            continue;
        };
        let checks = check(&issuer, &metadata);
        caller.checked(answer.step, checks.as_slice());
        checks.verdict(&answer.endpoint, answer.response.trace_id())?;
        return Ok(AuthorizationServer { issuer, metadata_url: url, metadata });
    }
    Err(ClientError::NoMetadata { issuer: issuer.to_string(), tried })
}

fn check(issuer: &IssuerUrl, metadata: &AuthorizationServerMetadata) -> Checks {
    let mut checks = Checks::default();
    checks.equal(&METADATA_ISSUER, Fact::public(issuer), Fact::public(&metadata.issuer));
    let plain = endpoints(metadata).find(|url| !is_protected(url));
    checks.note(
        &METADATA_TLS,
        plain.is_none(),
        Fact::fixed("https URLs"),
        plain.map_or(Fact::fixed("https URLs"), Fact::public),
    );
    checks
}

fn endpoints(metadata: &AuthorizationServerMetadata) -> impl Iterator<Item = &str> {
    [
        &metadata.authorization_endpoint,
        &metadata.token_endpoint,
        &metadata.registration_endpoint,
        &metadata.introspection_endpoint,
        &metadata.device_authorization_endpoint,
        &metadata.pushed_authorization_request_endpoint,
        &metadata.revocation_endpoint,
        &metadata.userinfo_endpoint,
        &metadata.jwks_uri,
    ]
    .into_iter()
    .filter_map(Option::as_deref)
}

pub(super) fn is_protected(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host_str().is_some_and(is_loopback_host),
        _ => false,
    })
}

impl AuthorizationServer {
    /// A server that is known without asking it.
    pub fn known(issuer: IssuerUrl, metadata: AuthorizationServerMetadata) -> Self {
        let metadata_url = issuer.well_known("oauth-authorization-server");
        Self { issuer, metadata_url, metadata }
    }

    /// Where users are sent.
    pub fn authorization_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("authorization_endpoint", self.metadata.authorization_endpoint.as_deref())
    }

    /// Where grants become tokens.
    pub fn token_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("token_endpoint", self.metadata.token_endpoint.as_deref())
    }

    /// Where devices ask for codes (RFC 8628 §4).
    pub fn device_authorization_endpoint(&self) -> Result<&str, ClientError> {
        let endpoint = self.metadata.device_authorization_endpoint.as_deref();
        self.offered("device_authorization_endpoint", endpoint)
    }

    /// Where clients push their authorization requests (RFC 9126 §5).
    pub fn pushed_authorization_request_endpoint(&self) -> Result<&str, ClientError> {
        let endpoint = self.metadata.pushed_authorization_request_endpoint.as_deref();
        self.offered("pushed_authorization_request_endpoint", endpoint)
    }

    /// Where clients register.
    pub fn registration_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("registration_endpoint", self.metadata.registration_endpoint.as_deref())
    }

    /// Where tokens are looked at.
    pub fn introspection_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("introspection_endpoint", self.metadata.introspection_endpoint.as_deref())
    }

    /// Where tokens are revoked.
    pub fn revocation_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("revocation_endpoint", self.metadata.revocation_endpoint.as_deref())
    }

    /// Where the user's claims are.
    pub fn userinfo_endpoint(&self) -> Result<&str, ClientError> {
        self.offered("userinfo_endpoint", self.metadata.userinfo_endpoint.as_deref())
    }

    /// Where the public keys are.
    pub fn jwks_uri(&self) -> Result<&str, ClientError> {
        self.offered("jwks_uri", self.metadata.jwks_uri.as_deref())
    }

    fn offered<'m>(&self, what: &str, value: Option<&'m str>) -> Result<&'m str, ClientError> {
        value.ok_or_else(|| ClientError::NotOffered {
            issuer: cut(self.issuer.as_str()),
            what: what.to_owned(),
        })
    }
}
