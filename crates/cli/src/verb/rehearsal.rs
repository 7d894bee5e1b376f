//! Runs that are recorded, and runs without any server that are answered from a recording.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toolgate::{Config, Error, HttpClient, Recorder, RecordingError, Replayer, Toolgate};

use crate::failure::Failure;
use crate::place;
use crate::say::tell;
use crate::style::{FAINT, WARNING};

/// How another place for a recording is named.
const OTHER_RECORDING: &str = "name another file with --record";

/// Where the answers come from, and where they are kept.
pub(super) enum Source {
    Servers,
    Recorded(Recorder, PathBuf),
    Replayed(Replayer, PathBuf),
}

impl Source {
    /// A client that is recorded into a file, answered from one, or neither.
    pub(super) fn open(
        config: Config,
        record: Option<&Path>,
        replay: Option<&Path>,
    ) -> Result<(Toolgate, Self), Failure> {
        match (record, replay) {
            (_, Some(file)) => Self::replayed(config, file, Toolgate::open_with),
            (Some(file), None) => Self::recorded(config, file, Toolgate::open_with),
            (None, None) => Ok((Toolgate::open(config).map_err(Failure::setup)?, Self::Servers)),
        }
    }

    /// A client, made by `open`, that is recorded into `file`.
    pub(super) fn recorded(
        mut config: Config,
        file: &Path,
        open: impl Fn(Config, Arc<dyn HttpClient>) -> Result<Toolgate, Error>,
    ) -> Result<(Toolgate, Self), Failure> {
        not_there(file)?;
        place::check(file, OTHER_RECORDING)?;
        config.prepare_for_recording().map_err(Failure::setup)?;
        let recorder = Recorder::new(config.http_client().map_err(Failure::setup)?);
        let toolgate = open(config, Arc::new(recorder.clone())).map_err(Failure::setup)?;
        Ok((toolgate, Self::Recorded(recorder, file.to_owned())))
    }

    /// A client, made by `open`, that is answered from `file`.
    pub(super) fn replayed(
        mut config: Config,
        file: &Path,
        open: impl Fn(Config, Arc<dyn HttpClient>) -> Result<Toolgate, Error>,
    ) -> Result<(Toolgate, Self), Failure> {
        config.prepare_for_replay(file).map_err(Failure::setup)?;
        let replayer = Replayer::read(file).map_err(|error| match error {
            RecordingError::File { source, .. } if source.kind() == ErrorKind::NotFound => {
                let shown = file.display();
                Failure::setup(format_args!("there is no recording {shown}; make it with --record {shown}"))
            }
            error @ RecordingError::File { .. } => Failure::setup(error),
            error => Failure::setup(format_args!("{}: {error}", file.display())),
        })?;
        let toolgate = open(config, Arc::new(replayer.clone())).map_err(Failure::setup)?;
        Ok((toolgate, Self::Replayed(replayer, file.to_owned())))
    }

    /// Keeps what was recorded, or tells how a replay was different.
    pub(super) async fn finish(self, toolgate: &Toolgate) -> Result<(), Failure> {
        match self {
            Self::Servers => {}
            Self::Recorded(recorder, file) => {
                // A replay signs tokens anew: one that was refused must not come back as a good one.
                for client in toolgate.token_clients().iter().filter(|client| client.is_in_use()) {
                    client.token().await.map_err(|error| {
                        Failure::setup(format_args!(
                            "nothing was recorded, because the token is not accepted: {error}"
                        ))
                    })?;
                }
                recorder.write(&file).map_err(|error| match error {
                    RecordingError::File { source, .. } => place::unwritten(&file, &source, OTHER_RECORDING),
                    error => Failure::setup(error),
                })?;
                tell!("{FAINT}recorded in {}{FAINT:#}", file.display());
            }
            Self::Replayed(replayer, file) => {
                if let Some(missing) = replayer.missing() {
                    return Err(Failure::setup(format_args!("{}: {missing}", file.display())));
                }
                let (other, left) = replayer.differences();
                if other + left > 0 {
                    tell!(
                        "{WARNING}!{WARNING:#} {}: not quite the recorded run: {other} requests were others, {left} recorded \
                         ones were not made",
                        file.display()
                    );
                }
            }
        }
        Ok(())
    }
}

/// Refuses to write a recording over another.
pub(super) fn not_there(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        let message =
            format_args!("{} is there already and was not touched; name another file", file.display());
        return Err(Failure::setup(message));
    }
    Ok(())
}
