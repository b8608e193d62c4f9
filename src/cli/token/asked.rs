//! What is asked for: flow, scope, APIs, user. Names that a running lab knows are checked here, so
//! that a typing error is not answered by a server.

use super::{Args, Flow, RequestArgs, UserArgs};
use crate::cli::clients::KnownClient;
use crate::cli::context::Context;
use crate::cli::target::Target;
use crate::cli::{secret_input, suggest};
use crate::client::{Carrier, TokenTarget};
use crate::error::Error;
use crate::lab::ready::ReadyRecord;
use crate::protocol::{GrantType, Scope, Secret};

impl Flow {
    pub(super) const fn grant(self) -> GrantType {
        match self {
            Self::Code => GrantType::AuthorizationCode,
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::Refresh => GrantType::RefreshToken,
            Self::TokenExchange => GrantType::TokenExchange,
            Self::JwtBearer => GrantType::JwtBearer,
            Self::Device => GrantType::DeviceCode,
        }
    }
}

impl RequestArgs {
    /// Whether an authorization request is spoken of.
    const fn is_given(&self) -> bool {
        let plain = self.max_age.is_some() || !self.acr_values.is_empty();
        plain || self.par || self.request_object || self.response_mode.is_some()
    }

    /// The parameters that it adds to one.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let acr = (!self.acr_values.is_empty()).then(|| self.acr_values.join(" "));
        let acr = acr.map(|values| ("acr_values".to_owned(), values));
        acr.into_iter()
            .chain(self.max_age.map(|age| ("max_age".to_owned(), age.to_string())))
            .collect()
    }
}

/// A posted form leaves nothing in the address bar that could be pasted.
fn can_be_pasted(args: &Args) -> Result<(), Error> {
    let posted = args.request.response_mode.map(Carrier::of) == Some(Carrier::Form);
    if !(args.user.paste && posted) {
        return Ok(());
    }
    let hint = "use another --response-mode, or leave --paste out";
    Err(Error::usage("a posted answer cannot be pasted: no address carries it", hint))
}

/// Only the code flow has an authorization request.
pub(super) fn fits_the_flow(args: &Args) -> Result<(), Error> {
    can_be_pasted(args)?;
    let flag = match &args.request {
        RequestArgs { par: true, .. } => "--par",
        RequestArgs { request_object: true, .. } => "--request-object",
        RequestArgs { response_mode: Some(_), .. } => "--response-mode",
        RequestArgs { max_age: Some(_), .. } => "--max-age",
        RequestArgs { acr_values, .. } if !acr_values.is_empty() => "--acr-values",
        RequestArgs { .. } => return Ok(()),
    };
    if args.flow.is_none_or(|flow| flow == Flow::Code) {
        return Ok(());
    }
    let message = format!("{flag} is about an authorization request, and this flow has none");
    Err(Error::usage(message, "use --flow code, or leave it out"))
}

/// The code flow needs somebody who logs in. Without a terminal nobody is there: said at once, with
/// the flag that helps, and before anything else is done.
pub(super) fn need_no_person(context: &Context, args: &Args) -> Result<(), Error> {
    let is_code = args.flow.is_none_or(|flow| flow == Flow::Code);
    // Without --flow a named client may turn out to have no user at all.
    let undecided = args.flow.is_none() && args.client.client.is_some();
    if is_code && !undecided { need_nobody(context, &args.user) } else { Ok(()) }
}

/// As [`need_no_person`], for a flow that is known to be the code flow.
pub(super) fn need_nobody(context: &Context, args: &UserArgs) -> Result<(), Error> {
    let UserArgs { user, browser, no_browser, paste, .. } = args;
    let explicit = browser.is_some() || *no_browser || *paste;
    let nobody = context.global.no_input || (!explicit && !context.terminal.is_watched());
    if user.is_some() || !nobody {
        return Ok(());
    }
    Err(Error::Person {
        message: "the code flow needs a user, and nobody is at a terminal".to_owned(),
        hint: "log in without a browser: add --user alice; or wait for one: add --no-browser"
            .to_owned(),
    })
}

