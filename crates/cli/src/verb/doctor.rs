//! `toolgate doctor`: everything that a conversation needs, one step after the other, with what mends each failure.
//!
//! A step that needs one that failed is shown as not tried; all others are tried.

mod authorization;
mod models;
mod network;
mod secret_files;
mod serve;
mod store;
mod tools;
mod visit;

use std::path::Path;
use std::time::Instant;

use toolgate::{Config, Toolgate};

use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, GOOD};
use crate::telemetry::Telemetry;
use network::Ways;
use visit::{State, Visit};

pub(crate) async fn run(
    config: Result<Config, Failure>,
    file: Option<&Path>,
    as_json: bool,
) -> Result<(), Failure> {
    let mut visit = Visit::new(as_json);
    if let Some(toolgate) = settings(&mut visit, config, file).await {
        let mut ways = Ways::default();
        store::examine(&mut visit, &toolgate.config()).await;
        let tokens = authorization::examine(&mut visit, &mut ways, &toolgate).await;
        tools::examine(&mut visit, &mut ways, &toolgate, tokens).await;
        models::examine(&mut visit, &mut ways, &toolgate).await;
        serve::examine(&mut visit, &mut ways, &toolgate).await;
    } else {
        visit.not_tried(&["servers", "tools", "models"], "the settings cannot be used");
    }
    let (failed, warnings) = (visit.count(State::Failed), visit.count(State::Warning));
    if as_json {
        say!("{}", serde_json::json!({ "ok": failed == 0, "steps": visit.steps }));
    } else if failed == 0 {
        let mind = if warnings == 0 { String::new() } else { format!("; {warnings} to look at (!)") };
        say!("\n{GOOD}✓{GOOD:#} everything that a conversation needs works{mind}");
    } else {
        say!("\n{BAD}✗{BAD:#} mend what failed (→) from the top; what follows often depends on it");
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::negative(format_args!("{failed} of {} steps failed", visit.steps.len()))),
    }
}

/// What is settled without a server; nothing where that cannot be used.
async fn settings(
    visit: &mut Visit,
    config: Result<Config, Failure>,
    file: Option<&Path>,
) -> Option<Toolgate> {
    visit.group("Settings", "");
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            visit.failed("settings", None, error, None);
            visit.not_tried(&["trust anchors", "keys and URLs", "audit file"], "no settings");
            return None;
        }
    };
    visit.good("settings", None, source(file));
    secret_files::examine(visit, &config);
    if !is_something_trusted(visit, &config) {
        visit.not_tried(&["keys and URLs", "audit file"], "nothing is trusted");
        return None;
    }
    let started = Instant::now();
    let toolgate = match Toolgate::open(config) {
        Ok(toolgate) => toolgate,
        Err(error) => {
            visit.failed("keys and URLs", Some(started.elapsed()), error, None);
            visit.not_tried(&["audit file"], "not set up");
            return None;
        }
    };
    visit.good("keys and URLs", Some(started.elapsed()), "can be used");
    if let Err(error) = Telemetry::start(&toolgate.config()) {
        visit.failed("telemetry", None, error, None);
    }
    audit_file(visit, &toolgate).await;
    Some(toolgate)
}

fn is_something_trusted(visit: &mut Visit, config: &Config) -> bool {
    let started = Instant::now();
    let summary = match config.trust_summary() {
        Ok(summary) => summary,
        Err(error) => {
            visit.failed("trust anchors", Some(started.elapsed()), error, None);
            return false;
        }
    };
    visit.good("trust anchors", Some(started.elapsed()), summary.to_string());
    if let Some((first, others)) = summary.warnings.split_first() {
        let more = if others.is_empty() { String::new() } else { format!(", and {} more", others.len()) };
        let fix = "renew it or take it out, if a server's certificate comes from there";
        visit.warn("not trusted", None, format!("{first}{more}"), fix);
    }
    true
}

async fn audit_file(visit: &mut Visit, toolgate: &Toolgate) {
    let file = toolgate.config().audit.file.display().to_string();
    match visit.wait("audit file", toolgate.open_audit_file()).await {
        (Ok(()), took) => visit.good("audit file", Some(took), file),
        (Err(error), took) => {
            let fix =
                "without it no tool is called: make the file writable, or name another (file under [audit])";
            visit.failed("audit file", Some(took), error, Some(fix.to_owned()));
        }
    }
}

/// Where the settings come from.
fn source(file: Option<&Path>) -> String {
    match file.or_else(|| Some(Path::new(Config::FILE)).filter(|usual| usual.exists())) {
        Some(file) => format!("read from {} and the environment", file.display()),
        None => format!(
            "those of the environment alone: there is no {} here, and `toolgate init` writes one",
            Config::FILE
        ),
    }
}
