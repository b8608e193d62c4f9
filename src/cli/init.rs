//! `oauthlab init`: a file to begin with.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::suggest;
use crate::config::{Config, Template};
use crate::error::Error;

/// Write a commented oauthlab.yaml to begin with
#[derive(Debug, clap::Args)]
#[command(before_help = "\
oauthlab init
oauthlab init --template workshop class.yaml
oauthlab init --schema oauthlab.schema.json")]
pub(super) struct Args {
    /// The file, or - for stdout [default: oauthlab.yaml]
    file: Option<PathBuf>,
    /// Which one: starter, minimal, workshop, ci, vulnerable, cluster
    #[arg(long, value_name = "NAME", default_value = "starter")]
    template: String,
    /// Write the JSON Schema for editors instead [default: stdout]
    #[arg(long)]
    schema: bool,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let (text, default, beside) = if args.schema {
        let schema = serde_json::to_string_pretty(&Config::schema()).map_err(Error::Json)?;
        (schema + "\n", "-", &[] as &[_])
    } else {
        let template = template(&args.template)?;
        (template.text.to_owned(), "oauthlab.yaml", template.beside)
    };
    let path = args.file.as_deref().unwrap_or(Path::new(default));
    if path == Path::new("-") {
        context.terminal.answer(&text)?;
        return Ok(0);
    }
    let others = beside.iter().map(|(name, text)| (path.with_file_name(name), *text));
    let files: Vec<_> = std::iter::once((path.to_owned(), &*text)).chain(others).collect();
    // All of them or none.
    if let Some((there, _)) = files.iter().find(|(file, _)| !args.force && file.exists()) {
        return Err(is_there(there));
    }
    for (file, text) in files {
        write(&file, text, args.force)?;
        context.terminal.say(&format!("wrote {}", file.display()));
    }
    if !args.schema {
        context.terminal.say(&format!("next: oauthlab serve -c {}", path.display()));
    }
    Ok(0)
}

fn template(name: &str) -> Result<Template, Error> {
    Template::named(name).ok_or_else(|| {
        let known: Vec<&str> = Template::ALL.iter().map(|template| template.name).collect();
        Error::usage(format!("there is no template `{name}`"), suggest::help(name, &known))
    })
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true);
    let options =
        if force { options.create(true).truncate(true) } else { options.create_new(true) };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|reason| match reason.kind() {
        io::ErrorKind::AlreadyExists => is_there(path),
        _ => Error::File { verb: "write", path: path.to_owned(), reason },
    })
}

fn is_there(path: &Path) -> Error {
    let message = format!("{} is there already", path.display());
    Error::usage(message, "name another file, or overwrite it with --force")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_overwritten_unasked() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("lab.yaml");
        write(&path, "first", false).unwrap();
        assert_eq!(write(&path, "second", false).unwrap_err().exit().code(), 2);
        write(&path, "2nd", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "2nd");
    }

    #[test]
    fn an_unknown_template_has_a_suggestion() {
        let error = template("workshp").unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `workshop`?"));
    }
}
