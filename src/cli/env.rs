//! `oauthlab env`: what a shell, a CI job or a child process needs to use a running lab.

use std::path::Path;

use clap::ValueEnum;

use super::context::{self, Context};
use crate::error::Error;
use crate::lab::live::LiveRecord;
use crate::lab::ready::ReadyRecord;
use crate::protocol::Secret;
use crate::tls::{CaCertificate, DataDir, PrivateDir, write_bundle};

/// Print the environment that other programs need to use the lab and to trust it
#[derive(Debug, clap::Args)]
#[command(before_help = "\
eval \"$(oauthlab env)\"
oauthlab env --format dotenv > .env.lab
oauthlab env --format github >> \"$GITHUB_ENV\"
eval \"$(oauthlab env --unset)\"")]
pub(super) struct Args {
    /// How the variables are written
    #[arg(long, value_name = "FORMAT", default_value = "shell")]
    format: Format,
    /// The shell, with --format shell
    #[arg(long, value_name = "SHELL", default_value = "sh")]
    shell: Shell,
    /// Print what removes the variables again
    #[arg(long)]
    unset: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Commands for a shell
    Shell,
    /// Lines for a .env file
    Dotenv,
    /// Lines for the file that `GITHUB_ENV` names
    Github,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// sh, bash, zsh and their kin
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// One variable of a running lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Secret,
    pub(super) is_secret: bool,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<u8, Error> {
    let data = context::data()?;
    let live = super::target::lab(context, &data)?;
    let variables = of_lab(&data, &live)?;
    if !args.unset {
        for variable in variables.iter().filter(|variable| variable.is_secret) {
            context.terminal.mask(&variable.value);
        }
    }
    if args.unset && args.format != Format::Shell {
        return Err(no_unset());
    }
    let text = match args.format {
        Format::Json => {
            let all = variables.iter().map(|v| (v.name.clone(), v.value.expose().into()));
            let object: serde_json::Map<_, _> = all.collect();
            context.terminal.answer_json(&object)?;
            return Ok(0);
        }
        Format::Shell if args.unset => lines(&variables, |v| Ok(unset(args.shell, &v.name)))?,
        Format::Shell => lines(&variables, |v| Ok(set(args.shell, v)))?,
        Format::Dotenv => lines(&variables, |v| Ok(format!("{}={}", v.name, quoted(v))))?,
        Format::Github => lines(&variables, github)?,
    };
    context.terminal.answer(&text)?;
    Ok(0)
}

/// The variables of a running lab, with its bundle written where it says.
pub(super) fn of_lab(data: &DataDir, live: &LiveRecord) -> Result<Vec<Variable>, Error> {
    let mut ready = live.ready.clone();
    ready.ca_bundle = bundle(data, &ready)?.or(ready.ca_bundle);
    Ok(of_record(&ready, &live.file))
}

/// Writes system roots and lab CA into one file, if the lab's certificate comes from its CA.
pub(super) fn bundle(
    data: &DataDir,
    ready: &ReadyRecord,
) -> Result<Option<std::path::PathBuf>, Error> {
    let Some(ca) = authority(ready)? else { return Ok(None) };
    Ok(Some(write_bundle(&ca, data, "ca-bundle.pem")?.path))
}

/// The CA of a lab, which need not have our data folder.
pub(super) fn authority(ready: &ReadyRecord) -> Result<Option<CaCertificate>, Error> {
    let Some(folder) = ready.ca_file.as_deref().and_then(Path::parent) else { return Ok(None) };
    Ok(CaCertificate::read(&PrivateDir::open(folder)?)?)
}

/// The variables of a ready record. `state` is the live record's file.
fn of_record(ready: &ReadyRecord, state: &Path) -> Vec<Variable> {
    let mut all = Vec::new();
    let mut add = |name: String, value: Option<String>, is_secret: bool| {
        let variable = |value| Variable { name, value: Secret::new(value), is_secret };
        all.extend(value.map(variable));
    };
    let shown = |path: &Path| Some(path.display().to_string());
    add("OAUTHLAB_ISSUER".into(), Some(ready.issuer.clone()), false);
    add("OAUTHLAB_RESOURCE".into(), ready.resource.clone(), false);
    add("OAUTHLAB_CA_FILE".into(), ready.ca_file.as_deref().and_then(shown), false);
    add("OAUTHLAB_STATE".into(), shown(state), false);
    add("OAUTHLAB_PID".into(), Some(ready.pid.to_string()), false);
    for client in &ready.clients {
        let name = format!("OAUTHLAB_CLIENT_{}", shouted(&client.client_id));
        let secret = client.client_secret.as_ref().map(|secret| secret.expose().to_owned());
        add(format!("{name}_ID"), Some(client.client_id.clone()), false);
        add(format!("{name}_SECRET"), secret, true);
    }
    for user in &ready.users {
        let password = user.password.as_ref().map(|password| password.expose().to_owned());
        add(format!("OAUTHLAB_USER_{}_PASSWORD", shouted(&user.name)), password, true);
    }
    let token = ready.registration_token.as_ref().map(|token| token.expose().to_owned());
    add("OAUTHLAB_REGISTRATION_TOKEN".into(), token, true);
    // This one adds to the roots of Node.js …
    add("NODE_EXTRA_CA_CERTS".into(), ready.ca_file.as_deref().and_then(shown), false);
    // … and these replace the roots, so that they need all of them.
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        add(name.into(), ready.ca_bundle.as_deref().and_then(shown), false);
    }
    all
}

