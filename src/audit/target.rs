//! What is audited: where it is, and what the audit may use there.

mod file;
mod login;

use std::net::IpAddr;
use std::path::PathBuf;

use url::{Host, Url};

use crate::client::Credentials;
use crate::fetch::Roots;
use crate::protocol::{GrantType, Scope, Secret};

pub use file::{EXAMPLE, Lookup, TargetFile, TargetFileError};
pub use login::Login;

/// A server to be audited, with everything that the audit was given for it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The exact issuer string.
    pub issuer: String,
    /// Whom to trust for TLS.
    pub roots: Roots,
    /// Clients that exist there already. Where registration is possible, the audit makes its own.
    pub clients: Vec<Client>,
    /// Users that may be logged in; the first one is used for everything but checks about two.
    pub users: Vec<User>,
    /// How a person gets through pages that do not explain themselves.
    pub login: Vec<Login>,
    /// The protected APIs.
    pub apis: Vec<Api>,
    /// The initial access token, where registration needs one.
    pub registration_token: Option<Secret>,
    /// Who may introspect every token: the resource server's own client.
    pub introspector: Option<Credentials>,
    /// Findings that the operator accepts, with the reason.
    pub accepted: Vec<Accepted>,
    /// The profile that the server claims to keep.
    pub profile: Profile,
    /// What the operator allows beyond the usual.
    pub permitted: Permitted,
    /// The server's log, if the operator shows it.
    pub server_log: Option<PathBuf>,
}

/// A profile: what settles the points in which good servers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// OAuth 2.1 (draft-ietf-oauth-v2-1).
    Oauth21,
    /// Best current practice (RFC 9700).
    #[default]
    Bcp,
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// Model Context Protocol, authorization.
    Mcp,
}

impl Profile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[Self::Oauth21, Self::Bcp, Self::Fapi2, Self::Mcp];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oauth21 => "oauth2.1",
            Self::Bcp => "bcp",
            Self::Fapi2 => "fapi2",
            Self::Mcp => "mcp",
        }
    }

    /// The profile of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|profile| profile.as_str() == name)
    }
}

/// What the operator allows beyond the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permitted {
    /// Attempts that count against accounts, clients and addresses, and may lock them.
    pub noisy: bool,
    /// Waiting until something expires.
    pub slow: bool,
}

/// A client of the target.
#[derive(Clone, Debug)]
pub struct Client {
    /// Identifier, method and secret.
    pub credentials: Credentials,
    /// One of its redirect URIs.
    pub redirect_uri: String,
    /// Its grants.
    pub grants: Vec<GrantType>,
    /// The scope that it may ask for.
    pub scope: Scope,
}

/// A user of the target.
#[derive(Clone, Debug)]
pub struct User {
    /// The login name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

/// A protected API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Its identifier: URL and audience.
    pub url: String,
    /// How it is talked to.
    pub kind: ApiKind,
    /// Its scopes; the first one is enough for reading.
    pub scopes: Vec<String>,
}

/// How an API is talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// GET lists, POST of `{"text": …}` creates, GET of an item reads it. Items belong to users.
    Notes,
    /// Model Context Protocol over HTTP.
    Mcp,
    /// GET is enough.
    Get,
}

/// A finding that the operator accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The check's id.
    pub check: String,
    /// Why it is accepted.
    pub reason: String,
}

/// Why a target is not audited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The issuer is no URL with a host.
    #[error("{0} is not an absolute URL with a host")]
    NotAUrl(String),
    /// Nobody said that the host may be attacked.
    #[error("{0} is neither this machine nor in a private network")]
    NotOwned(String),
}

impl TargetError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAUrl(_) => "write the issuer as https://host[:port][/path]".to_owned(),
            Self::NotOwned(host) => {
                format!("an audit attacks: if you may do that, say --i-own-this-target {host}")
            }
        }
    }
}

impl Target {
    /// Refuses hosts that are neither loopback nor private (RFC 1918, RFC 4193) and that nobody
    /// claimed. A name that is not an address of its own says nothing about where it leads.
    pub fn check_owned(&self, owned: &[String]) -> Result<(), TargetError> {
        let urls = std::iter::once(&self.issuer).chain(self.apis.iter().map(|api| &api.url));
        for text in urls {
            let url = Url::parse(text).map_err(|_| TargetError::NotAUrl(text.clone()))?;
            let host = url.host().ok_or_else(|| TargetError::NotAUrl(text.clone()))?;
            let name = host.to_string();
            if !is_near(&host) && !owned.contains(&name) {
                return Err(TargetError::NotOwned(name));
            }
        }
        Ok(())
    }
}

fn is_near(host: &Host<&str>) -> bool {
    let near = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    };
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => near((*ip).into()),
        Host::Ipv6(ip) => near((*ip).into()),
    }
}

impl Client {
    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.credentials.client_id
    }

    /// Whether it has a secret.
    pub const fn is_confidential(&self) -> bool {
        !self.credentials.method.is_public()
    }

    /// Whether it may use a grant.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Those of the given scopes that it may ask for, space-delimited.
    pub fn allowed<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) -> String {
        let own: Vec<_> = scopes.into_iter().filter(|scope| self.scope.contains(scope)).collect();
        own.join(" ")
    }
}

impl Api {
    /// What reading needs.
    pub fn read_scope(&self) -> Option<&str> {
        self.scopes.first().map(String::as_str)
    }

    /// A scope that reading does not need.
    pub fn write_scope(&self) -> Option<&str> {
        self.scopes.get(1).map(String::as_str)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::audit) fn target(issuer: &str) -> Target {
        Target::bare(issuer)
    }

    #[test]
    fn only_near_or_claimed_hosts_are_audited() {
        for near in [
            "https://localhost:9443",
            "https://lab.localhost",
            "http://127.0.0.1:1",
            "https://[::1]:9443",
            "https://192.168.1.2",
            "https://10.0.0.1/tenant",
            "https://[fd00::1]",
        ] {
            assert_eq!(target(near).check_owned(&[]), Ok(()), "{near}");
        }
        for far in ["https://example.com", "https://localhost.example.com", "https://8.8.8.8"] {
            assert!(target(far).check_owned(&[]).is_err(), "{far}");
        }
        let owned = ["example.com".to_owned()];
        assert_eq!(target("https://example.com").check_owned(&owned), Ok(()));
        assert!(target("https://sub.example.com").check_owned(&owned).is_err());
    }

    #[test]
    fn an_api_on_a_far_host_is_a_far_target() {
        let api = Api { url: "https://api.example/x".into(), kind: ApiKind::Get, scopes: vec![] };
        let target = Target { apis: vec![api], ..target("https://localhost:9443") };
        let refused = target.check_owned(&[]);
        assert_eq!(refused, Err(TargetError::NotOwned("api.example".to_owned())));
    }
}
