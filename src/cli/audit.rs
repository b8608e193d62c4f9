//! `oauthlab audit`: what is wrong with a server, beside controls that show that it was looked for.

mod output;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::context::{self, Context};
use super::terminal::Terminal;
use super::{runtime, suggest, target};
use crate::audit::{
    self, Baseline, Check, Lookup, Options, Selection, Severity, Target, TargetFile,
    TargetFileError, Verdict,
};
use crate::error::Error;
use crate::fetch::Roots;
use crate::lab::live::{LiveError, LiveRecord};
use crate::report::Format;

/// Audit a running server for weaknesses; the running lab by default
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(before_help = "\
oauthlab audit
oauthlab audit --only pkce,redirect-uri
oauthlab audit --format sarif --report json=audit.json > audit.sarif
oauthlab audit --explain code-reuse")]
pub(super) struct Args {
    /// A lab's name or an issuer URL [default: the running lab]
    target: Option<String>,
    /// A file that describes a server that is no lab: clients, users, login script, APIs
    #[arg(long = "target", value_name = "FILE", conflicts_with = "target")]
    target_file: Option<PathBuf>,
    /// Print a target file with every key
    #[arg(long, conflicts_with_all = ["target", "target_file"])]
    init: bool,
    /// Only these checks or groups
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Not these checks or groups
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    skip: Vec<String>,
    /// How the report is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: FormatName,
    /// Write the report to a file, too
    #[arg(long, value_name = "FORMAT=FILE", value_parser = copy)]
    report: Vec<Copy>,
    /// Exit 11 to 15 for findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", default_value = "low", value_parser = severity)]
    fail_on: FailOn,
    /// You may attack this host, which is neither this machine nor in a private network
    #[arg(long, value_name = "HOST")]
    i_own_this_target: Vec<String>,
    /// Accept what this file names, with a reason; an entry that accepts nothing any more exits 10
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write a baseline that accepts what is found now, and exit 0
    #[arg(long, value_name = "FILE", requires = "reason")]
    write_baseline: Option<PathBuf>,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    reason: Option<String>,
    /// The day (UTC) after which it is a finding again
    #[arg(long, value_name = "YYYY-MM-DD", requires = "write_baseline", value_parser = day)]
    expires: Option<String>,
    /// Judge by this profile [default: the lab's own; bcp for other servers]
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    profile: Option<audit::Profile>,
    /// Allow attempts that count against accounts, clients and addresses, and may lock them
    #[arg(long)]
    noisy: bool,
    /// Allow waiting until something expires
    #[arg(long)]
    slow: bool,
    /// The server's log, to be searched for secrets of the audit
    #[arg(long, value_name = "FILE")]
    server_log: Option<PathBuf>,
    /// List the checks
    #[arg(long, conflicts_with_all = ["target", "explain"])]
    list: bool,
    /// Explain one check
    #[arg(long, value_name = "ID", conflicts_with = "target")]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people
    Human,
    /// JSON (oauthlab.audit/v1)
    Json,
    /// SARIF 2.1.0; exits 0, since the findings are in it
    Sarif,
    /// `JUnit` XML
    Junit,
    /// Annotations of a workflow on GitHub; its step gets the Markdown report as summary
    Github,
    /// Markdown
    Markdown,
    /// One HTML page that needs nothing from outside
    Html,
}

/// A report in a file.
#[derive(Clone, Debug)]
struct Copy {
    format: FormatName,
    path: PathBuf,
}

/// From which severity on findings are a failure; `None` is never.
#[derive(Clone, Copy, Debug)]
struct FailOn(Option<Severity>);

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    if args.list {
        return list(context);
    }
    if args.init {
        context.terminal.answer(audit::TARGET_EXAMPLE.trim_end())?;
        return Ok(0);
    }
    if let Some(id) = &args.explain {
        let text = audit::explain(id).ok_or_else(|| unknown(id))?;
        context.terminal.answer(&text)?;
        return Ok(0);
    }
    let selection = Selection::of(&args.only, &args.skip).map_err(|error| unknown(&error.0))?;
    let baseline = output::baseline(args)?;
    runtime::block_on(context, async {
        let mut target = found(context, args)?;
        target.permitted = audit::Permitted { noisy: args.noisy, slow: args.slow };
        target.server_log.clone_from(&args.server_log);
        target.profile = args.profile.unwrap_or(target.profile);
        let options = options(context, args);
        let progress = Shown(bar(&context.terminal));
        let report = audit::run(target, selection, options, &progress).await;
        progress.0.finish_and_clear();
        let mut report = report?;
        baseline.apply(&mut report, context.clock.now());
        report.source = output::source(context);
        output::finish(context, args, &report)
    })
}

