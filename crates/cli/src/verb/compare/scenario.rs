//! A file of scenarios: what is said to each model, and what is expected of it.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenarios {
    #[serde(rename = "scenario", default)]
    pub(super) scenarios: Vec<Scenario>,
}

/// One conversation that every model has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) name: String,
    /// Instructions that stand before everything.
    pub(super) system: Option<String>,
    /// What the user says, one after the other.
    pub(super) messages: Vec<String>,
    /// The tool calls that must be made, in their order, and no others. Without it, any may.
    pub(super) calls: Option<Vec<Expected>>,
    /// What is expected of the last answer.
    #[serde(default)]
    pub(super) answer: Checks,
}

/// A call that must be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) tool: String,
    pub(super) decision: Verdict,
    /// What its arguments must hold; there may be more.
    #[serde(default)]
    pub(super) arguments: Map<String, Value>,
}

/// What must be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Allowed,
    Denied,
}

/// Checks of an answer, by its letters and regardless of case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Checks {
    pub(super) contains: Vec<String>,
    pub(super) lacks: Vec<String>,
}

impl Scenarios {
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let scenarios: Self = toolgate::read_toml(file).map_err(Failure::setup)?;
        let shown = file.display();
        if scenarios.scenarios.is_empty() {
            return Err(Failure::setup(format_args!(
                "{shown} holds no scenario; write at least one [[scenario]]"
            )));
        }
        if scenarios.scenarios.iter().any(|scenario| scenario.name.trim().is_empty()) {
            return Err(Failure::setup(format_args!("{shown}: a scenario has an empty name; give it one")));
        }
        if let Some(silent) = scenarios.scenarios.iter().find(|scenario| scenario.messages.is_empty()) {
            return Err(Failure::setup(format_args!(
                "{shown}: the scenario {:?} has no messages; give at least one",
                silent.name
            )));
        }
        Ok(scenarios)
    }
}
