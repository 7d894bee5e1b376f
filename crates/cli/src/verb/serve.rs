//! `toolgate serve`: answers OpenAI's clients until it is told to stop, and then lets conversations end.

use toolgate::{Config, Toolgate};
use toolgate_serve::Server;

use crate::args::Serve;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{FAINT, STRONG};

pub(crate) async fn run(mut config: Config, arguments: Serve) -> Result<(), Failure> {
    if let Some(listen) = arguments.listen {
        config.serve.listen = listen;
    }
    let patience = config.serve.shutdown_seconds;
    let server =
        Server::bind(Toolgate::open(config).map_err(Failure::setup)?).await.map_err(Failure::setup)?;
    say!("{STRONG}{}{STRONG:#}", server.url());
    server
        .run(async {
            stopped().await;
            anstream::eprintln!(
                "{FAINT}stopping: conversations have {patience} s to end; again to stop at once{FAINT:#}"
            );
            tokio::spawn(async {
                stopped().await;
                std::process::exit(130);
            });
        })
        .await;
    Ok(())
}

/// Ready when a person (Ctrl-C) or a supervisor (SIGTERM) says so.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
