//! Telling programs that the lab is ready: file, descriptor and first line of stdout, each with the
//! same bytes. The file appears whole or not at all, and goes when the lab goes.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::settings::Settings;
use crate::cli::context::Context;
use crate::error::Error;
use crate::lab::ready::ReadyRecord;
use crate::protocol::Secret;

/// What was announced; dropping it removes the file.
#[derive(Debug)]
pub(super) struct Announced {
    file: Option<PathBuf>,
}

impl Announced {
    pub(super) fn write(
        context: &Context,
        settings: &Settings,
        ready: &ReadyRecord,
    ) -> Result<Self, Error> {
        let mut announced = Self { file: None };
        if !settings.has_readers() {
            return Ok(announced);
        }
        let line = ready.line().map_err(Error::Json)?;
        if settings.ready_line {
            mask(context, ready);
            context.terminal.answer(line.expose())?;
        }
        if let Some(path) = &settings.ready_file {
            write_whole(path, &line).map_err(|reason| Error::File {
                verb: "write",
                path: path.clone(),
                reason,
            })?;
            announced.file = Some(path.clone());
        }
        if let Some(number) = settings.ready_fd {
            let path = PathBuf::from(format!("/dev/fd/{number}"));
            let written = OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|mut descriptor| descriptor.write_all(line.expose().as_bytes()));
            written.map_err(|reason| Error::File { verb: "write", path, reason })?;
        }
        Ok(announced)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Some(path) = &self.file {
            // A reader that finds a stale file finds nobody behind it.
            let _ = fs::remove_file(path);
        }
    }
}

fn mask(context: &Context, ready: &ReadyRecord) {
    let clients = ready.clients.iter().chain(&ready.resource_client);
    let secrets = clients.filter_map(|client| client.client_secret.as_ref());
    let passwords = ready.users.iter().filter_map(|user| user.password.as_ref());
    for secret in secrets.chain(passwords).chain(&ready.registration_token) {
        context.terminal.mask(secret);
    }
}

/// Writes beside the target and renames: a reader never sees a half. Mode 0600, for the secrets.
fn write_whole(path: &Path, line: &Secret) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(temporary);
    // What a process of the same id left behind.
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = file.write_all(line.expose().as_bytes());
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_private_whole_and_gone_at_the_end() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("lab.json");
        write_whole(&path, &Secret::new("{}\n")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        drop(Announced { file: Some(path) });
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(write_whole(Path::new("/nowhere/lab.json"), &Secret::new("{}")).is_err());
    }
}
