//! `toolgate serve`: answers OpenAI's clients until it is told to stop, and then lets conversations end. SIGHUP has it read
//! its settings again.

use tokio::sync::Notify;
use toolgate::{Config, Toolgate};
use toolgate_serve::{Reloader, ServeError, Server};

use crate::args::Serve;
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::signals::Signals;
use crate::style::{BAD, FAINT, STRONG};
use crate::telemetry::Telemetry;

/// `again` reads the settings each time that they are to be read again.
pub(crate) async fn run(
    config: Config,
    again: impl Fn() -> Result<Config, Failure>,
    arguments: Serve,
    telemetry: &mut Telemetry,
) -> Result<(), Failure> {
    let settled = |mut config: Config| {
        config.serve.listen = arguments.listen.unwrap_or(config.serve.listen);
        config
    };
    // Whoever is told the URL may send a signal at once.
    let (hangups, mut stop) = (Signals::to_reload(), Signals::to_stop());
    let toolgate = Toolgate::open(settled(config)).map_err(Failure::setup)?;
    telemetry.measure(&toolgate);
    allow_open_files();
    let server = Server::bind(toolgate.clone()).await.map_err(|error| match error {
        ServeError::Client(error) => Failure::of(error),
        error => Failure::setup(error),
    })?;
    let reloader = server.reloader();
    say!("{STRONG}{}{STRONG:#}", server.url());
    let stopping = Notify::new();
    let serving = server.run(stopping.notified());
    let at_once = async {
        stop.next().await;
        let serve = &toolgate.config().serve;
        let patience = serve.drain_seconds.saturating_add(serve.shutdown_seconds);
        tell!("{FAINT}stopping: conversations have {patience} s to end; again to stop at once{FAINT:#}");
        stopping.notify_one();
        stop.next().await;
    };
    tokio::select! {
        () = serving => Ok(()),
        () = reloading(hangups, &reloader, || again().map(settled)) => Ok(()),
        // Every connection is closed, and what was under way on it is recorded as given up.
        () = at_once => Err(Failure::interrupted()),
    }
}

/// Takes as many open files as the system lets a process have: each connection is one, and the limit that it begins with is
/// often 1,024.
fn allow_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where the system refuses, the limit is what it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Reads the settings again whenever that is asked for. Never ready.
async fn reloading(
    mut hangups: Signals,
    reloader: &Reloader,
    settings: impl Fn() -> Result<Config, Failure>,
) {
    loop {
        hangups.next().await;
        let reloaded = async { reloader.reload(settings()?).await.map_err(Failure::setup) };
        match reloaded.await {
            Ok(()) => tell!("{FAINT}the settings were read again{FAINT:#}"),
            Err(failure) => {
                tell!("{BAD}error:{BAD:#} the settings stay as they were: {failure}");
            }
        }
    }
}
