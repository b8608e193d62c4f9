//! Which server a command talks to.

use std::path::Path;

use super::context::{Context, lookup};
use crate::error::Error;
use crate::lab::live::{self, LiveRecord};
use crate::tls::DataDir;

/// The running lab that is meant: `--server NAME`, else the lab that this process was started by
/// or whose environment it has, else the only one.
pub(super) fn lab(context: &Context, data: &DataDir) -> Result<LiveRecord, Error> {
    match context.global.server.as_deref() {
        Some(url) if url.contains("://") => {
            let labs = live::all(data)?;
            let names = labs.iter().map(|lab| lab.ready.name.clone()).collect();
            let found = labs.into_iter().find(|lab| lab.ready.issuer == url);
            Ok(found.ok_or_else(|| live::LiveError::Unknown { name: url.to_owned(), names })?)
        }
        Some(name) => Ok(live::find(data, Some(name))?),
        None => match lookup("OAUTHLAB_STATE").filter(|path| !path.is_empty()) {
            Some(path) => Ok(live::at(Path::new(&path))?),
            None => Ok(live::find(data, None)?),
        },
    }
}
