//! Where the lab keeps its files: the data folder and the runtime folder, after the XDG Base
//! Directory Specification.

use std::ffi::OsString;
use std::ops::Deref;
use std::path::PathBuf;

use super::{PrivateDir, TlsError};

/// The lab's data folder: the CA, results of client commands, and where live records go.
#[derive(Clone, Debug)]
pub struct DataDir {
    data: PrivateDir,
    run: PathBuf,
}

impl DataDir {
    /// Finds the data folder, and makes it with mode 0700 if it is not there.
    ///
    /// `OAUTHLAB_DATA_DIR` wins; else `$XDG_DATA_HOME/oauthlab`, else `~/.local/share/oauthlab`.
    /// Live records go to `$XDG_RUNTIME_DIR/oauthlab`, else to `run` in the data folder. A data
    /// folder that was named explicitly keeps its live records too, so two labs that were given
    /// two folders share nothing. `lookup` reads one environment variable.
    pub fn locate(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, TlsError> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // The specification wants a relative path in an XDG variable to be ignored.
        let absolute = |name: &str| set(name).filter(|path| path.is_absolute());
        if let Some(path) = set("OAUTHLAB_DATA_DIR") {
            let path = std::path::absolute(&path)
                .map_err(|reason| TlsError::Folder { path: path.clone(), reason })?;
            let run = path.join("run");
            return Ok(Self { data: PrivateDir::open(path)?, run });
        }
        let home = || Some(absolute("HOME")?.join(".local/share"));
        let base = absolute("XDG_DATA_HOME").or_else(home).ok_or(TlsError::NoDataDir)?;
        let data = PrivateDir::open(base.join("oauthlab"))?;
        let run = match absolute("XDG_RUNTIME_DIR").filter(|path| path.is_dir()) {
            Some(runtime) => runtime.join("oauthlab"),
            None => data.path().join("run"),
        };
        Ok(Self { data, run })
    }

    /// The folder of live records, made with mode 0700 when it is first asked for.
    pub fn run_dir(&self) -> Result<PrivateDir, TlsError> {
        PrivateDir::open(&self.run)
    }
}

impl Deref for DataDir {
    type Target = PrivateDir;

    fn deref(&self) -> &PrivateDir {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn locate(variables: &[(&str, &Path)]) -> Result<DataDir, TlsError> {
        DataDir::locate(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, path)| path.as_os_str().to_owned())
        })
    }

    #[test]
    fn the_own_variable_wins_and_keeps_live_records_apart() {
        let root = tempfile::tempdir().unwrap();
        let (own, other) = (root.path().join("own"), root.path().join("other"));
        let variables = [
            ("OAUTHLAB_DATA_DIR", &*own),
            ("XDG_DATA_HOME", &*other),
            ("XDG_RUNTIME_DIR", &*other),
        ];
        let data = locate(&variables).unwrap();
        assert_eq!(data.path(), own);
        assert_eq!(data.run_dir().unwrap().path(), own.join("run"));
        assert!(!other.exists());
    }

    #[test]
    fn xdg_variables_come_before_home() {
        let root = tempfile::tempdir().unwrap();
        let (home, data, run) =
            (root.path().join("home"), root.path().join("data"), root.path().join("run"));
        std::fs::create_dir(&run).unwrap();
        let found = locate(&[("HOME", &home), ("XDG_DATA_HOME", &data), ("XDG_RUNTIME_DIR", &run)]);
        let found = found.unwrap();
        assert_eq!(found.path(), data.join("oauthlab"));
        assert_eq!(found.run_dir().unwrap().path(), run.join("oauthlab"));
        let found = locate(&[("HOME", &home)]).unwrap();
        assert_eq!(found.path(), home.join(".local/share/oauthlab"));
        assert_eq!(found.run_dir().unwrap().path(), home.join(".local/share/oauthlab/run"));
    }

    #[test]
    fn relative_xdg_paths_and_a_missing_runtime_folder_are_ignored() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("missing");
        let relative = Path::new("relative");
        let home = root.path();
        let found =
            locate(&[("HOME", home), ("XDG_DATA_HOME", relative), ("XDG_RUNTIME_DIR", &missing)]);
        let found = found.unwrap();
        assert_eq!(found.path(), home.join(".local/share/oauthlab"));
        assert_eq!(found.run_dir().unwrap().path(), home.join(".local/share/oauthlab/run"));
    }

    #[test]
    fn without_any_place_there_is_an_error_with_a_hint() {
        let error = locate(&[]).unwrap_err();
        assert!(matches!(error, TlsError::NoDataDir));
        assert!(error.hint().contains("OAUTHLAB_DATA_DIR"));
    }
}
