//! Which server a command talks to, and whom it trusts there.

use std::path::Path;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::Instant;

use super::context::{self, Context, lookup};
use super::keep::Kept;
use crate::clock::Clock;
use crate::error::Error;
use crate::fetch::{FetchError, Http, Request, Roots};
use crate::lab::live::{self, LiveError, LiveRecord};
use crate::protocol::{IssuerUrl, is_loopback_host};
use crate::random::Random;
use crate::tls::{CaCertificate, DataDir};

/// One exchange takes no longer, unless `--timeout` says so.
const EXCHANGE: Duration = Duration::from_secs(30);
/// How often `--wait` looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A server, and what is known about it.
#[derive(Debug)]
pub(super) struct Target {
    /// The exact issuer.
    pub(super) issuer: IssuerUrl,
    /// The lab behind it, if it is a running one of this user.
    pub(super) lab: Option<LiveRecord>,
    /// The client for it.
    pub(super) http: Http,
    /// What was kept of former runs.
    pub(super) kept: Kept,
    /// Time, for assertions.
    pub(super) clock: Clock,
    /// Randomness, for assertions.
    pub(super) random: Random,
}

impl Target {
    /// The server that is meant; with `--wait` once it is there.
    pub(super) async fn find(context: &Context) -> Result<Self, Error> {
        let deadline = context.global.wait.map(|wait| Instant::now() + wait);
        loop {
            let result = Self::now(context).await;
            let retry = deadline.is_some_and(|deadline| Instant::now() < deadline);
            match result {
                Err(error) if retry && error.exit() == crate::error::Exit::Unreachable => {
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    async fn now(context: &Context) -> Result<Self, Error> {
        let data = context::data()?;
        let (issuer, lab) = match lab(context, &data) {
            Ok(lab) => (lab.ready.issuer.clone(), Some(lab)),
            // Not a lab of this user: any server.
            Err(Error::Live(LiveError::Unknown { name, .. })) if name.contains("://") => {
                (name, None)
            }
            Err(error) => return Err(error),
        };
        let roots = roots(&data, lab.as_ref())?;
        let http = Http::new(roots, context.global.timeout.unwrap_or(EXCHANGE))?;
        if lab.is_none() && context.global.wait.is_some() {
            http.send(Request::get(&issuer)).await?;
        }
        let kept = Kept::of(&data, &issuer)?;
        let issuer = IssuerUrl::parse(&issuer).map_err(|error| {
            Error::usage(
                format!("--server: {error}"),
                "write the issuer exactly as the server does",
            )
        })?;
        let (clock, random) = (context.clock.clone(), context.random.clone());
        Ok(Self { issuer, lab, http, kept, clock, random })
    }
}

/// The running lab that is meant: `--server NAME`, else the lab that this process was started by
/// or whose environment it has, else the only one.
pub(super) fn lab(context: &Context, data: &DataDir) -> Result<LiveRecord, Error> {
    lab_named(context.global.server.as_deref(), data)
}

/// As [`lab`], by a name or an issuer URL that came from elsewhere.
pub(super) fn lab_named(name: Option<&str>, data: &DataDir) -> Result<LiveRecord, Error> {
    match name {
        Some(url) if url.contains("://") => {
            let labs = live::all(data)?;
            let names = labs.iter().map(|lab| lab.ready.name.clone()).collect();
            let found = labs.into_iter().find(|lab| lab.ready.issuer == url);
            Ok(found.ok_or_else(|| LiveError::Unknown { name: url.to_owned(), names })?)
        }
        Some(name) => Ok(live::find(data, Some(name))?),
        None => match lookup("OAUTHLAB_STATE").filter(|path| !path.is_empty()) {
            Some(path) => Ok(live::at(Path::new(&path))?),
            None => Ok(live::find(data, None)?),
        },
    }
}

/// Whom to trust: a lab's own CA alone; else the system's roots, and our CA beside them for a lab
/// of ours that left no record here.
pub(super) fn roots(data: &DataDir, lab: Option<&LiveRecord>) -> Result<Roots, Error> {
    let Some(lab) = lab else {
        let ca = CaCertificate::read(data).ok().flatten();
        return Ok(match ca {
            Some(ca) => Roots::SystemAnd(vec![ca.der().clone()]),
            None => Roots::System,
        });
    };
    let Some(path) = &lab.ready.ca_file else { return Ok(Roots::System) };
    let failed = |reason| Error::File { verb: "read", path: path.clone(), reason };
    let pem = std::fs::read(path).map_err(failed)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| FetchError::Setup { what: "the lab CA" })?;
    // With `--only resource` the issuer is somebody else's.
    let is_own = url::Url::parse(&lab.ready.issuer)
        .is_ok_and(|url| url.host_str().is_some_and(is_loopback_host));
    Ok(if is_own { Roots::Lab(certificates) } else { Roots::SystemAnd(certificates) })
}
