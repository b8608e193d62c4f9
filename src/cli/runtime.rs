//! Runs a client command: one thread, an end when the time is over, and at Ctrl-C.

use tokio::signal;

use super::context::Context;
use crate::error::Error;

/// Runs to the end, to the limit of `--timeout`, or to an interrupt. Whatever was open is closed.
pub(super) fn block_on(
    context: &Context,
    command: impl Future<Output = Result<u8, Error>>,
) -> Result<u8, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|reason| Error::System { verb: "start the runtime", reason })?;
    let limit = context.global.timeout;
    runtime.block_on(async {
        let too_late = async {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = command => result,
            () = too_late => Err(Error::TimedOut {
                what: "the command",
                limit: limit.unwrap_or_default(),
            }),
            Ok(()) = signal::ctrl_c() => Err(Error::Interrupted),
        }
    })
}
