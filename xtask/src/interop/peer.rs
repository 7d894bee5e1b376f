//! One program of others' making while it runs: on a free port of this machine, its words in a file, ended when dropped.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// More than the slowest of them needs on a busy machine.
const START: Duration = Duration::from_secs(60);

/// How much of what it said is shown when it does not start.
const SHOWN_LINES: usize = 15;

/// A running program.
pub(super) struct Peer {
    name: &'static str,
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Peer {
    /// Starts it with a free port in `PORT`.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(super) fn start(name: &'static str, mut command: Command, logs: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::Step(format!("{name} could not be started: {error}"));
        fs::create_dir_all(logs).map_err(failed)?;
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).map_err(failed)?;
        let port = free_port().map_err(failed)?;
        command.env("PORT", port.to_string()).stdin(Stdio::null());
        command.stdout(output.try_clone().map_err(failed)?).stderr(output);
        let child = command.spawn().map_err(failed)?;
        Ok(Self { name, child, port, log })
    }

    /// The port that it listens on.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until it takes connections.
    ///
    /// # Errors
    ///
    /// When it ends instead, or takes too long; with the last of what it said.
    pub(super) fn wait(&mut self) -> Result<(), Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let end = Instant::now() + START;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.silent(&format!("ended at once ({status})")));
            }
            if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
                println!("{} listens on 127.0.0.1:{}", self.name, self.port);
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(self.silent(&format!("did not listen within {START:?}")))
    }

    fn silent(&self, how: &str) -> Failure {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n");
        Failure::Step(format!("{} {how}; it said, in {}:\n{last}", self.name, self.log.display()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on now.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Tests run side by side, so each has a name, and a log, of its own.
    fn shell(name: &'static str, script: &str) -> Result<Peer, Failure> {
        let logs = std::env::temp_dir().join(format!("toolgate-peers-{}", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Peer::start(name, command, &logs)
    }

    #[test]
    fn a_peer_that_ends_at_once_is_quoted() {
        let mut peer = shell("ends", "echo no such module; exit 3").unwrap();
        let failure = peer.wait().unwrap_err().to_string();
        assert!(failure.contains("ended at once") && failure.ends_with("no such module"), "{failure}");
    }

    #[test]
    fn a_peer_is_ended_when_dropped() {
        let peer = shell("stays", "exec sleep 60").unwrap();
        let id = peer.child.id().to_string();
        drop(peer);
        assert!(!crate::process::answers("kill", &["-0", &id]));
    }
}