/// The flow: the one that was named, else what the client can do.
pub(super) fn flow(args: &Args, client: Option<&KnownClient>) -> Flow {
    let can = |grant| client.is_none_or(|client| client.allows(grant));
    match args.flow {
        Some(flow) => flow,
        None if args.request.is_given() => Flow::Code,
        None if !can(GrantType::AuthorizationCode) && can(GrantType::DeviceCode) => Flow::Device,
        None if args.user.user.is_some() || can(GrantType::AuthorizationCode) => Flow::Code,
        None if can(GrantType::ClientCredentials) => Flow::ClientCredentials,
        None => Flow::Code,
    }
}

/// Scope and APIs. What a drill asks for is asked for, whatever the lab knows.
pub(super) fn target(
    args: &Args,
    flow: Flow,
    client: &KnownClient,
    target: &Target,
) -> Result<TokenTarget, Error> {
    let ready = target.lab.as_ref().map(|lab| &lab.ready);
    if let Some(ready) = ready.filter(|_| !args.drill.is_drill()) {
        known_scopes(args, ready)?;
    }
    let scope = if args.scope.is_empty() {
        match flow {
            // Said aloud, so that `openid` gets its nonce.
            Flow::Code | Flow::Device => default_scope(args, client, ready),
            Flow::ClientCredentials | Flow::Refresh | Flow::TokenExchange | Flow::JwtBearer => None,
        }
    } else {
        let scope = Scope::parse(&args.scope.join(" "));
        Some(
            scope.map_err(|error| {
                Error::usage(format!("--scope: {error}"), "RFC 6749 section 3.3")
            })?,
        )
    };
    Ok(TokenTarget { scope, resources: args.resource.clone() })
}

/// What the client may have: of one API, since a token is for one, and of the named ones if any is.
fn default_scope(args: &Args, client: &KnownClient, ready: Option<&ReadyRecord>) -> Option<Scope> {
    let apis = ready.map(|ready| ready.apis.as_slice()).unwrap_or_default();
    let own = match &client.scope {
        Some(own) => own.clone(),
        // It registered without a scope: it may have what every API of this lab has.
        None if client.grants.is_some() && !apis.is_empty() => {
            let of_apis = apis.iter().flat_map(|api| api.scopes.iter().map(String::as_str));
            std::iter::once("openid").chain(of_apis).collect::<Vec<_>>().join(" ")
        }
        None => return None,
    };
    let own = Scope::parse(&own).ok()?;
    let is_of_api = |token: &str| apis.iter().any(|api| api.scopes.iter().any(|s| s == token));
    let mut wanted = apis.iter().filter(|api| {
        let named = args.resource.is_empty() || args.resource.contains(&api.identifier);
        named && api.scopes.iter().any(|scope| own.contains(scope))
    });
    let chosen: Vec<_> = if args.resource.is_empty() {
        wanted.next().into_iter().collect()
    } else {
        wanted.collect()
    };
    Some(own.filtered(|token| {
        !is_of_api(token) || chosen.iter().any(|api| api.scopes.iter().any(|s| s == token))
    }))
}

fn known_scopes(args: &Args, ready: &ReadyRecord) -> Result<(), Error> {
    let openid = crate::config::openid_scopes();
    let of_apis = ready.apis.iter().flat_map(|api| api.scopes.iter().map(String::as_str));
    let known: Vec<&str> = openid.iter().chain(of_apis).collect();
    match args.scope.iter().find(|scope| !known.contains(&scope.as_str())) {
        None => Ok(()),
        Some(scope) => {
            let message = format!("the lab knows no scope `{scope}`");
            Err(Error::usage(message, suggest::help(scope, &known)))
        }
    }
}

/// The password of `--user`: from a file, else what the lab tells its own user.
pub(super) fn password(args: &UserArgs, user: &str, target: &Target) -> Result<Secret, Error> {
    if let Some(path) = &args.password_file {
        return secret_input::from_file(path);
    }
    let Some(lab) = &target.lab else {
        return Err(Error::usage("the password of this user is not known", "add --password-file"));
    };
    let known: Vec<&str> = lab.ready.users.iter().map(|user| user.name.as_str()).collect();
    let found = lab.ready.user(user).ok_or_else(|| {
        Error::usage(format!("the lab knows no user `{user}`"), suggest::help(user, &known))
    })?;
    found.password.clone().ok_or_else(|| {
        let message = format!("the lab knows only a hash of the password of `{user}`");
        Error::usage(message, "add --password-file")
    })
}
