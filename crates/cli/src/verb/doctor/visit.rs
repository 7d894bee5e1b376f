//! The steps of a visit: what was tried, what came of it, how long it took, what mends it.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::columns::hanging;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, STRONG, WARNING, plain};
use crate::wait::wait;

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Good,
    /// It works, and somebody should look at it.
    Warning,
    Failed,
    /// Something that it needs failed before.
    NotTried,
}

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    /// What it belongs to, such as one server.
    group: String,
    /// The MCP servers that it is about, where it is about some of them.
    servers: Vec<String>,
    name: String,
    pub(super) state: State,
    /// What was found, or what is wrong.
    says: String,
    /// What mends it.
    fix: Option<String>,
    milliseconds: Option<f64>,
}

/// The steps so far.
pub(super) struct Visit {
    pub(super) steps: Vec<Step>,
    group: String,
    servers: Vec<String>,
    as_json: bool,
}

impl Visit {
    pub(super) fn new(as_json: bool) -> Self {
        Self { steps: Vec::new(), group: String::new(), servers: Vec::new(), as_json }
    }

    /// Begins what belongs together. `what` names it, `place` says where it is.
    pub(super) fn group(&mut self, what: &str, place: &str) {
        self.group = plain(what);
        // What a URL asks may be a key.
        let place = place.split('?').next().unwrap_or_default();
        if !self.as_json {
            let space = if place.is_empty() { "" } else { "  " };
            say!("{STRONG}{}{STRONG:#}{space}{FAINT}{}{FAINT:#}", self.group, plain(place));
        }
    }

    /// Says which MCP servers the steps from here on are about; none for what is about all or no one of them.
    pub(super) fn about(&mut self, servers: &[String]) {
        self.servers = servers.to_vec();
    }

    /// Awaits `work`, and says how long it took.
    pub(super) async fn wait<T>(&self, name: &str, work: impl Future<Output = T>) -> (T, Duration) {
        let started = Instant::now();
        (wait(name, work).await, started.elapsed())
    }

    pub(super) fn good(&mut self, name: &str, took: Option<Duration>, says: impl Into<String>) {
        self.note(State::Good, name, took, says.into(), None);
    }

    pub(super) fn warn(
        &mut self,
        name: &str,
        took: Option<Duration>,
        says: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.note(State::Warning, name, took, says.into(), Some(fix.into()));
    }

    /// A failure. Without a `fix` of its own, the last clause of the error is what mends it, as errors here end so.
    pub(super) fn failed(
        &mut self,
        name: &str,
        took: Option<Duration>,
        error: impl ToString,
        fix: Option<String>,
    ) {
        let says = error.to_string();
        match (fix, parted(&says)) {
            (None, Some((says, fix))) => {
                self.note(State::Failed, name, took, says.to_owned(), Some(fix.to_owned()));
            }
            (fix, _) => self.note(State::Failed, name, took, says, fix),
        }
    }

    /// Steps that were not tried, because `needed` failed.
    pub(super) fn not_tried(&mut self, names: &[&str], needed: &str) {
        for name in names {
            self.note(State::NotTried, name, None, format!("not tried: {needed}"), None);
        }
    }

    /// How many steps ended so.
    pub(super) fn count(&self, state: State) -> usize {
        self.steps.iter().filter(|step| step.state == state).count()
    }

    fn note(&mut self, state: State, name: &str, took: Option<Duration>, says: String, fix: Option<String>) {
        let step = Step {
            group: self.group.clone(),
            servers: self.servers.clone(),
            name: plain(name),
            state,
            says: plain(&says),
            fix: fix.map(|fix| plain(&fix)),
            milliseconds: took.map(|took| took.as_secs_f64() * 1000.0),
        };
        if !self.as_json {
            step.show();
        }
        self.steps.push(step);
    }
}

impl Step {
    fn show(&self) {
        let (mark, colour) = match self.state {
            State::Good => ("✓", GOOD),
            State::Warning => ("!", WARNING),
            State::Failed => ("✗", BAD),
            State::NotTried => ("-", FAINT),
        };
        let time = self.milliseconds.map_or_else(String::new, |time| format!("{time:.1} ms"));
        let says = hanging(&self.says.replace('\n', " "), 32);
        let faint = if self.state == State::NotTried { FAINT } else { anstyle::Style::new() };
        say!("  {colour}{mark}{colour:#} {:16} {FAINT}{time:>9}{FAINT:#}  {faint}{says}{faint:#}", self.name);
        if let Some(fix) = &self.fix {
            say!("  {:28}  {colour}→{colour:#} {}", "", hanging(&fix.replace('\n', " "), 34));
        }
    }
}

/// What an error says and, after its last semicolon outside of brackets, what mends it.
fn parted(error: &str) -> Option<(&str, &str)> {
    let level = |rest: &str| rest.matches('(').count() == rest.matches(')').count();
    let (at, _) = error.match_indices("; ").filter(|(at, _)| error.get(*at..).is_some_and(level)).last()?;
    Some((error.get(..at)?, error.get(at + 2..)?))
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn the_last_clause_is_what_mends() {
        assert_eq!(parted("no key; put it into K"), Some(("no key", "put it into K")));
        assert_eq!(parted("untrusted; add its file (a; b)"), Some(("untrusted", "add its file (a; b)")));
        assert_eq!(parted("a; b; c"), Some(("a; b", "c")));
        assert_eq!(parted("refused"), None);
    }
}
