//! What the server, its rule book or the client's registration demands of a request, so that nobody
//! has to type it: pushed requests (RFC 9126), tokens that are bound to their sender (RFC 8705, RFC
//! 9449).

use super::Args;
use crate::cli::clients::KnownClient;
use crate::cli::session::Session;
use crate::cli::{identity, possession};
use crate::client::{AuthorizationServer, Lesson, PushReason};
use crate::config::Profile;
use crate::error::Error;
use crate::protocol::Secret;

static FOR_THE_PROFILE: Lesson = Lesson {
    title: "Show the client's certificate",
    why: "The lab's profile fapi2 binds every token to a key of its sender, so that nobody else can use it. The connections of this run carry a certificate of the client; the tokens name it.",
    spec: "FAPI 2.0 Security Profile §5.3.2.1, RFC 8705 §3",
};

static FOR_THE_CLIENT: Lesson = Lesson {
    title: "Show the client's certificate",
    why: "The client's registration says tls_client_certificate_bound_access_tokens, so that nobody else can use its tokens. The connections of this run carry its certificate; the tokens name it.",
    spec: "RFC 8705 §3.4",
};

static PROVES: Lesson = Lesson {
    title: "Bind the tokens to a key",
    why: "The client's registration says dpop_bound_access_tokens, so that nobody else can use its tokens. The requests of this run carry proofs of a key that is kept with the tokens.",
    spec: "RFC 9449 §5.2",
};

static PROVES_WITHOUT_TLS: Lesson = Lesson {
    title: "Bind the tokens to a key",
    why: "The lab's profile fapi2 binds every token to a key of its sender, and its metadata does not offer tls_client_certificate_bound_access_tokens: nobody can show it a certificate. The requests of this run carry proofs of a key that is kept with the tokens.",
    spec: "FAPI 2.0 Security Profile §5.3.2.1, RFC 9449 §5",
};

static PROVES_WITHOUT_CERTIFICATE: Lesson = Lesson {
    title: "Bind the tokens to a key",
    why: "The lab's profile fapi2 binds every token to a key of its sender, and no certificate of this client is known here. The requests of this run carry proofs of a key that is kept with the tokens.",
    spec: "FAPI 2.0 Security Profile §5.3.2.1, RFC 9449 §5",
};

/// Whether the request is pushed, and why.
pub(super) fn push(
    args: &Args,
    server: &AuthorizationServer,
    client: &KnownClient,
) -> Option<PushReason> {
    let demanded = server.metadata.require_pushed_authorization_requests == Some(true);
    if args.request.par {
        Some(PushReason::Asked)
    } else if args.drill.no_par {
        None
    } else if demanded {
        Some(PushReason::Server)
    } else {
        client.duties.pushes.then_some(PushReason::Client)
    }
}

/// Binds the tokens to come to a key of the client's, by a proof or by a certificate, if anybody wants
/// that. `traded` is the token that they are traded for.
pub(super) fn bind(
    args: &Args,
    session: &Session<'_>,
    server: &AuthorizationServer,
    client: &KnownClient,
    traded: Option<&Secret>,
) -> Result<(), Error> {
    prove(args, session, client, traded)?;
    if client.duties.certifies {
        if shows_certificate(args, session, client)? {
            session.steps.note(&FOR_THE_CLIENT);
        }
        return Ok(());
    }
    let lab = session.target.lab.as_ref();
    let profile = lab.and_then(|lab| Profile::parse(&lab.ready.profile));
    let demanded = profile.is_some_and(Profile::demands_bound_tokens);
    if !demanded || session.prover().is_some() {
        return Ok(());
    }
    let offered = server.metadata.tls_client_certificate_bound_access_tokens == Some(true);
    if offered && shows_certificate(args, session, client)? {
        session.steps.note(&FOR_THE_PROFILE);
        return Ok(());
    }
    let lesson = if offered { &PROVES_WITHOUT_CERTIFICATE } else { &PROVES_WITHOUT_TLS };
    session.steps.note(lesson);
    session.prove(possession::new(&session.target)?);
    Ok(())
}

/// Binds the tokens to come to a key that is proven (RFC 9449): to that of the token that is traded
/// for them, if it has one; else to a new one, if one is wanted. A drill gets what it asks for.
fn prove(
    args: &Args,
    session: &Session<'_>,
    client: &KnownClient,
    traded: Option<&Secret>,
) -> Result<(), Error> {
    let kept = match traded {
        Some(token) => possession::of(&session.target, token)?,
        None => None,
    };
    let demanded = client.duties.proves && !args.drill.is_drill();
    let prover = match kept {
        Some(kept) => kept,
        None if args.dpop || demanded => possession::new(&session.target)?,
        None => return Ok(()),
    };
    if demanded && !args.dpop {
        session.steps.note(&PROVES);
    }
    session.prove(prover);
    Ok(())
}

/// Shows the certificate that is known of a client; true if there is one. A client that authenticates
/// by its certificate shows it anyway.
fn shows_certificate(
    args: &Args,
    session: &Session<'_>,
    client: &KnownClient,
) -> Result<bool, Error> {
    let credentials = &client.credentials;
    Ok(credentials.method.is_tls()
        || identity::certify(&args.client.keys, &session.target, &credentials.client_id)?)
}
