//! From a source and flags to a [`Config`], or to everything that is wrong with them.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::build::{Built, build};
use super::fault::Faults;
use super::file::{BadLine, mask, read, read_dotenv};
use super::template::STARTER;
use super::{Config, ConfigError, Overrides, Problem};

/// A configuration is never longer.
const LONGEST: u64 = 256 * 1024;
/// The name under which faults of flags and of the built-in lab are reported.
const BUILTIN: &str = "(the built-in lab)";

/// Where the YAML comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The lab without any file.
    Builtin,
    /// A file.
    File(PathBuf),
}

impl Config {
    /// The lab without any file, as `templates/lab/starter.yaml` describes it.
    pub fn builtin() -> Result<Self, ConfigError> {
        Self::load(&Source::Builtin, &Overrides::default(), &|_| None)
    }

    /// Reads a lab. `env` looks variables up; a `.env` file beside the YAML is asked after it.
    pub fn load(
        source: &Source,
        overrides: &Overrides,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        match source {
            Source::Builtin => Self::from_text(BUILTIN, STARTER, Path::new(""), overrides, env),
            Source::File(path) => {
                let name = path.display().to_string();
                let text = read_text(path, &name)?;
                let base = path.parent().unwrap_or(Path::new(""));
                let dotenv = if text.contains("${") { dotenv_beside(base)? } else { None };
                let lookup = |name: &str| {
                    env(name).or_else(|| dotenv.as_ref().and_then(|all| all.get(name).cloned()))
                };
                Self::from_text(&name, &text, base, overrides, &lookup)
            }
        }
    }

    fn from_text(
        name: &str,
        text: &str,
        base: &Path,
        overrides: &Overrides,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let faults = Faults::default();
        let mut lab = read(text, lookup, &faults);
        overrides.apply_to(&mut lab, &faults);
        let built = build(&lab, overrides, base, &faults);
        match built {
            Some(Built { config, supplied }) if faults.is_empty() => {
                let config = match overrides.profile {
                    Some(profile) => config.under(profile),
                    None => config,
                };
                Ok(if overrides.strict { config.strictly_but(&supplied) } else { config })
            }
            _ => Err(ConfigError::of(name, text, &mask(text), &faults.into_sorted())),
        }
    }
}

fn read_text(path: &Path, name: &str) -> Result<String, ConfigError> {
    let whole =
        |message: String, help: &str| ConfigError::whole(name, message, Some(help.to_owned()));
    let bytes = read_bounded(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => whole(
            "there is no such file".to_owned(),
            "`oauthlab init` writes one; without `--config` the built-in lab starts",
        ),
        _ => whole(format!("the file cannot be read: {error}"), "is it a readable file?"),
    })?;
    let bytes = bytes.ok_or_else(|| {
        let message = format!("the file is longer than {} KiB", LONGEST / 1024);
        whole(message, "is it an oauthlab.yaml?")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| whole("the file is not UTF-8 text".to_owned(), "save it as UTF-8"))?;
    // A byte order mark is no character of the first line.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The whole file, or `None` when it is too long.
fn read_bounded(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then_some(bytes))
}

type Variables = std::collections::BTreeMap<String, String>;

