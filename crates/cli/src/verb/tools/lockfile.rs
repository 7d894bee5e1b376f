//! `toolgate tools diff` and `toolgate tools lock`: what is not as in the lockfile, and its approval.

use std::path::PathBuf;

use serde_json::json;
use toolgate::{Config, DefinitionChange, ToolLock, Toolgate};

use crate::failure::Failure;
use crate::place;
use crate::say::say;
use crate::style::{BAD, GOOD, counted, plain};
use crate::wait::wait;

/// The lockfile and what the servers offer now.
struct Drift {
    path: PathBuf,
    now: ToolLock,
    changes: Vec<DefinitionChange>,
}

pub(super) async fn diff(config: Config, as_json: bool) -> Result<(), Failure> {
    let drift = Drift::of(config, |path| ToolLock::read(path)).await?;
    if as_json {
        say!("{}", json!({ "changes": drift.changes }));
    } else {
        drift.show();
    }
    match drift.changes.len() {
        0 if as_json => Ok(()),
        0 => {
            say!("{GOOD}✓{GOOD:#} {} as in {}", counted(drift.now.len(), "tool"), drift.path.display());
            Ok(())
        }
        count => {
            let count = counted(count, "tool");
            Err(Failure::negative(format_args!("{count} not as in {}", drift.path.display())))
        }
    }
}

pub(super) async fn lock(config: Config) -> Result<(), Failure> {
    let known = |path: &std::path::Path| match path.exists() {
        true => ToolLock::read(path),
        false => Ok(ToolLock::default()),
    };
    if let Some(path) = &config.tools.lock {
        place::has_folder(path, "name another file with lock under [tools]")?;
    }
    let drift = Drift::of(config, known).await?;
    drift.show();
    drift.now.write(&drift.path).map_err(Failure::setup)?;
    say!("{GOOD}✓{GOOD:#} {} approved in {}", counted(drift.now.len(), "tool"), drift.path.display());
    Ok(())
}

impl Drift {
    async fn of(
        mut config: Config,
        read: impl Fn(&std::path::Path) -> Result<ToolLock, toolgate::ConfigError>,
    ) -> Result<Self, Failure> {
        let path = config.tools.lock.take().ok_or_else(|| {
            Failure::setup(
                "no lockfile is configured; put lock = \"toolgate.lock\" under [tools] in toolgate.toml",
            )
        })?;
        // Of no effect without the file.
        config.tools.drift = None;
        let locked = read(&path).map_err(Failure::setup)?;
        let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
        let set = wait("tools", toolgate.tool_set()).await.map_err(Failure::of)?;
        // Half a picture would look as if tools had been removed.
        if let Some(failed) = set.failed().first() {
            return Err(Failure::setup(&failed.error));
        }
        let now = ToolLock::of(&set);
        let changes = locked.changes(&now);
        Ok(Self { path, now, changes })
    }

    fn show(&self) {
        for change in &self.changes {
            let text = plain(&change.to_string());
            let colour = if matches!(change, DefinitionChange::Added { .. }) { GOOD } else { BAD };
            let (mark, rest) = text.split_at_checked(1).unwrap_or(("", &text));
            say!("{colour}{mark}{colour:#}{rest}");
        }
    }
}
