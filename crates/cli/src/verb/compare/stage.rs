//! Where scenarios are played: all on one client, or each on a client of its own that is recorded or replayed.
//!
//! A recording holds one scenario on one model, with its token, keys and tools: so any of them can be rehearsed without
//! the others, and none takes the answers of another. Only what rules count (`rate`) is counted over all of them, as
//! where nothing is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toolgate::{Config, Toolgate};

use super::scenario::Scenario;
use super::trial::Trial;
use crate::args::Compare;
use crate::failure::Failure;
use crate::place;
use crate::verb::rehearsal::{Source, not_there};
use crate::wait::wait;

/// The longest name of a recording: file systems take 255 bytes, and its audit file is named after it.
const LONGEST_NAME: usize = 230;

pub(super) struct Stage {
    config: Config,
    /// The client of all scenarios; where they are kept, the one beside which each has its own.
    live: Toolgate,
    kept: Option<Kept>,
}

enum Kept {
    Record(PathBuf),
    Replay(PathBuf),
}

impl Stage {
    pub(super) fn open(config: Config, asked: &Compare) -> Result<Self, Failure> {
        let kept = match (&asked.record, &asked.replay) {
            (Some(folder), _) => Some(Kept::Record(folder.clone())),
            (_, Some(folder)) => Some(Kept::Replay(folder.clone())),
            (None, None) => None,
        };
        let mut prepared = config.clone();
        if let Some(Kept::Replay(folder)) = &kept {
            prepared.prepare_for_replay(folder).map_err(Failure::setup)?;
        }
        let live = Toolgate::open(prepared).map_err(Failure::setup)?;
        Ok(Self { config, live, kept })
    }

    /// The models that are asked for, by their whole names; the configured one where none is.
    pub(super) fn models(&self, asked: &[String]) -> Result<Vec<String>, Failure> {
        let wanted: Vec<Option<&str>> = match asked {
            [] => vec![None],
            models => models.iter().map(|model| Some(model.as_str())).collect(),
        };
        let name = |id| {
            let model = self.live.model(id)?;
            Ok(format!("{}/{}", model.provider().id(), model.name()))
        };
        wanted.into_iter().map(name).collect::<Result<_, toolgate::Error>>().map_err(Failure::setup)
    }

    /// Finds what is not set up before the first model is asked: that is no answer of any model.
    pub(super) async fn check(&self, scenarios: &[Scenario], models: &[String]) -> Result<(), Failure> {
        let Some(kept) = &self.kept else { return ready(&self.live).await };
        let mut files = BTreeSet::new();
        for (scenario, model) in scenarios.iter().flat_map(|of| models.iter().map(move |model| (of, model))) {
            let file = kept.file(scenario, model);
            if file.file_name().is_some_and(|name| name.len() > LONGEST_NAME) {
                return Err(Failure::setup(format_args!(
                    "the name of the scenario {:?} is too long for that of a file; give it a shorter one",
                    scenario.name
                )));
            }
            match kept {
                Kept::Record(_) => not_there(&file)?,
                Kept::Replay(folder) if !file.is_file() => {
                    return Err(Failure::setup(format_args!(
                        "{} holds no recording of {:?} on {model}; record it with `toolgate compare --record`, or name \
                         the models that were recorded with --model",
                        folder.display(),
                        scenario.name,
                    )));
                }
                Kept::Replay(_) => {}
            }
            if !files.insert(file) {
                return Err(Failure::setup(format_args!(
                    "the scenario {:?} on {model} is there twice and its recording would be one; give each scenario a \
                     name of its own, and name each model once",
                    scenario.name,
                )));
            }
        }
        let Kept::Record(folder) = kept else { return Ok(()) };
        place::make_folder(folder, "name another with --record")
    }

    pub(super) async fn play(&self, scenario: &Scenario, model: &str) -> Result<Trial, Failure> {
        let Some(kept) = &self.kept else { return played(&self.live, scenario, model).await };
        let (file, config) = (kept.file(scenario, model), self.config.clone());
        let beside = |config, http| self.live.open_beside(config, http);
        let (toolgate, source) = match kept {
            Kept::Record(_) => Source::recorded(config, &file, beside)?,
            Kept::Replay(_) => Source::replayed(config, &file, beside)?,
        };
        let trial = match ready(&toolgate).await {
            Ok(()) => played(&toolgate, scenario, model).await,
            Err(failure) => Err(failure),
        };
        let told = source.finish(&toolgate).await;
        crate::verb::leave(&toolgate).await;
        // What a recording lacks is why the rest went wrong.
        told.and(trial)
    }

    pub(super) async fn leave(&self) {
        crate::verb::leave(&self.live).await;
    }
}

impl Kept {
    /// The file of a scenario on a model: a name for each pair, whatever is in theirs.
    fn file(&self, scenario: &Scenario, model: &str) -> PathBuf {
        let (Self::Record(folder) | Self::Replay(folder)) = self;
        let part = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        Path::new(folder).join(format!("{}@{}.jsonl", part(&scenario.name), part(model)))
    }
}

async fn ready(toolgate: &Toolgate) -> Result<(), Failure> {
    toolgate.open_audit_file().await.map_err(Failure::of)?;
    wait("tools", toolgate.tools()).await.map(drop).map_err(Failure::of)
}

async fn played(toolgate: &Toolgate, scenario: &Scenario, name: &str) -> Result<Trial, Failure> {
    let model = toolgate.model(Some(name)).map_err(Failure::setup)?;
    let trial = Trial::run(toolgate, &model, scenario);
    Ok(wait(&format!("{} on {name}", scenario.name), trial).await)
}
