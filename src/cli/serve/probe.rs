//! Ready means: a real request over real TLS was answered. Nobody else has to poll.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::settings::Settings;
use crate::cli::context::Context;
use crate::config::TlsMode;
use crate::error::Error;
use crate::fetch::{FetchError, Http, Request, Roots};
use crate::lab::ready::ReadyRecord;
use crate::lab::{Lab, Only};
use crate::protocol::{ResourceUri, is_loopback_host};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the lab for its metadata, as a client would.
///
/// A name that only other machines resolve cannot be asked from here, nor can a certificate from
/// files be judged that only they trust: then the lab is ready with a warning.
pub(super) async fn until_it_answers(
    context: &Context,
    lab: &Lab,
    settings: &Settings,
) -> Result<(), Error> {
    let url = match settings.config.tls {
        // The proxy may start after its nodes, and asks nobody but them.
        TlsMode::BehindProxy(_) => {
            lab.ready().inspector.as_ref().map(|origin| format!("{origin}/health/ready"))
        }
        _ => metadata(lab.ready(), settings.only),
    };
    let Some(url) = url else { return Ok(()) };
    let answer = ask(lab, &url).await;
    let is_own = lab.ca().is_some() && is_here(&url);
    match answer {
        Ok(()) => Ok(()),
        Err(error) if is_own => Err(Error::NotReady(error)),
        Err(error) => {
            context.terminal.warn(&format!("cannot see the lab at its own URL: {error}"));
            Ok(())
        }
    }
}

async fn ask(lab: &Lab, url: &str) -> Result<(), FetchError> {
    let roots = match lab.ca() {
        Some(ca) => {
            let certificates = CertificateDer::pem_slice_iter(ca.pem.as_bytes());
            let certificates: Result<Vec<_>, _> = certificates.collect();
            Roots::Lab(certificates.map_err(|_| FetchError::Setup { what: "the lab CA" })?)
        }
        None => Roots::System,
    };
    let answer = Http::new(roots, TIMEOUT)?.send(Request::get(url)).await?;
    if answer.is_success() {
        Ok(())
    } else {
        Err(FetchError::Malformed { detail: format!("{url} answered {}", answer.status) })
    }
}

/// The issuer's metadata; of a lone resource server that of its first API.
fn metadata(ready: &ReadyRecord, only: Option<Only>) -> Option<String> {
    match only {
        None | Some(Only::Issuer) => Some(ready.discovery.clone()),
        Some(Only::Resource) => {
            let api = ready.apis.first()?;
            Some(ResourceUri::parse(&api.identifier).ok()?.metadata_url())
        }
    }
}

fn is_here(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(is_loopback_host))
}
