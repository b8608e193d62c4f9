//! A target file: what an audit may use of a server that is no lab of ours. Secrets stand in the
//! environment or in files of their own, never in it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::login::{Login, LoginError};
use super::{Api, ApiKind, Client, Permitted, Profile, Target, User};
use crate::client::Credentials;
use crate::fetch::Roots;
use crate::protocol::{AuthMethod, GrantType, Scope, Secret};

/// A target file that was read; secrets and certificates are not looked up yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    issuer: String,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    ca_file: Option<PathBuf>,
    #[serde(default)]
    clients: Vec<ClientEntry>,
    #[serde(default)]
    users: Vec<UserEntry>,
    #[serde(default)]
    login: Vec<Login>,
    #[serde(default)]
    apis: Vec<ApiEntry>,
    #[serde(default)]
    introspector: Option<ClientEntry>,
    #[serde(default)]
    registration_token_env: Option<String>,
    #[serde(default)]
    registration_token_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    id: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    secret_env: Option<String>,
    #[serde(default)]
    secret_file: Option<PathBuf>,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    grants: Vec<String>,
    #[serde(default)]
    scope: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    name: String,
    #[serde(default)]
    password_env: Option<String>,
    #[serde(default)]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiEntry {
    url: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

/// Why a target file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetFileError {
    /// It is no YAML of the right shape.
    #[error("the target file cannot be read: {0}")]
    Shape(String),
    /// A value that is none.
    #[error("`{value}` is no {what}")]
    Value {
        /// What it should be.
        what: &'static str,
        /// What was written.
        value: String,
    },
    /// A secret is not where the file says.
    #[error("the {what} of `{of}` is not there: {place}")]
    Secret {
        /// What it is.
        what: &'static str,
        /// Whose.
        of: String,
        /// The variable or the file.
        place: String,
    },
    /// A step of the login script.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The certificates.
    #[error("{path} holds no certificate")]
    Certificates {
        /// The file.
        path: PathBuf,
    },
}

/// Where secrets are looked up.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the target file, from which its paths go.
    pub folder: &'a Path,
}

const MAX_BYTES: usize = 256 * 1024;
const MAX_SECRET: usize = 8192;

impl TargetFile {
    /// Reads a target file.
    pub fn parse(text: &str) -> Result<Self, TargetFileError> {
        if text.len() > MAX_BYTES {
            return Err(TargetFileError::Shape(format!("it is larger than {MAX_BYTES} bytes")));
        }
        serde_yaml::from_str(text).map_err(|error| TargetFileError::Shape(error.to_string()))
    }

    /// The certificates to trust, if the file names some, from the folder of the file.
    pub fn ca_file(&self, folder: &Path) -> Option<PathBuf> {
        self.ca_file.as_ref().map(|path| folder.join(path))
    }

    /// The target, with its secrets.
    pub fn target(self, roots: Roots, lookup: Lookup<'_>) -> Result<Target, TargetFileError> {
        let profile = match &self.profile {
            Some(name) => Profile::parse(name).ok_or_else(|| value("profile", name))?,
            None => Profile::default(),
        };
        let clients: Result<Vec<_>, _> =
            self.clients.into_iter().map(|entry| entry.client(lookup)).collect();
        let users: Result<Vec<_>, _> =
            self.users.into_iter().map(|entry| entry.user(lookup)).collect();
        let apis: Result<Vec<_>, _> = self.apis.into_iter().map(ApiEntry::api).collect();
        let introspector = match self.introspector {
            Some(entry) => Some(entry.client(lookup)?.credentials),
            None => None,
        };
        for step in &self.login {
            step.check()?;
        }
        let (env, file) = (self.registration_token_env, self.registration_token_file);
        let token = lookup.secret((env.as_deref(), file.as_deref()), ("token", "registration"))?;
        Ok(Target {
            roots,
            clients: clients?,
            users: users?,
            login: self.login,
            apis: apis?,
            registration_token: token,
            introspector,
            profile,
            ..Target::bare(self.issuer)
        })
    }
}

impl Lookup<'_> {
    /// A secret from a variable or a file; `None` where neither is named.
    fn secret(
        &self,
        (variable, file): (Option<&str>, Option<&Path>),
        (what, of): (&'static str, &str),
    ) -> Result<Option<Secret>, TargetFileError> {
        let missing = |place: String| TargetFileError::Secret { what, of: of.to_owned(), place };
        if let Some(name) = variable {
            let found = (self.variable)(name).filter(|value| !value.is_empty());
            return found
                .map(|value| Some(Secret::new(value)))
                .ok_or_else(|| missing(format!("${name}")));
        }
        let Some(path) = file else { return Ok(None) };
        let path = self.folder.join(path);
        let text = std::fs::read_to_string(&path).ok();
        let text = text.filter(|text| !text.trim().is_empty() && text.len() <= MAX_SECRET);
        text.map(|text| Some(Secret::new(text.trim_end_matches(['\r', '\n']))))
            .ok_or_else(|| missing(path.display().to_string()))
    }
}

