//! How the user gets to the authorization page, and how the answer comes back: without a browser,
//! with one, or by hand. A listener is open before the URL exists.

use std::io::{self, BufRead as _};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use url::Url;

use super::{Args, Callback, RequestArgs, UserArgs, asked};
use crate::cli::clients::KnownClient;
use crate::cli::escape;
use crate::cli::session::Session;
use crate::client::{Arrival, Browser, Carrier, CodeFlow, Consent, LoopbackListener, Person};
use crate::error::Error;

/// A person who is not there in this time does not come, unless `--timeout` says so.
const PATIENCE: Duration = Duration::from_secs(300);
/// No address that a browser ends at is longer.
const LONGEST: u64 = 16 * 1024;

/// Where the redirect will land.
pub(super) struct Landing {
    redirect_uri: String,
    listener: Option<LoopbackListener>,
}

impl Landing {
    /// Decides on the redirect URI, and listens there if a browser is to come.
    pub(super) async fn prepare(
        (args, request): (&UserArgs, &RequestArgs),
        client: &KnownClient,
    ) -> Result<Self, Error> {
        let registered = client.redirect_uris.iter().find(|uri| is_loopback(uri));
        if args.user.is_some() || args.paste {
            // Nobody has to connect: any registered address will do.
            let any = registered.or(client.redirect_uris.first()).cloned();
            let redirect_uri = match &args.callback {
                Some(Callback { address, path }) => format!("http://{address}{path}"),
                None => any.unwrap_or_else(|| "http://127.0.0.1/callback".to_owned()),
            };
            return Ok(Self { redirect_uri, listener: None });
        }
        let listener = match (&args.callback, registered) {
            (Some(Callback { address, path }), _) => {
                LoopbackListener::bind_to(*address, path).await?
            }
            (None, Some(uri)) => listen(uri).await?,
            (None, None) => LoopbackListener::bind("/callback").await?,
        };
        let carrier = request.response_mode.map_or(Carrier::Query, Carrier::of);
        let listener = listener.expecting(carrier);
        Ok(Self { redirect_uri: listener.redirect_uri().to_owned(), listener: Some(listener) })
    }

    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The redirect, which nobody has judged yet.
    pub(super) async fn arrival(
        self,
        args: &Args,
        session: &Session<'_>,
        flow: &CodeFlow,
    ) -> Result<Arrival, Error> {
        let url = flow.url()?;
        if let Some(user) = &args.user.user {
            let person = Person {
                username: user.clone(),
                password: asked::password(&args.user, user, &session.target)?,
                consent: args.user.consent.answer(),
            };
            let mut browser = Browser::new(session.context.clock.clone());
            let caller = session.caller();
            return Ok(browser.authorize(caller, &url, &self.redirect_uri, &person).await?);
        }
        session.show_steps().await;
        let terminal = &session.context.terminal;
        // Said even under -q: without it nobody could go on.
        terminal.error(&format!("open this in a browser:\n{}\n", escape::line(&url)));
        match self.listener {
            None => pasted(),
            Some(listener) => {
                open(&args.user, session, &url);
                let progress = terminal.progress("waiting for the browser");
                let patience = session.context.global.timeout.unwrap_or(PATIENCE);
                let arrival = listener.wait(patience).await;
                progress.finish_and_clear();
                Ok(arrival?)
            }
        }
    }
}

/// A browser that does not open is no error: the URL is printed.
fn open(args: &UserArgs, session: &Session<'_>, url: &str) {
    let opened = match &args.browser {
        _ if args.no_browser => return,
        Some(command) if !command.is_empty() => open::with_detached(url, command),
        Some(_) | None => open::that_detached(url),
    };
    if let Err(error) = opened {
        session.context.terminal.warn(&format!("no browser opened: {error}"));
    }
}

/// The address that the browser ended at, pasted by a person.
fn pasted() -> Result<Arrival, Error> {
    let mut line = String::new();
    let read = io::Read::take(io::stdin().lock(), LONGEST).read_line(&mut line);
    read.map_err(|reason| Error::System { verb: "read the address from stdin", reason })?;
    let address = line.trim();
    if Url::parse(address).is_err() {
        let hint = "paste the whole address from the browser's address bar";
        return Err(Error::usage("what was pasted is no address", hint));
    }
    Ok(Arrival::address(address))
}

fn is_loopback(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    // Listening is for addresses: a name may resolve to either family.
    url.scheme() == "http" && of_host(&url).is_some()
}

/// Listens where a registered redirect URI leads. Without a port any is admitted (RFC 8252 section
/// 7.3); a named one is meant.
async fn listen(uri: &str) -> Result<LoopbackListener, Error> {
    let unusable = || Error::usage(format!("cannot listen on {uri}"), "choose one: --callback");
    let url = Url::parse(uri).map_err(|_| unusable())?;
    let ip = of_host(&url).ok_or_else(unusable)?;
    Ok(match (url.port(), ip) {
        (None, IpAddr::V4(Ipv4Addr::LOCALHOST)) => LoopbackListener::bind(url.path()).await?,
        (port, ip) => {
            let address = (ip, port.unwrap_or(0)).into();
            LoopbackListener::bind_to(address, url.path()).await?
        }
    })
}

fn of_host(url: &Url) -> Option<IpAddr> {
    let ip = match url.host()? {
        url::Host::Ipv4(ip) => ip.into(),
        url::Host::Ipv6(ip) => ip.into(),
        url::Host::Domain(_) => return None,
    };
    IpAddr::is_loopback(&ip).then_some(ip)
}

impl super::Answer {
    pub(super) const fn answer(self) -> Consent {
        match self {
            Self::Approve => Consent::Approve,
            Self::Deny => Consent::Deny,
        }
    }
}
