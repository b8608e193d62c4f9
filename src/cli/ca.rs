//! `oauthlab ca path|show|client|server`: the lab's own certification authority.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::context::{self, Context};
use super::{env, target};
use crate::config::{Config, Overrides};
use crate::error::Error;
use crate::lab::host_names;
use crate::tls::{Authority, CaCertificate, ClientIdentity, PrivateDir, ServerIdentity};

/// Show the lab CA, which signs the lab's certificates
#[derive(Debug, clap::Args)]
#[command(before_help = "\
curl --cacert \"$(oauthlab ca path)\" https://localhost:9443/health
oauthlab ca show
oauthlab ca client worker
oauthlab ca server --dir .")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Print the path of its PEM file
    Path,
    /// Print fingerprint, dates, and the names that it may vouch for
    Show {
        /// What is printed
        #[arg(short, long, value_name = "KIND", default_value = "text")]
        output: Output,
    },
    /// Make a certificate for a proxy before the lab: server.crt and server.key
    Server {
        /// Where the two files go
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Make a certificate for a client (RFC 8705): NAME.crt and NAME.key
    Client {
        /// The client's common name
        name: String,
        /// Where the two files go
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
        /// Nobody vouches for it
        #[arg(long)]
        self_signed: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// JSON (oauthlab.ca/v1)
    Json,
    /// The certificate
    Pem,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    match &args.what {
        What::Client { name, dir, self_signed } => return client(context, name, dir, *self_signed),
        What::Server { dir } => return server(context, dir),
        What::Path | What::Show { .. } => {}
    }
    let ca = found(context)?.ok_or_else(none_yet)?;
    match args.what {
        What::Client { .. } | What::Server { .. } => {}
        What::Path => context.terminal.answer(&ca.path().display().to_string())?,
        What::Show { output: Output::Pem } => context.terminal.answer(ca.pem())?,
        What::Show { output: Output::Json } => context.terminal.answer_json(&json!({
            "schema": "oauthlab.ca/v1",
            "path": ca.path(),
            "sha256": ca.fingerprint_sha256(),
            "not_before": date(ca.not_before()),
            "not_after": date(ca.not_after()),
            "permitted": ca.permitted(),
        }))?,
        What::Show { output: Output::Text } => context.terminal.answer(&text(&ca))?,
    }
    Ok(0)
}

fn none_yet() -> Error {
    Error::usage("there is no lab CA yet", "the first `oauthlab serve` makes it")
}

fn client(context: &Context, name: &str, dir: &Path, self_signed: bool) -> Result<u8, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        let hint = "use letters, digits, '.', '_' and '-'";
        return Err(Error::usage(format!("{name:?} is no name of a file"), hint));
    }
    let now = context.clock.now();
    let identity = if self_signed {
        ClientIdentity::self_signed(name, now)?
    } else {
        ClientIdentity::issue(&issuing(context)?, name, now)?
    };
    let (certificate, key) = (dir.join(format!("{name}.crt")), dir.join(format!("{name}.key")));
    write(&key, 0o600, &identity.key_pem)?;
    write(&certificate, 0o644, &identity.certificate_pem)?;
    context.terminal.answer(&format!("{}\n{}", certificate.display(), key.display()))?;
    Ok(0)
}

/// For the hosts of the lab's file. The CA is made when there is none: a proxy may start first.
fn server(context: &Context, dir: &Path) -> Result<u8, Error> {
    let config = Config::load(&context.source(), &Overrides::default(), &context::lookup)?;
    let now = context.clock.now();
    let data = context::data()?;
    let (authority, _) = Authority::open(&data, &host_names(&config)?, now)?;
    let identity = ServerIdentity::issue(&authority, now)?;
    let (certificate, key) = (dir.join("server.crt"), dir.join("server.key"));
    write(&key, 0o600, &identity.key_pem)?;
    write(&certificate, 0o644, &identity.certificate_pem)?;
    context.terminal.answer(&format!("{}\n{}", certificate.display(), key.display()))?;
    Ok(0)
}

/// Never over a file that is there: it could be somebody's key.
fn write(path: &Path, mode: u32, text: &str) -> Result<(), Error> {
    let failed = |reason| Error::File { verb: "write", path: path.to_owned(), reason };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

/// The authority itself, with its key: that of the running lab, else that of the data folder.
pub(super) fn issuing(context: &Context) -> Result<Authority, Error> {
    let path = found(context)?.ok_or_else(none_yet)?.path().to_owned();
    let folder = path.parent().unwrap_or(&path);
    Authority::existing(&PrivateDir::open(folder)?)?.ok_or_else(none_yet)
}

/// That of the running lab, if there is one; else that of the data folder.
fn found(context: &Context) -> Result<Option<CaCertificate>, Error> {
    let data = context::data()?;
    let own = || Ok(CaCertificate::read(&data)?);
    match target::lab(context, &data) {
        Ok(lab) => env::authority(&lab.ready)?.map_or_else(own, |ca| Ok(Some(ca))),
        Err(error) if context.global.server.is_some() => Err(error),
        Err(_) => own(),
    }
}

fn text(ca: &CaCertificate) -> String {
    let names: Vec<&str> = ca.permitted().iter().map(String::as_str).collect();
    format!(
        "path         {}\nsha256       {}\nnot before   {}\nnot after    {}\nvouches for  {}\n",
        ca.path().display(),
        ca.fingerprint_sha256(),
        date(ca.not_before()),
        date(ca.not_after()),
        names.join(", "),
    )
}

/// RFC 3339 in UTC.
fn date(at: crate::clock::Timestamp) -> String {
    let since = std::time::Duration::from_secs(at.secs());
    humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string()
}
