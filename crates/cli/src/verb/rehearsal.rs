//! Runs that are recorded, and runs without any server that are answered from a recording.

use std::path::PathBuf;
use std::sync::Arc;

use toolgate::{Config, Recorder, Replayer, Toolgate};

use crate::args::Chat;
use crate::failure::Failure;
use crate::style::{FAINT, WARNING};

/// Where the answers come from, and where they are kept.
pub(super) enum Source {
    Servers,
    Recorded(Recorder, PathBuf),
    Replayed(Replayer),
}

impl Source {
    /// The client that `arguments` ask for.
    pub(super) fn open(mut config: Config, arguments: &Chat) -> Result<(Toolgate, Self), Failure> {
        if let Some(file) = &arguments.replay {
            config.prepare_for_replay(file);
            let replayer = Replayer::read(file).map_err(Failure::setup)?;
            let toolgate = Toolgate::open_with(config, Arc::new(replayer.clone())).map_err(Failure::setup)?;
            return Ok((toolgate, Self::Replayed(replayer)));
        }
        let Some(file) = &arguments.record else {
            return Ok((Toolgate::open(config).map_err(Failure::setup)?, Self::Servers));
        };
        if file.exists() {
            let message =
                format_args!("{} is there already and was not touched; name another file", file.display());
            return Err(Failure::setup(message));
        }
        let recorder = Recorder::new(config.http_client().map_err(Failure::setup)?);
        let toolgate = Toolgate::open_with(config, Arc::new(recorder.clone())).map_err(Failure::setup)?;
        Ok((toolgate, Self::Recorded(recorder, file.clone())))
    }

    /// Keeps what was recorded, or tells how a replay was different.
    pub(super) async fn finish(self, toolgate: &Toolgate) -> Result<(), Failure> {
        match self {
            Self::Servers => {}
            Self::Recorded(recorder, file) => {
                // A replay signs tokens anew: one that was refused must not come back as a good one.
                toolgate.token().await.map_err(|error| {
                    Failure::setup(format_args!(
                        "nothing was recorded, because the token is not accepted: {error}"
                    ))
                })?;
                recorder.write(&file).map_err(Failure::setup)?;
                anstream::eprintln!("{FAINT}recorded in {}{FAINT:#}", file.display());
            }
            Self::Replayed(replayer) => {
                let (other, left) = replayer.differences();
                if other + left > 0 {
                    anstream::eprintln!(
                        "{WARNING}!{WARNING:#} not quite the recorded run: {other} requests were others, {left} recorded \
                         ones were not made"
                    );
                }
            }
        }
        Ok(())
    }
}
