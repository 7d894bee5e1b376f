//! What must come out, on every model.

use toolgate_examples::rig::{FULL, LIMITED, MODELS};
use toolgate_examples::scenario::SCENARIOS;
use toolgate_testkit::RigSettings;

use crate::check::{Bench, Outcome, equal, holds, model};

/// The demo's exact values; one token and one key set per client; nothing sent for a denied call.
pub(crate) async fn every_model() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let (full, limited) = (bench.open(FULL)?, bench.open(LIMITED)?);
    let mut decisions = Vec::new();
    for scenario in &SCENARIOS {
        let client = if scenario.limited_client { &limited } else { &full };
        for id in MODELS {
            let answer = client.chat(&model(client, id)?, scenario.question).await;
            let answer = answer.map_err(|error| format!("{id}, {}: {error}", scenario.title))?;
            equal(format_args!("{id}, {}", scenario.title), scenario.faults(&answer), Vec::new())?;
            decisions.extend(answer.passages.into_iter().map(|passage| passage.decision));
        }
    }
    for same in decisions.chunks(MODELS.len()) {
        holds("decisions depend on the model", same.windows(2).all(|pair| pair.first() == pair.last()))?;
    }
    let (oauth, mcp) = (bench.rig.oauth().controls(), bench.rig.mcp().controls());
    equal("token requests of two clients", oauth.token_requests(), 2)?;
    equal("key set requests of two clients", oauth.jwks_requests(), 2)?;
    equal("tool calls", mcp.calls(), 2 * MODELS.len())?;
    equal("calls of the denied tool", mcp.calls_of("create_support_ticket"), 0)
}

pub(crate) async fn parallel_calls() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    for id in MODELS {
        let answer =
            full.chat(&model(&full, id)?, PARALLEL).await.map_err(|error| format!("{id}: {error}"))?;
        equal(format_args!("{id}: calls"), answer.passages.len(), 2)?;
        equal(format_args!("{id}: rounds"), answer.rounds, 2)?;
        let right = "JOHNDOE123 is active; CUST67890 has spent $552.";
        holds(format_args!("{id}: {}", answer.text), answer.text == right)?;
    }
    Ok(())
}

pub(crate) async fn several_rounds() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    for id in MODELS {
        let answer =
            full.chat(&model(&full, id)?, SEVERAL).await.map_err(|error| format!("{id}: {error}"))?;
        equal(format_args!("{id}: rounds"), answer.rounds, 4)?;
        equal(format_args!("{id}: calls"), answer.passages.len(), 3)?;
    }
    Ok(())
}

pub(crate) async fn endless_rounds() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let mut config = bench.config(FULL);
    config.limits.rounds = 2;
    let full = crate::check::open(config)?;
    let error = full.chat(&model(&full, MODELS[0])?, ENDLESS).await.err().ok_or("the limit did not hold")?;
    holds(format_args!("{error}"), error.to_string().contains("limits.rounds"))?;
    equal("calls made before the limit", error.passages.len(), 2)
}

const PARALLEL: &str =
    "Look up customer JOHNDOE123 and calculate the account value of CUST67890, both at once.";
const SEVERAL: &str = "Check customer CUST67890 three times.";
const ENDLESS: &str = "Check customer CUST67890 without ever stopping.";
