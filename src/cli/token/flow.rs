//! The flows: each ends with tokens that were verified, and keeps them.

use super::arrive;
use super::asked;
use super::demanded;
use super::device;
use super::exchange;
use super::{Args, Flow, Pkce};
use crate::cli::clients::KnownClient;
use crate::cli::identity;
use crate::cli::keep::KeptTokens;
use crate::cli::possession;
use crate::cli::secret_input;
use crate::cli::session::Session;
use crate::client::{
    AuthorizationServer, CodeFlow, CodeSettings, Expectation, Granted, Jwks, Keyring, TokenTarget,
    Verified, client_credentials, refresh, verify_tokens,
};
use crate::error::Error;
use crate::protocol::{ChallengeMethod, Secret};

/// Tokens, and what they say.
pub(super) struct Outcome {
    pub(super) granted: Granted,
    pub(super) verified: Verified,
}

/// What a flow gave, before it is verified.
struct Gained {
    granted: Granted,
    nonce: Option<Secret>,
    openid: bool,
    user: Option<String>,
}

impl Gained {
    /// Tokens for which nobody logged in.
    const fn without_login(granted: Granted) -> Self {
        Self { granted, nonce: None, openid: false, user: None }
    }
}

pub(super) async fn run(args: &Args, session: &Session<'_>) -> Result<Outcome, Error> {
    let any = args.drill.is_drill();
    let named = match &args.client.client {
        Some(_) => Some(args.client.find(&session.target, None, any)?),
        None => None,
    };
    let flow = asked::flow(args, named.as_ref());
    let client = match named {
        Some(client) => client,
        None => args.client.find(&session.target, Some(flow.grant()), any)?,
    };
    let target = asked::target(args, flow, &client, &session.target)?;
    if flow == Flow::Code {
        asked::need_nobody(session.context, &args.user)?;
    }
    let server = session.server().await?;
    // Where a token is traded, its own key counts.
    if !matches!(flow, Flow::Refresh | Flow::TokenExchange) {
        demanded::bind(args, session, &server, &client, None)?;
    }
    let gained = gained(args, session, &server, flow, (&client, &target)).await?;
    let verified = verify(args, session, &server, (&client, &target), &gained).await?;
    keep(args, session, (&client, &target), &gained)?;
    Ok(Outcome { granted: gained.granted, verified })
}

async fn gained(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    flow: Flow,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Gained, Error> {
    let asking = (client, target);
    let granted = match flow {
        Flow::Code => return code(args, session, server, asking).await,
        Flow::Refresh => return refreshed(args, session, server, asking).await,
        Flow::Device => {
            let granted = device::tokens(args, session, server, asking).await?;
            let openid = target.scope.as_ref().is_some_and(|scope| scope.contains("openid"));
            return Ok(Gained { granted, nonce: None, openid, user: args.user.user.clone() });
        }
        Flow::ClientCredentials => {
            client_credentials(session.caller(), server, &client.credentials, target).await?
        }
        Flow::TokenExchange => exchange::exchanged(args, session, server, asking).await?,
        Flow::JwtBearer => exchange::asserted(args, session, server, asking).await?,
    };
    Ok(Gained::without_login(granted))
}

async fn code(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Gained, Error> {
    let landing = arrive::Landing::prepare((&args.user, &args.request), client).await?;
    let settings = CodeSettings {
        credentials: client.credentials.clone(),
        redirect_uri: landing.redirect_uri().to_owned(),
        target: target.clone(),
        pkce: match args.drill.pkce {
            Pkce::S256 => Some(ChallengeMethod::S256),
            Pkce::Plain => Some(ChallengeMethod::Plain),
            Pkce::None => None,
        },
        response_mode: args.request.response_mode,
        extra: args.request.parameters().into_iter().chain(args.drill.param.clone()).collect(),
    };
    let mut flow = CodeFlow::begin(server, settings, &session.context.random)?;
    session.prover().into_iter().for_each(|prover| flow.announce(prover));
    if args.request.request_object {
        let id = &client.credentials.client_id;
        flow.sign(&identity::request_signer(&args.client.keys, &session.target, id)?)?;
    }
    if let Some(reason) = demanded::push(args, server, client) {
        flow.push(session.caller(), server, reason).await?;
    }
    let arrival = landing.arrival(args, session, &flow).await?;
    let keys = keys(session, server);
    let keyring = Keyring { keys: keys.as_ref(), now: session.context.clock.now() };
    let code = flow.receive(session.caller(), &arrival, keyring).await?;
    let granted = flow.redeem(session.caller(), server, &code).await?;
    let openid = flow.nonce.is_some();
    Ok(Gained { granted, nonce: flow.nonce, openid, user: args.user.user.clone() })
}

async fn refreshed(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
) -> Result<Gained, Error> {
    let credentials = &client.credentials;
    let kept = session.target.kept.read()?;
    let kept = kept.latest(Some(&credentials.client_id));
    let token = match &args.result.refresh_token_file {
        Some(path) => secret_input::from_file(path)?,
        None => kept.and_then(|kept| kept.response.refresh_token.clone()).ok_or_else(|| {
            let message = format!("no refresh token of `{}` is kept", credentials.client_id);
            Error::usage(message, "get one by the code flow, or give one by --refresh-token-file")
        })?,
    };
    demanded::bind(args, session, server, client, Some(&token))?;
    let mut granted = refresh(session.caller(), server, credentials, &token, target).await?;
    // A server that does not rotate sends none: the old one stays (RFC 6749 section 6).
    let tokens = &mut granted.tokens;
    tokens.refresh_token = tokens.refresh_token.take().or(Some(token));
    let user = kept.and_then(|kept| kept.user.clone());
    Ok(Gained { granted, nonce: None, openid: false, user })
}

/// The keys that the server publishes, if it does.
fn keys(session: &Session<'_>, server: &AuthorizationServer) -> Option<Jwks> {
    let uri = server.jwks_uri().ok()?;
    Some(Jwks::new(session.target.http.clone(), uri, session.context.clock.clone()))
}

async fn verify(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    (client, target): (&KnownClient, &TokenTarget),
    gained: &Gained,
) -> Result<Verified, Error> {
    let keys = keys(session, server);
    let expectation = Expectation {
        server,
        client_id: &client.credentials.client_id,
        nonce: gained.nonce.as_ref(),
        openid: gained.openid,
        resources: &target.resources,
        acr_values: &args.request.acr_values,
        max_age: args.request.max_age,
        now: session.context.clock.now(),
    };
    Ok(verify_tokens(session.caller(), keys.as_ref(), &gained.granted, &expectation).await?)
}

fn keep(
    args: &Args,
    session: &Session<'_>,
    (client, target): (&KnownClient, &TokenTarget),
    gained: &Gained,
) -> Result<(), Error> {
    if args.result.no_store {
        if gained.granted.jkt.is_some() {
            let lost = "the key is not kept, and without it nobody can use these tokens";
            session.context.terminal.warn(lost);
        }
        return Ok(());
    }
    session.target.kept.change(|kept| {
        kept.keep_tokens(KeptTokens {
            client_id: client.credentials.client_id.clone(),
            user: gained.user.clone(),
            at: session.context.clock.now(),
            response: gained.granted.tokens.clone(),
            resources: target.resources.clone(),
            dpop_key: session.prover().map(possession::kept),
        });
    })
}
