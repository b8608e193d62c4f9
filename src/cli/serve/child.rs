//! The command that a lab is run around: its environment, its signals, its exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::signals::{Caught, Signals};
use crate::cli::env::Variable;
use crate::error::Error;

/// Variables of another lab, which this process may have been started under.
const OF_A_LAB: &[&str] = &["OAUTHLAB_CLIENT_", "OAUTHLAB_USER_"];
/// The child's lab is this one, whatever the parent talks to; and what this one remembers, and under
/// which key, is not for others.
const NOT_INHERITED: &[&str] = &[
    "OAUTHLAB_SERVER",
    "OAUTHLAB_REGISTRATION_TOKEN",
    "OAUTHLAB_STORE",
    "OAUTHLAB_STORE_KEY",
    "OAUTHLAB_STORE_KEY_FILE",
];

/// Runs the command to its end and returns its code: 128 + N when signal N ended it.
pub(super) async fn run(
    command: &[OsString],
    variables: &[Variable],
    signals: &mut Signals,
) -> Result<u8, Error> {
    let Some((program, args)) = command.split_first() else { return Ok(0) };
    let mut prepared = Command::new(program);
    prepared.args(args).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OF_A_LAB.iter().any(|prefix| text.starts_with(prefix)) {
            prepared.env_remove(&name);
        }
    }
    for name in NOT_INHERITED {
        prepared.env_remove(name);
    }
    prepared.envs(variables.iter().map(|variable| (&variable.name, variable.value.expose())));
    let child = prepared.spawn();
    let mut child = child.map_err(|reason| Error::Command { program: program.clone(), reason })?;
    let status = until_it_ends(&mut child, signals).await;
    let status = status.map_err(|reason| Error::System { verb: "wait for the command", reason })?;
    Ok(code(status))
}

/// Passes signals on. What a terminal sends reaches the child by itself: it goes to all processes
/// in the foreground, and the child alone decides whether it ends.
async fn until_it_ends(child: &mut Child, signals: &mut Signals) -> io::Result<ExitStatus> {
    let from_terminal = io::stdin().is_terminal();
    let mut asked = false;
    loop {
        let caught = tokio::select! {
            status = child.wait() => return status,
            caught = signals.next() => caught,
        };
        let signal = match caught {
            Caught::Interrupt | Caught::Quit if from_terminal => continue,
            Caught::Interrupt => Signal::INT,
            Caught::Quit => Signal::QUIT,
            Caught::Hangup => Signal::HUP,
            // Asked twice: at once.
            Caught::Terminate if asked => Signal::KILL,
            Caught::Terminate => Signal::TERM,
        };
        asked |= caught == Caught::Terminate;
        send(child, signal);
    }
}

fn send(child: &Child, signal: Signal) {
    // Without an id it has ended already, and it is not reaped before `wait` returns.
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, signal);
    }
}

fn code(status: ExitStatus) -> u8 {
    let signal = || status.signal().map(|signal| 128 + signal);
    let code = status.code().or_else(signal).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_passed_on_and_a_signal_becomes_one() {
        assert_eq!(code(ExitStatus::from_raw(37 << 8)), 37);
        assert_eq!(code(ExitStatus::from_raw(15)), 143);
        assert_eq!(code(ExitStatus::from_raw(0)), 0);
    }
}
