//! What the server, its rule book or the client's registration demands of a request, so that nobody
//! has to type it: pushed requests (RFC 9126), tokens that are bound to their sender (RFC 8705).

use super::Args;
use crate::cli::clients::KnownClient;
use crate::cli::identity;
use crate::cli::session::Session;
use crate::client::{AuthorizationServer, Lesson, PushReason};
use crate::config::Profile;
use crate::error::Error;

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

/// Shows the certificate of a client whose tokens must be bound. One that authenticates by its
/// certificate shows it anyway.
pub(super) fn bind(args: &Args, session: &Session<'_>, client: &KnownClient) -> Result<(), Error> {
    let lab = session.target.lab.as_ref();
    let profile = lab.and_then(|lab| Profile::parse(&lab.ready.profile));
    let lesson = if client.duties.certifies {
        &FOR_THE_CLIENT
    } else if profile.is_some_and(Profile::demands_bound_tokens) {
        &FOR_THE_PROFILE
    } else {
        return Ok(());
    };
    let credentials = &client.credentials;
    let shown = credentials.method.is_tls()
        || identity::certify(&args.client.keys, &session.target, &credentials.client_id)?;
    if shown {
        session.steps.note(lesson);
    }
    Ok(())
}
