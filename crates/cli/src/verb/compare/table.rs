//! The outcomes for a person: a row for each scenario and a column for each model, or a line for each of both where the terminal
//! is too narrow for that.

use super::Outcome;
use super::scenario::Scenario;
use super::trial::Trial;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, STRONG, counted, in_row, plain};

/// How wide its columns are.
pub(super) struct Table {
    scenario: usize,
    models: Vec<usize>,
    fits: bool,
}

impl Table {
    /// One for a terminal of `width` columns; for what is none, there is always room.
    pub(super) fn of(scenarios: &[Scenario], models: &[String], width: Option<usize>) -> Self {
        let wide = |text: &str| in_row(text).chars().count();
        let scenario = scenarios.iter().map(|scenario| wide(&scenario.name)).max().unwrap_or(0).max(8);
        // Room for "✗ 12 calls  123.4 s".
        let models: Vec<usize> = models.iter().map(|model| wide(model).max(19)).collect();
        let all = scenario + models.iter().map(|model| model + 2).sum::<usize>();
        Self { scenario, models, fits: width.is_none_or(|width| all <= width) }
    }

    pub(super) fn head(&self, models: &[String]) {
        if !self.fits {
            return;
        }
        let mut line = format!("{:width$}", "scenario", width = self.scenario);
        for (model, width) in models.iter().zip(&self.models) {
            line.push_str(&format!("  {model:width$}"));
        }
        say!("{STRONG}{}{STRONG:#}", line.trim_end());
    }

    pub(super) fn show(&self, outcome: &Outcome) {
        let name = in_row(&outcome.scenario);
        if self.fits {
            let cells = outcome.trials.iter().zip(&self.models);
            let cells: String = cells.map(|(trial, width)| format!("  {}", cell(trial, *width))).collect();
            say!("{name:width$}{cells}", width = self.scenario);
        } else {
            say!("{STRONG}{name}{STRONG:#}");
            for trial in &outcome.trials {
                say!("  {}  {}", cell(trial, 0), in_row(&trial.model));
            }
        }
        for trial in &outcome.trials {
            for problem in &trial.problems {
                say!("  {BAD}✗{BAD:#} {}: {}", plain(&trial.model), plain(problem));
            }
        }
        for contradiction in &outcome.contradictions {
            say!("  {BAD}✗ decisions differ{BAD:#} {}", plain(contradiction));
        }
    }
}

/// What came of one, in so many columns at least.
fn cell(trial: &Trial, width: usize) -> String {
    let (colour, mark) = if trial.problems.is_empty() { (GOOD, "✓") } else { (BAD, "✗") };
    let cell = format!("{:9}{:>7.1} s", counted(trial.calls.len(), "call"), trial.seconds);
    let rest = width.saturating_sub(2);
    format!("{colour}{mark}{colour:#} {FAINT}{cell:rest$}{FAINT:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_wider_than_the_terminal_is_none() {
        let models: Vec<String> = ["openai/gpt-5", "anthropic/claude-sonnet-4-5"].map(str::to_owned).into();
        let fits = |width| Table::of(&[], &models, width).fits;
        // 8 for the scenarios, 19 and 27 for the models, and 2 before each.
        assert!(fits(Some(58)) && fits(None));
        assert!(!fits(Some(57)));
    }
}