fn dotenv_beside(base: &Path) -> Result<Option<Variables>, ConfigError> {
    let path = base.join(".env");
    let name = path.display().to_string();
    let bytes = match read_bounded(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(ConfigError::whole(
                &name,
                format!("the file cannot be read: {error}"),
                None,
            ));
        }
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        ConfigError::whole(&name, "the file is too long or not UTF-8 text".to_owned(), None)
    })?;
    match read_dotenv(&text) {
        Ok(variables) => Ok(Some(variables)),
        Err(bad) => {
            let at = |BadLine { line, message }| Problem::at_line(&name, line, message);
            Err(ConfigError { problems: bad.into_iter().map(at).collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::config::{
        Bind, Password, Ports, Profile, Rotation, StoreConfig, TlsFlag, TlsMode, UserConfig,
    };
    use proptest::prelude::*;

    fn load(text: &str, overrides: &Overrides) -> Result<Config, ConfigError> {
        Config::from_text("lab.yaml", text, Path::new("/labs"), overrides, &|_| None)
    }

    fn message(text: &str, overrides: &Overrides) -> String {
        load(text, overrides).expect_err(text).render(false)
    }

    #[test]
    fn an_empty_file_is_a_lab_with_nothing_open() {
        let lab = load("", &Overrides::default()).unwrap();
        assert!(lab.clients.is_empty() && lab.users.is_empty() && lab.conveniences().is_empty());
    }

    #[test]
    fn files_and_variables_are_found_beside_the_yaml() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.yaml");
        let yaml = "tls: { files: { cert: a.pem, key: /k.pem } }\n\
                    users: [{ name: alice, password: \"${A}\" }, { name: bob, password: \"${B}\" }]";
        std::fs::write(&path, yaml).unwrap();
        std::fs::write(folder.path().join(".env"), "A=from-file\nB=from-file\n").unwrap();
        let env = |name: &str| (name == "B").then(|| "from-environment".to_owned());
        let lab = Config::load(&Source::File(path.clone()), &Overrides::default(), &env).unwrap();
        let password = |user: &UserConfig| match &user.password {
            Password::Plain(secret) => secret.expose().to_owned(),
            other => panic!("{other:?}"),
        };
        let passwords: Vec<_> = lab.users.iter().map(password).collect();
        assert_eq!(passwords, ["from-file", "from-environment"]);
        let cert = folder.path().join("a.pem");
        assert_eq!(lab.tls, TlsMode::Files { cert, key: "/k.pem".into() });

        std::fs::write(folder.path().join(".env"), "A=1\nhunter2\n").unwrap();
        let error = Config::load(&Source::File(path), &Overrides::default(), &env).unwrap_err();
        assert_eq!(error.problems[0].place.map(|place| place.line), Some(2));
        assert!(!error.render(false).contains("hunter2"));
    }

    #[test]
    fn what_is_no_configuration_is_refused_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.yaml");
        let refused = |path: &Path| {
            let source = Source::File(path.to_owned());
            Config::load(&source, &Overrides::default(), &|_| None).unwrap_err().render(false)
        };
        assert!(refused(&path).contains("there is no such file"));
        assert!(refused(folder.path()).contains("cannot be read"));
        std::fs::write(&path, "#".repeat(300 * 1024)).unwrap();
        assert!(refused(&path).contains("longer than 256 KiB"));
        std::fs::write(&path, b"lab: \xff").unwrap();
        assert!(refused(&path).contains("UTF-8"));
        std::fs::write(&path, "\u{feff}lap: demo\r\n").unwrap();
        assert!(refused(&path).contains("lab.yaml:1:1\n  |\n1 | lap: demo\n  | ^^^\n"));
    }

    #[test]
    fn flags_speak_last() {
        let overrides = Overrides {
            name: Some("other".to_owned()),
            profile: Some(Profile::Fapi2),
            ports: Ports { issuer: Some(4000), resource: Some(0), inspector: None },
            weaken: vec!["code-reuse".to_owned()],
            tls: Some(TlsFlag::Off),
            store: Some("memory".to_owned()),
            ..Overrides::default()
        };
        let lab = load(STARTER, &overrides).unwrap();
        assert_eq!(lab.lab, "other");
        assert_eq!((lab.profile, lab.tokens.rotation), (Profile::Fapi2, Rotation::Off));
        assert_eq!(lab.issuer.url.as_str(), "http://localhost:4000");
        assert_eq!((lab.resource.url.as_str(), lab.resource.port), ("http://localhost:9444", 0));
        assert_eq!(lab.weaknesses, ["code-reuse"]);
        assert!(lab.issuer.aliases.is_empty());
    }

    #[test]
    fn a_database_of_the_file_lies_beside_it_and_one_of_a_flag_where_it_was_typed() {
        let file = |yaml, flag: Option<&str>| {
            let store = flag.map(str::to_owned);
            let overrides = Overrides { store, ..Overrides::default() };
            let lab =
                Config::from_text("lab.yaml", yaml, Path::new("/labs"), &overrides, &|_| None);
            lab.unwrap().store
        };
        let here = |name| StoreConfig::Sqlite(std::path::absolute(name).unwrap());
        let yaml = "store: { sqlite: ./lab.db }";
        let memory = |capacity| StoreConfig::Memory { capacity };
        assert_eq!(file("", None), memory(None));
        assert_eq!(file("store: memory", None), memory(None));
        assert_eq!(file("store: { memory: {} }", None), memory(None));
        assert_eq!(file("store: { memory: { capacity: 5000 } }", None), memory(Some(5000)));
        assert_eq!(file(yaml, None), StoreConfig::Sqlite("/labs/./lab.db".into()));
        assert_eq!(file(yaml, Some("sqlite:other.db")), here("other.db"));
        assert_eq!(file(yaml, Some("memory")), memory(None));
        assert!(
            message("store: { sqlite: '' }", &Overrides::default()).contains("must not be empty")
        );
        let nothing = Overrides { store: Some("sqlite:".to_owned()), ..Overrides::default() };
        assert!(message("", &nothing).contains("--store"));
    }

    #[test]
    fn wrong_flags_are_faults_without_a_line() {
        let weaken = Overrides { weaken: vec!["code-reuze".to_owned()], ..Overrides::default() };
        assert!(message("", &weaken).contains("did you mean `code-reuse`?"));
        let issuer = Overrides { issuer: Some("nowhere".to_owned()), ..Overrides::default() };
        assert!(message("", &issuer).starts_with("error: --issuer: "));
        let store =
            Overrides { store: Some("postgres://u:hunter2@h".to_owned()), ..Overrides::default() };
        assert!(message("", &store).contains("--store"));
        assert!(!message("", &store).contains("hunter2"));
        let files = Overrides { tls: Some(TlsFlag::Files), ..Overrides::default() };
        assert!(message("", &files).contains("names no certificate"));
    }

    #[test]
    fn somebody_elses_issuer_needs_no_certificate_of_ours() {
        let issuer = Some("https://login.example.com/realm".to_owned());
        let lab = load("", &Overrides { issuer, ..Overrides::default() }).unwrap();
        assert_eq!(lab.issuer.url.as_str(), "https://login.example.com/realm");
    }

    #[test]
    fn strict_keeps_the_secrets_that_only_the_environment_knows() {
        let yaml = "clients:\n  - { id: a, secret: \"${S}\", grants: [client_credentials] }\n  \
                    - { id: b, secret: \"${U:-known}\", grants: [client_credentials] }\n";
        let env = |name: &str| (name == "S").then(|| "only here".to_owned());
        let overrides = Overrides { strict: true, ..Overrides::default() };
        let lab = Config::from_text("lab.yaml", yaml, Path::new(""), &overrides, &env).unwrap();
        let generated: Vec<_> = lab.clients.iter().map(|client| client.generated_secret).collect();
        assert_eq!(generated, [false, true]);
    }

    #[test]
    fn strict_excludes_weaknesses_and_plain_http() {
        let strict = Overrides { strict: true, ..Overrides::default() };
        assert!(message("weaknesses: [code-reuse]", &strict).contains("exclude each other"));
        let off = Overrides { tls: Some(TlsFlag::Off), ..strict };
        assert!(message("", &off).contains("exclude each other"));
    }

    #[test]
    fn beyond_loopback_strict_needs_no_other_passwords() {
        let yaml = "issuer: { bind: 0.0.0.0 }\nusers: [{ name: alice, password: alice }]";
        assert!(message(yaml, &Overrides::default()).contains("allowed on loopback only"));
        let strict = Overrides { strict: true, ..Overrides::default() };
        let lab = load(yaml, &strict).unwrap();
        assert_eq!(lab.issuer.bind, Bind::Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        assert!(load(&yaml.replace("0.0.0.0", "127.0.0.2"), &Overrides::default()).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in "\\PC{0,300}") {
            let _ = load(&text, &Overrides::default()).map_err(|error| error.render(true));
        }

        #[test]
        fn no_damage_to_a_good_file_brings_the_reader_down(
            at in 0..STARTER.len(),
            length in 0..200_usize,
            patch in "[a-z:{}\\[\\]\"'$&*!|>#,\\-\n\t ä]{0,12}",
        ) {
            let floor = |at: usize| (0..=at).rev().find(|at| STARTER.is_char_boundary(*at)).unwrap_or(0);
            let (from, to) = (floor(at), floor((at + length).min(STARTER.len())));
            let text = format!("{}{patch}{}", &STARTER[..from], &STARTER[to..]);
            let _ = load(&text, &Overrides::default()).map_err(|error| error.render(true));
        }
    }
}
