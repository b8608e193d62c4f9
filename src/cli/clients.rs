//! The clients that a command can act as: those of the lab's configuration, those that `register`
//! kept, and any other that the user can authenticate.

use std::path::PathBuf;

use super::identity::{self, KeyFiles};
use super::keep::Contents;
use super::target::Target;
use super::{secret_input, suggest};
use crate::client::{Credentials, Registration};
use crate::error::Error;
use crate::lab::ready::ReadyClient;
use crate::protocol::{AuthMethod, ClientIdUrl, GrantType, Secret};

/// Which client a command acts as.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Client")]
pub(super) struct ClientArgs {
    /// The client: a configured one, a name given to `register`, or any client id
    #[arg(long, value_name = "CLIENT")]
    pub(super) client: Option<String>,
    /// Its secret from a file, or from stdin with -
    #[arg(long, value_name = "FILE|-", conflicts_with = "client_secret")]
    pub(super) client_secret_file: Option<PathBuf>,
    /// Its secret; better from a file, or from the variable
    #[arg(long, value_name = "SECRET")]
    pub(super) client_secret: Option<String>,
    /// How it authenticates
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub(super) auth_method: Option<AuthMethod>,
    #[command(flatten)]
    pub(super) keys: KeyFiles,
}

/// A client, and what is known about it.
#[derive(Clone, Debug)]
pub(super) struct KnownClient {
    pub(super) credentials: Credentials,
    /// Its grants; `None` when they are not known.
    pub(super) grants: Option<Vec<String>>,
    /// Its redirect URIs; none when they are not known.
    pub(super) redirect_uris: Vec<String>,
    /// The scope that it may ask for.
    pub(super) scope: Option<String>,
    /// What it must always do.
    pub(super) duties: Duties,
}

/// What a client must always do, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Duties {
    /// Push its requests (RFC 9126 section 6).
    pub(super) pushes: bool,
    /// Have its tokens bound to its certificate (RFC 8705 section 3.4).
    pub(super) certifies: bool,
    /// Have its tokens bound to a key that it proves (RFC 9449 section 5.2).
    pub(super) proves: bool,
}

impl ClientArgs {
    /// The client that was named, or the one that is meant: the first of the lab's that may use the
    /// grant, else the only registered one. With `any` an unknown name is taken as a client id.
    pub(super) fn find(
        &self,
        target: &Target,
        grant: Option<GrantType>,
        any: bool,
    ) -> Result<KnownClient, Error> {
        let kept = target.kept.read()?;
        let mut client = match &self.client {
            Some(name) => self.named(target, &kept, name, any)?,
            None => meant(target, &kept, grant)?,
        };
        if let Some(secret) = self.secret()? {
            client.credentials.secret = Some(secret);
            if client.credentials.method.is_public() {
                client.credentials.method = AuthMethod::ClientSecretBasic;
            }
        }
        if let Some(method) = self.auth_method {
            client.credentials.method = method;
        }
        identity::equip(&self.keys, target, &kept, &mut client.credentials)?;
        Ok(client)
    }

    /// The client of an id that is known to exist.
    pub(super) fn of(&self, target: &Target, id: &str) -> Result<KnownClient, Error> {
        let kept = target.kept.read()?;
        let mut client = self.named(target, &kept, id, true)?;
        identity::equip(&self.keys, target, &kept, &mut client.credentials)?;
        Ok(client)
    }