/// A server that a file describes.
fn described(data: &crate::tls::DataDir, path: &Path) -> Result<Target, Error> {
    let text = output::read(path)?;
    let wrong = |error: TargetFileError| Error::usage(error.to_string(), error.hint());
    let file = TargetFile::parse(&text).map_err(wrong)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let roots = match file.ca_file(folder) {
        Some(path) => {
            let pem = output::read(&path)?;
            let certificates: Vec<CertificateDer<'static>> =
                CertificateDer::pem_slice_iter(pem.as_bytes())
                    .filter_map(Result::ok)
                    .map(CertificateDer::into_owned)
                    .collect();
            if certificates.is_empty() {
                return Err(wrong(TargetFileError::Certificates { path }));
            }
            Roots::Lab(certificates)
        }
        None => target::roots(data, None)?,
    };
    let variable = |name: &str| std::env::var(name).ok();
    file.target(roots, Lookup { variable: &variable, folder }).map_err(wrong)
}

/// The lab that is meant, with all that it tells its own user; else any server, from outside.
fn found(context: &Context, args: &Args) -> Result<Target, Error> {
    let data = context::data()?;
    if let Some(path) = &args.target_file {
        return described(&data, path);
    }
    let name = args.target.as_deref().or(context.global.server.as_deref());
    match target::lab_named(name, &data) {
        Ok(lab) => Ok(of_lab(&data, &lab)?),
        Err(Error::Live(LiveError::Unknown { name, .. })) if name.contains("://") => {
            let roots = target::roots(&data, None)?;
            Ok(Target { roots, ..Target::bare(name) })
        }
        Err(error) => Err(error),
    }
}

fn of_lab(data: &crate::tls::DataDir, lab: &LiveRecord) -> Result<Target, Error> {
    Ok(lab.ready.audit_target(target::roots(data, Some(lab))?))
}

fn options(context: &Context, args: &Args) -> Options {
    let usual = Options::default();
    Options {
        timeout: context.global.timeout.unwrap_or(usual.timeout).min(usual.timeout),
        owned: args.i_own_this_target.clone(),
        clock: context.clock.clone(),
        random: context.random.clone(),
        ..usual
    }
}

fn list(context: &Context) -> Result<u8, Error> {
    let checks = audit::list();
    let widest = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    let line = |check: &&'static Check| {
        format!("{:widest$}  {:8}  {}", check.id, check.severity.as_str(), check.title)
    };
    let lines: Vec<String> = checks.iter().map(line).collect();
    context.terminal.answer(&lines.join("\n"))?;
    Ok(0)
}

fn unknown(id: &str) -> Error {
    let known: Vec<&str> = audit::list().iter().map(|check| check.id).collect();
    Error::usage(format!("there is no check `{id}`"), suggest::help(id, &known))
}

/// How far it is, for somebody who watches.
struct Shown(ProgressBar);

fn bar(terminal: &Terminal) -> ProgressBar {
    let bar = terminal.progress("reading the server's metadata");
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

impl audit::Progress for Shown {
    fn begun(&self, checks: usize) {
        self.0.set_length(checks as u64);
    }

    fn done(&self, check: &'static Check, _: Verdict) {
        self.0.set_message(check.id);
        self.0.inc(1);
    }
}

impl FormatName {
    const fn plain(self, fail_on: Option<Severity>) -> Format {
        match self {
            Self::Human => Format::Human { colour: false },
            Self::Json => Format::Json,
            Self::Sarif => Format::Sarif,
            Self::Junit => Format::Junit { fail_on },
            Self::Github => Format::Github,
            Self::Markdown => Format::Markdown,
            Self::Html => Format::Html,
        }
    }
}

fn copy(text: &str) -> Result<Copy, String> {
    let (format, path) =
        text.split_once('=').ok_or("write FORMAT=FILE, such as json=audit.json")?;
    Ok(Copy { format: FormatName::from_str(format, false)?, path: path.into() })
}

fn profile(text: &str) -> Result<audit::Profile, String> {
    let known: Vec<&str> = audit::Profile::ALL.iter().map(|profile| profile.as_str()).collect();
    audit::Profile::parse(text).ok_or_else(|| suggest::help(text, &known))
}

fn day(text: &str) -> Result<String, String> {
    let known = Baseline::end_of(text).map(|_| text.to_owned());
    known.ok_or_else(|| "write a day as 2026-12-31".to_owned())
}

fn severity(text: &str) -> Result<FailOn, String> {
    if text == "never" {
        return Ok(FailOn(None));
    }
    let known = Severity::ALL.iter().map(|severity| severity.as_str()).chain(["never"]);
    let known: Vec<&str> = known.collect();
    Severity::parse(text)
        .map(|severity| FailOn(Some(severity)))
        .ok_or_else(|| suggest::help(text, &known))
}
