//! Signals to this process: listened for from the moment on that a [`Signals`] is made. Before, each of them ends the process
//! at once, with calls under way that nobody records.

#[cfg(unix)]
use std::io::{IsTerminal, stdin};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ready whenever a signal comes that was listened for.
pub(crate) struct Signals {
    #[cfg(unix)]
    any_of: Vec<Signal>,
    #[cfg(not(unix))]
    ctrl_c: bool,
}

impl Signals {
    /// A person (Ctrl-C) or a supervisor (SIGTERM) says that it is time to stop.
    pub(crate) fn to_stop() -> Self {
        Self {
            #[cfg(unix)]
            any_of: listened([SignalKind::interrupt(), SignalKind::terminate()]),
            #[cfg(not(unix))]
            ctrl_c: true,
        }
    }

    /// Whoever started it goes away: a supervisor or a time limit (SIGTERM), or the terminal (SIGHUP). Without a terminal,
    /// as `nohup` starts it, SIGHUP is left as it is: to listen would be to end by what is to be ignored.
    pub(crate) fn to_leave() -> Self {
        Self {
            #[cfg(unix)]
            any_of: {
                let hangup = stdin().is_terminal().then(SignalKind::hangup);
                listened([SignalKind::terminate()].into_iter().chain(hangup))
            },
            #[cfg(not(unix))]
            ctrl_c: false,
        }
    }

    /// SIGHUP: read the settings again. Other systems have no signal for it.
    pub(crate) fn to_reload() -> Self {
        Self {
            #[cfg(unix)]
            any_of: listened([SignalKind::hangup()]),
            #[cfg(not(unix))]
            ctrl_c: false,
        }
    }

    /// The next one. Never ready where no signal can be listened for: it then does what the system does with it.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let came = self.any_of.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }

    /// The next one.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        if !self.ctrl_c || tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
fn listened(kinds: impl IntoIterator<Item = SignalKind>) -> Vec<Signal> {
    kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect()
}