    fn secret(&self) -> Result<Option<Secret>, Error> {
        match (&self.client_secret_file, &self.client_secret) {
            (Some(path), _) => secret_input::from_file(path).map(Some),
            (None, Some(text)) => secret_input::typed(text).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn named(
        &self,
        target: &Target,
        kept: &Contents,
        name: &str,
        any: bool,
    ) -> Result<KnownClient, Error> {
        let ready = target.lab.as_ref().map(|lab| &lab.ready);
        if let Some(client) = ready.and_then(|ready| ready.client(name)) {
            return Ok(configured(client));
        }
        let by_id = || kept.clients.values().find(|client| client.client_id == name);
        if let Some(client) = kept.clients.get(name).or_else(by_id) {
            return Ok(registered(client));
        }
        let has_secret = self.client_secret_file.is_some() || self.client_secret.is_some();
        let has_proof = has_secret || self.keys.are_given();
        // The address of a client's metadata needs no introduction.
        if any || has_proof || ready.is_none() || ClientIdUrl::parse(name).is_ok() {
            return Ok(KnownClient {
                credentials: Credentials::public(name),
                grants: None,
                redirect_uris: Vec::new(),
                scope: None,
                duties: Duties::default(),
            });
        }
        Err(Error::usage(format!("no client `{name}` is known here"), hint(target, kept, name)))
    }
}

fn hint(target: &Target, kept: &Contents, name: &str) -> String {
    let configured = target.lab.iter().flat_map(|lab| &lab.ready.clients);
    let known: Vec<&str> = configured
        .map(|client| client.client_id.as_str())
        .chain(kept.clients.keys().map(String::as_str))
        .collect();
    format!("{}\nregister it: oauthlab register {name}", suggest::help(name, &known))
}

fn meant(target: &Target, kept: &Contents, grant: Option<GrantType>) -> Result<KnownClient, Error> {
    let fits = |client: &KnownClient| grant.is_none_or(|grant| client.allows(grant));
    let mut configured_ones = target.lab.iter().flat_map(|lab| &lab.ready.clients).map(configured);
    if let Some(client) = configured_ones.find(fits) {
        return Ok(client);
    }
    let mut registered_ones = kept.clients.values().map(registered).filter(fits);
    match (registered_ones.next(), registered_ones.next()) {
        (Some(client), None) => Ok(client),
        (Some(_), Some(_)) => {
            let names: Vec<&str> = kept.clients.keys().map(String::as_str).collect();
            Err(Error::usage("several clients are registered", suggest::help("", &names)))
        }
        (None, _) => Err(Error::usage(
            "no client is known for this",
            "name one with --client, or register one: oauthlab register NAME",
        )),
    }
}

fn configured(client: &ReadyClient) -> KnownClient {
    let method = AuthMethod::parse(&client.token_endpoint_auth_method);
    KnownClient {
        credentials: Credentials {
            method: method.unwrap_or(AuthMethod::None),
            secret: client.client_secret.clone(),
            ..Credentials::public(client.client_id.as_str())
        },
        grants: Some(client.grant_types.clone()),
        redirect_uris: client.redirect_uris.clone(),
        scope: client.scope.clone(),
        duties: Duties {
            pushes: client.require_pushed_authorization_requests,
            certifies: client.tls_client_certificate_bound_access_tokens,
            proves: client.dpop_bound_access_tokens,
        },
    }
}

fn registered(client: &Registration) -> KnownClient {
    let unknown = || Credentials::public(client.client_id.as_str());
    let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
    KnownClient {
        // A method that we do not have is left to --auth-method.
        credentials: client.credentials().unwrap_or_else(unknown),
        grants: Some(owned(client.list("grant_types"))),
        redirect_uris: owned(client.list("redirect_uris")),
        scope: client.text("scope").map(str::to_owned),
        duties: Duties {
            pushes: client.flag("require_pushed_authorization_requests"),
            certifies: client.flag("tls_client_certificate_bound_access_tokens"),
            proves: client.flag("dpop_bound_access_tokens"),
        },
    }
}

impl KnownClient {
    /// Whether it may use a grant, as far as is known.
    pub(super) fn allows(&self, grant: GrantType) -> bool {
        let listed = |grants: &Vec<String>| grants.iter().any(|own| own == grant.as_str());
        self.grants.as_ref().is_none_or(listed)
    }
}

/// A client authentication method, for clap.
pub(super) fn method(text: &str) -> Result<AuthMethod, String> {
    AuthMethod::parse(text).ok_or_else(|| {
        let known: Vec<&str> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
        suggest::help(text, &known)
    })
}
