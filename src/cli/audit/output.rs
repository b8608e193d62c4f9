//! Where the report goes: to the terminal, into files, into the summary of a workflow's step.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Args, Copy, FormatName};
use crate::audit::{AuditReport, Baseline};
use crate::cli::context::Context;
use crate::config::Source;
use crate::error::Error;
use crate::report::{self, Format};

pub(super) fn finish(context: &Context, args: &Args, report: &AuditReport) -> Result<u8, Error> {
    let fail_on = args.fail_on.0;
    for Copy { format, path } in &args.report {
        write(path, &report::render(report, format.plain(fail_on)))?;
    }
    let format = match args.format {
        FormatName::Human => Format::Human { colour: context.terminal.out_paint().0 },
        other => other.plain(fail_on),
    };
    context.terminal.answer(&report::render(report, format))?;
    if let Some(path) = &args.write_baseline {
        let reason = args.reason.as_deref().unwrap_or_default();
        write(path, &Baseline::write(report, reason, args.expires.as_deref()))?;
        return Ok(0);
    }
    if args.format == FormatName::Github {
        summarise(report)?;
    }
    if report.left_behind > 0 {
        let count = report.left_behind;
        context.terminal.warn(&format!("{count} registrations or tokens could not be taken back"));
    }
    Ok(match args.format {
        FormatName::Sarif => 0,
        FormatName::Human
        | FormatName::Json
        | FormatName::Junit
        | FormatName::Github
        | FormatName::Markdown
        | FormatName::Html => report.exit_code(args.fail_on.0),
    })
}

/// A file of the operator's.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let path = path.to_owned();
    std::fs::read_to_string(&path).map_err(|reason| Error::File { verb: "read", path, reason })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|reason| Error::File {
        verb: "write",
        path: path.to_owned(),
        reason,
    })
}

pub(super) fn baseline(args: &Args) -> Result<Baseline, Error> {
    let Some(path) = &args.baseline else { return Ok(Baseline::default()) };
    let text = read(path)?;
    Baseline::parse(&text).map_err(|error| Error::usage(error.to_string(), error.hint()))
}

/// The lab's file, at which findings are shown. Without one they are shown at its usual name.
pub(super) fn source(context: &Context) -> Option<(String, String)> {
    let Source::File(path) = context.source() else { return None };
    let text = std::fs::read_to_string(&path).ok()?;
    Some((path.to_string_lossy().into_owned(), text))
}

/// Appends the Markdown report to the summary of a workflow's step, where the runner names a file
/// for it.
fn summarise(report: &AuditReport) -> Result<(), Error> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = PathBuf::from(path);
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    let text = report::render(report, Format::Markdown);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|reason| Error::File {
        verb: "write",
        path,
        reason,
    })
}