impl ClientEntry {
    fn client(self, lookup: Lookup<'_>) -> Result<Client, TargetFileError> {
        let place = (self.secret_env.as_deref(), self.secret_file.as_deref());
        let secret = lookup.secret(place, ("secret", &self.id))?;
        let method = match &self.method {
            Some(name) => AuthMethod::parse(name)
                .ok_or_else(|| value("method of client authentication", name))?,
            None if secret.is_some() => AuthMethod::ClientSecretBasic,
            None => AuthMethod::None,
        };
        let mut grants = Vec::new();
        for name in &self.grants {
            grants.push(GrantType::parse(name).ok_or_else(|| value("grant", name))?);
        }
        if grants.is_empty() {
            grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        }
        let scope = Scope::parse(&self.scope).map_err(|_| value("scope", &self.scope))?;
        let credentials = Credentials { method, secret, ..Credentials::public(self.id) };
        Ok(Client { credentials, redirect_uri: self.redirect_uri, grants, scope })
    }
}

impl UserEntry {
    fn user(self, lookup: Lookup<'_>) -> Result<User, TargetFileError> {
        let place = (self.password_env.as_deref(), self.password_file.as_deref());
        let password = lookup.secret(place, ("password", &self.name))?;
        let nowhere = || TargetFileError::Secret {
            what: "password",
            of: self.name.clone(),
            place: "name password_env or password_file".to_owned(),
        };
        Ok(User { password: password.ok_or_else(nowhere)?, name: self.name.clone() })
    }
}

impl ApiEntry {
    fn api(self) -> Result<Api, TargetFileError> {
        let kind = match self.kind.as_deref() {
            None | Some("get") => ApiKind::Get,
            Some("notes") => ApiKind::Notes,
            Some("mcp") => ApiKind::Mcp,
            Some(other) => return Err(value("kind of API (get, notes, mcp)", other)),
        };
        Ok(Api { url: self.url, kind, scopes: self.scopes })
    }
}

fn value(what: &'static str, value: &str) -> TargetFileError {
    TargetFileError::Value { what, value: value.to_owned() }
}

impl TargetFileError {
    /// What the operator can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Shape(_) | Self::Value { .. } => {
                "`oauthlab audit --init` writes a target file with every key"
            }
            Self::Secret { .. } => {
                "set the variable or write the file; secrets do not stand in the target file"
            }
            Self::Login(_) => {
                "a step is `{ match: \"*/login*\", fill: { username: \"{user}\" }, press: continue }`"
            }
            Self::Certificates { .. } => {
                "ca_file is a PEM file with the CA that vouches for the server"
            }
        }
    }
}

impl Target {
    /// A target of which only the issuer is known.
    pub fn bare(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            roots: Roots::System,
            clients: Vec::new(),
            users: Vec::new(),
            login: Vec::new(),
            apis: Vec::new(),
            registration_token: None,
            introspector: None,
            accepted: Vec::new(),
            profile: Profile::default(),
            permitted: Permitted::default(),
            server_log: None,
        }
    }
}

/// A target file with every key, for `audit --init`.
pub const EXAMPLE: &str = include_str!("../../../templates/audit/target.yaml");

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Target, TargetFileError> {
        let variable = |name: &str| (name != "UNSET").then(|| format!("value of {name}"));
        let lookup = Lookup { variable: &variable, folder: Path::new("/nowhere") };
        TargetFile::parse(text)?.target(Roots::System, lookup)
    }

    #[test]
    fn the_example_is_a_target_file_with_every_key() {
        let target = read(EXAMPLE).unwrap();
        assert_eq!(target.issuer, "https://localhost:8443");
        let secrets: Vec<_> =
            target.clients.iter().map(|c| c.credentials.secret.is_some()).collect();
        assert_eq!(secrets, [true, true, false]);
        assert_eq!(target.users.len(), 2);
        assert!(target.introspector.is_some() && target.registration_token.is_some());
        assert_eq!((target.login.len(), target.apis.len()), (2, 1));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_shown() {
        let client = |more: &str| format!("issuer: https://a\nclients: [{{ id: web, {more} }}]\n");
        for (text, told) in [
            ("issuer: https://a\nuser: []\n".to_owned(), "cannot be read"),
            ("issuer: https://a\nprofile: legacy\n".to_owned(), "`legacy` is no profile"),
            (client("secret_env: UNSET"), "the secret of `web` is not there: $UNSET"),
            (client("secret_file: s.txt"), "/nowhere/s.txt"),
            (client("grants: [magic]"), "`magic` is no grant"),
            (client("method: magic"), "`magic` is no method"),
            ("issuer: https://a\nusers: [{ name: alice }]\n".to_owned(), "name password_env"),
            ("issuer: https://a\napis: [{ url: https://b, kind: soap }]\n".to_owned(), "`soap`"),
            ("issuer: https://a\nlogin: [{ match: \"*\" }]\n".to_owned(), "fills nothing"),
            (format!("issuer: {}\n", "a".repeat(MAX_BYTES)), "larger than"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.to_string().contains(told), "{text}: {error}");
            assert!(!error.hint().is_empty());
        }
    }
}
