//! Runs every scenario on every model and keeps what the closing table needs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use toolgate::{ChatError, Config, Toolgate};
use toolgate_examples::meter::Meter;
use toolgate_examples::scenario::{SCENARIOS, Scenario};
use toolgate_testkit::Rig;

use crate::print;

/// A client with a meter on its network.
pub(crate) struct Metered {
    toolgate: Toolgate,
    meter: Arc<Meter>,
}

/// The demo's two clients: each with its own token and its own audit file.
pub(crate) struct Clients {
    full: Metered,
    limited: Metered,
}

/// One scenario on one model.
pub(crate) struct Cell {
    /// The security decision in short; it must not depend on the model. Empty when it did not come to one.
    pub(crate) decision: String,
    /// What is not as it must be.
    pub(crate) faults: Vec<String>,
    pub(crate) total: Duration,
    /// The part of `total` that was not spent waiting for a server.
    pub(crate) own: Duration,
}

/// Everything that was run.
pub(crate) struct Run {
    /// By scenario, then by model.
    pub(crate) cells: Vec<Vec<Cell>>,
    /// Everything that is not as it must be.
    pub(crate) faults: Vec<String>,
    /// What the servers counted, for a person.
    pub(crate) counts: String,
}

impl Metered {
    fn open(config: Config) -> Result<Self, toolgate::Error> {
        let meter = Meter::new(config.http_client()?);
        Ok(Self { toolgate: Toolgate::open_with(config, meter.clone())?, meter })
    }
}

impl Clients {
    pub(crate) fn open(full: Config, limited: Config) -> Result<Self, toolgate::Error> {
        Ok(Self { full: Metered::open(full)?, limited: Metered::open(limited)? })
    }

    fn of(&self, scenario: &Scenario) -> &Metered {
        if scenario.limited_client { &self.limited } else { &self.full }
    }
}

impl Run {
    pub(crate) async fn all(
        rig: &Rig,
        clients: &Clients,
        models: &[String],
    ) -> Result<Self, toolgate::Error> {
        let mut run = Self { cells: Vec::new(), faults: Vec::new(), counts: String::new() };
        for (number, scenario) in SCENARIOS.iter().enumerate() {
            print::scenario(number + 1, scenario);
            let mut cells = Vec::new();
            for model in models {
                let cell = cell(clients.of(scenario), scenario, model).await?;
                run.faults
                    .extend(cell.faults.iter().map(|fault| format!("{model}, {}: {fault}", scenario.title)));
                cells.push(cell);
            }
            let mut decisions =
                cells.iter().map(|cell| &cell.decision).filter(|decision| !decision.is_empty());
            if let Some(first) = decisions.next()
                && let Some(other) = decisions.find(|other| *other != first)
            {
                run.faults.push(format!("{}: the decision depends on the model: {other}", scenario.title));
            }
            run.cells.push(cells);
        }
        run.count(rig);
        Ok(run)
    }

    /// Compares what the servers counted with what a client that keeps its token and its keys needs.
    fn count(&mut self, rig: &Rig) {
        let (oauth, mcp) = (rig.oauth().controls(), rig.mcp().controls());
        let allowed = self.cells.iter().flatten().filter(|cell| cell.decision.starts_with("allowed")).count();
        for (what, counted, expected) in [
            ("token requests", oauth.token_requests(), 2),
            ("key set requests", oauth.jwks_requests(), 2),
            ("tool calls at the MCP server", mcp.calls(), allowed),
        ] {
            if counted != expected {
                self.faults.push(format!("{counted} {what} instead of {expected}"));
            }
        }
        self.counts = format!(
            "two clients made {} token requests and {} key set requests; the MCP server saw {} tool calls, none of \
             them a denied one",
            oauth.token_requests(),
            oauth.jwks_requests(),
            mcp.calls()
        );
    }
}

async fn cell(client: &Metered, scenario: &Scenario, model: &str) -> Result<Cell, toolgate::Error> {
    let chat_model = client.toolgate.model(Some(model))?;
    let (before, started) = (client.meter.waited(), Instant::now());
    let answered = client.toolgate.chat(&chat_model, scenario.question).await;
    let (waited, total) = (client.meter.waited() - before, started.elapsed());
    let own = total.saturating_sub(waited);
    let cell = match &answered {
        Ok(answer) => {
            let decision = answer.passages.iter().map(|passage| print::decision(&passage.decision)).collect();
            Cell { decision, faults: scenario.faults(answer), total, own }
        }
        Err(ChatError { failure, .. }) => {
            Cell { decision: String::new(), faults: vec![failure.to_string()], total, own }
        }
    };
    print::cell(model, &answered, &cell);
    Ok(cell)
}
