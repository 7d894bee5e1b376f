//! A server and the processes that it started, as one group of their own: what a wrapper script or a package runner leaves
//! behind ends with the server, and a Ctrl-C at the terminal reaches this process alone, which then ends them in order.
//!
//! On Unix. Elsewhere a server is ended, and what it started is not.

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// The group of a child that was started [`apart`]. Dropped, all of it is killed.
#[derive(Debug)]
pub(super) struct Group {
    /// `None` once it was ended: another group may get its number.
    #[cfg(unix)]
    leader: Option<Pid>,
}

/// Has `command` start as the leader of a new group.
pub(super) fn apart(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(not(unix))]
    let _ = command;
}

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        #[cfg(unix)]
        let leader = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        #[cfg(not(unix))]
        let _ = child;
        Self {
            #[cfg(unix)]
            leader,
        }
    }

    /// Asks all of it to end (SIGTERM); whether it could be asked.
    #[cfg(unix)]
    pub(super) fn terminate(&self) -> bool {
        self.leader.is_some_and(|leader| kill_process_group(leader, Signal::TERM).is_ok())
    }

    #[cfg(not(unix))]
    pub(super) fn terminate(&self) -> bool {
        false
    }

    /// Ends what is left of it (SIGKILL). To be called no later than right after the leader was waited for: until then nobody
    /// else can have its number.
    pub(super) fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader.take()
            // That nobody is left is how it should be.
            && let Err(error) = kill_process_group(leader, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::debug!(%error, "what an MCP server started could not be ended");
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
