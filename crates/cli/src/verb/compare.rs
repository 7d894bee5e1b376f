//! `toolgate compare`: the same scenarios on several models. Answers may differ; security decisions must not.

mod junit;
mod scenario;
mod stage;
mod table;
mod trial;

use serde::Serialize;
use serde_json::json;
use toolgate::Config;

use crate::args::Compare;
use crate::columns;
use crate::failure::Failure;
use crate::place;
use crate::say::say;
use crate::signals::Signals;
use crate::style::{GOOD, WARNING, counted};
use scenario::{Scenario, Scenarios};
use stage::Stage;
use table::Table;
use trial::Trial;

/// How another place for the JUnit report is named.
const OTHER_REPORT: &str = "name another file with --junit";

/// One scenario on every model.
#[derive(Debug, Serialize)]
struct Outcome {
    scenario: String,
    trials: Vec<Trial>,
    /// Decisions about the same thing that came out otherwise on another model.
    contradictions: Vec<String>,
}

pub(crate) async fn run(config: Config, asked: Compare) -> Result<(), Failure> {
    let scenarios = Scenarios::read(&asked.scenarios)?.scenarios;
    if let Some(file) = &asked.junit {
        place::check(file, OTHER_REPORT)?;
    }
    let stage = Stage::open(config, &asked)?;
    let models = stage.models(&asked.models)?;
    stage.check(&scenarios, &models).await?;
    let (table, mut left) = (Table::of(&scenarios, &models, columns::width()), Signals::to_leave());
    if !asked.json {
        table.head(&models);
    }
    let mut outcomes = Vec::with_capacity(scenarios.len());
    for scenario in &scenarios {
        let played = tokio::select! {
            played = Outcome::of(&stage, &models, scenario) => played,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
            () = left.next() => Err(Failure::interrupted()),
        };
        let outcome = match played {
            Ok(outcome) => outcome,
            Err(failure) => {
                stage.leave().await;
                return Err(failure);
            }
        };
        if !asked.json {
            table.show(&outcome);
        }
        outcomes.push(outcome);
    }
    stage.leave().await;
    if let Some(file) = &asked.junit {
        place::write(file, &junit::xml(&outcomes, &models), OTHER_REPORT)?;
    }
    judge(&outcomes, &models, asked.json)
}

impl Outcome {
    async fn of(stage: &Stage, models: &[String], scenario: &Scenario) -> Result<Self, Failure> {
        let mut trials: Vec<Trial> = Vec::with_capacity(models.len());
        let mut contradictions = Vec::new();
        for model in models {
            let trial = stage.play(scenario, model).await?;
            for call in &trial.calls {
                let earlier =
                    trials.iter().flat_map(|earlier| earlier.calls.iter().map(|call| (&earlier.model, call)));
                let said = |allowed| if allowed { "allowed" } else { "denied" };
                if let Some((other, before)) =
                    earlier.into_iter().find(|(_, before)| call.contradicts(before))
                {
                    contradictions.push(format!(
                        "{}: {} by rule {:?} for {}, {} by rule {:?} for {other}",
                        call.tool,
                        said(call.allowed),
                        call.rule,
                        trial.model,
                        said(before.allowed),
                        before.rule,
                    ));
                }
            }
            trials.push(trial);
        }
        Ok(Self { scenario: scenario.name.clone(), trials, contradictions })
    }
}

fn judge(outcomes: &[Outcome], models: &[String], as_json: bool) -> Result<(), Failure> {
    let failed = outcomes
        .iter()
        .flat_map(|outcome| &outcome.trials)
        .filter(|trial| !trial.problems.is_empty())
        .count();
    let contradictions: usize = outcomes.iter().map(|outcome| outcome.contradictions.len()).sum();
    let decisions: usize =
        outcomes.iter().flat_map(|outcome| &outcome.trials).map(|trial| trial.calls.len()).sum();
    let trials: usize = outcomes.iter().map(|outcome| outcome.trials.len()).sum();
    if as_json {
        let ok = failed == 0 && contradictions == 0;
        say!(
            "{}",
            json!({
                "ok": ok,
                "decisions_identical": contradictions == 0,
                "models": models,
                "scenarios": outcomes,
            })
        );
    } else if decisions == 0 {
        say!(
            "\n{WARNING}!{WARNING:#} no tool was asked for, so that there is no security decision to compare"
        );
    } else if contradictions == 0 {
        let decisions = counted(decisions, "security decision");
        say!("\n{GOOD}✓{GOOD:#} {decisions}, identical on every model");
    }
    match (contradictions, failed) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::negative(format_args!("{failed} of {trials} runs are not as expected"))),
        _ => {
            Err(Failure::negative(format_args!("{contradictions} security decisions differ between models")))
        }
    }
}