/// A command for sh that sets one variable.
pub(super) fn export(name: &str, value: &Secret) -> String {
    set(Shell::Sh, &Variable { name: name.to_owned(), value: value.clone(), is_secret: true })
}

/// Commands for sh that set the variables of one client.
pub(super) fn of_client(name: &str, id: &Secret, secret: Option<&Secret>) -> Vec<String> {
    let name = format!("OAUTHLAB_CLIENT_{}", shouted(name));
    let named = |ending, value: &Secret, is_secret| Variable {
        name: format!("{name}_{ending}"),
        value: value.clone(),
        is_secret,
    };
    let all = [Some(named("ID", id, false)), secret.map(|secret| named("SECRET", secret, true))];
    all.iter().flatten().map(|variable| set(Shell::Sh, variable)).collect()
}

/// A name as a part of a variable's name.
fn shouted(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(letter).collect()
}

fn lines(
    variables: &[Variable],
    line: impl Fn(&Variable) -> Result<String, Error>,
) -> Result<String, Error> {
    let lines: Result<Vec<String>, Error> = variables.iter().map(line).collect();
    Ok(lines?.join("\n"))
}

fn set(shell: Shell, variable: &Variable) -> String {
    let (name, value) = (&variable.name, variable.value.expose());
    match shell {
        Shell::Sh => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Shell::Fish => {
            format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
        }
        Shell::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
    }
}

fn unset(shell: Shell, name: &str) -> String {
    match shell {
        Shell::Sh => format!("unset {name}"),
        Shell::Fish => format!("set -e {name}"),
        Shell::Powershell => format!("Remove-Item Env:{name} -ErrorAction Ignore"),
    }
}

/// Single quotes keep every character but a quote and a line break.
fn quoted(variable: &Variable) -> String {
    format!("'{}'", variable.value.expose().replace('\'', r"\'"))
}

/// A line break would begin another variable.
fn github(variable: &Variable) -> Result<String, Error> {
    let value = variable.value.expose();
    if value.contains(['\n', '\r']) {
        let message = format!("{} holds a line break, which $GITHUB_ENV cannot", variable.name);
        return Err(Error::usage(message, "use --format json"));
    }
    Ok(format!("{}={value}", variable.name))
}

fn no_unset() -> Error {
    Error::usage("only --format shell can unset", "leave --format out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::ready::tests::record;

    fn value<'v>(variables: &'v [Variable], name: &str) -> Option<&'v str> {
        variables.iter().find(|v| v.name == name).map(|v| v.value.expose())
    }

    #[test]
    fn a_lab_is_told_by_its_variables() {
        let mut ready = record("demo");
        ready.ca_bundle = Some("/data/ca-bundle.pem".into());
        let all = of_record(&ready, Path::new("/run/demo.json"));
        assert_eq!(value(&all, "OAUTHLAB_ISSUER"), Some("https://localhost:40123"));
        assert_eq!(value(&all, "OAUTHLAB_STATE"), Some("/run/demo.json"));
        assert_eq!(value(&all, "OAUTHLAB_CLIENT_CI_SECRET"), Some("canary-secret"));
        assert_eq!(value(&all, "NODE_EXTRA_CA_CERTS"), Some("/data/ca.pem"));
        assert_eq!(value(&all, "CURL_CA_BUNDLE"), Some("/data/ca-bundle.pem"));
        assert_eq!(value(&all, "OAUTHLAB_USER_ALICE_PASSWORD"), None);
        assert!(all.iter().all(|v| v.is_secret == (v.value.expose() == "canary-secret")));
    }

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        let nasty = "a'b$(c)\\d";
        let variable = Variable { name: "X".into(), value: Secret::new(nasty), is_secret: false };
        assert_eq!(set(Shell::Sh, &variable), r"export X='a'\''b$(c)\d'");
        assert_eq!(set(Shell::Fish, &variable), r"set -gx X 'a\'b$(c)\\d'");
        assert_eq!(set(Shell::Powershell, &variable), r"$env:X = 'a''b$(c)\d'");
        let broken = Variable { value: Secret::new("a\nb"), ..variable };
        assert!(github(&broken).is_err());
    }

    #[test]
    fn names_become_parts_of_variables() {
        assert_eq!(shouted("notes-api.v2"), "NOTES_API_V2");
    }
}
