//! What must go on working while everything around changes.

use std::time::Duration;

use futures_util::future::join_all;
use toolgate::{Answer, audit};
use toolgate_examples::rig::{FULL, LIMITED, MODELS};
use toolgate_examples::scenario::SCENARIOS;
use toolgate_testkit::{OAuthSettings, RigSettings};

use crate::canary;
use crate::check::{Bench, Outcome, ask, equal, holds, model};

/// Asks scenario 2 and takes nothing but the right answer.
async fn right(toolgate: &toolgate::Toolgate) -> Result<Answer, String> {
    let answer = ask(toolgate, SCENARIOS[1].question).await?;
    equal("faults", SCENARIOS[1].faults(&answer), Vec::new())?;
    Ok(answer)
}

pub(crate) async fn token_expires() -> Outcome {
    let settings =
        RigSettings::demo().with_oauth(OAuthSettings::default().with_lifetime(Duration::from_secs(1)));
    let bench = Bench::start(settings).await?;
    let full = bench.open(FULL)?;
    right(&full).await?;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    right(&full).await?;
    let requests = bench.rig.oauth().controls().token_requests();
    holds(format_args!("{requests} token requests"), (2..=4).contains(&requests))
}

pub(crate) async fn token_revoked() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    right(&full).await?;
    bench.rig.mcp().controls().revoke_seen_tokens();
    right(&full).await?;
    equal("token requests", bench.rig.oauth().controls().token_requests(), 2)
}

pub(crate) async fn session_lost() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    right(&full).await?;
    bench.rig.mcp().controls().drop_sessions().await;
    right(&full).await?;
    equal("executions", bench.rig.mcp().controls().executed(), 2)
}

pub(crate) async fn keys_rotate() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    right(&full).await?;
    bench.rig.oauth().controls().rotate_keys();
    bench.rig.mcp().controls().revoke_seen_tokens();
    right(&full).await.map(|_| ())
}

pub(crate) async fn many_callers() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let full = bench.open(FULL)?;
    let callers = (0..64).map(|_| right(&full));
    join_all(callers).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    equal("token requests", bench.rig.oauth().controls().token_requests(), 1)?;
    equal("key set requests", bench.rig.oauth().controls().jwks_requests(), 1)?;
    equal("executions", bench.rig.mcp().controls().executed(), 64)
}

/// Searches everything that a person may see for the secrets that were used.
pub(crate) async fn no_secret_shows() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let limited = bench.open(LIMITED)?;
    let answer = limited.chat(&model(&limited, MODELS[1])?, SCENARIOS[2].question).await;
    let (token, claims) = limited.token().await.map_err(|error| error.to_string())?;
    let config = bench.config(LIMITED);
    canary::show((&limited, &config, &token, &claims, &answer));
    canary::record(&std::fs::read_to_string(&config.audit.file).map_err(|error| error.to_string())?);
    canary::nothing_found()?;
    let report = audit::verify(&config.audit.file).map_err(|error| error.to_string())?;
    equal("denials recorded", (report.denied, report.is_intact()), (1, true))
}
