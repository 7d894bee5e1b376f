//! What must not pass, and that nothing reaches the MCP server then.

use std::time::Duration;

use toolgate::{Answer, Denial};
use toolgate_examples::rig::{FULL, LIMITED};
use toolgate_examples::scenario::SCENARIOS;
use toolgate_testkit::{OAuthControls, OAuthSettings, Outage, RigSettings};

use crate::check::{Bench, Outcome, ask, equal, holds, open};

/// The one denial of `answer`, and that the server saw no call.
fn only_denial<'a>(bench: &Bench, answer: &'a Answer) -> Result<&'a Denial, String> {
    equal("tool calls at the server", bench.rig.mcp().controls().calls(), 0)?;
    match &answer.passages[..] {
        [passage] => passage.decision.denial.as_ref().ok_or_else(|| "the call was allowed".to_owned()),
        passages => Err(format!("{} calls instead of one", passages.len())),
    }
}

async fn denied(question: &str, client: toolgate_examples::rig::Client, kind: &str, says: &str) -> Outcome {
    let bench = Bench::start(RigSettings::default()).await?;
    let answer = ask(&bench.open(client)?, question).await?;
    let denial = only_denial(&bench, &answer)?;
    equal("kind of denial", denial.kind(), kind)?;
    holds(format_args!("the denial does not say {says:?}: {denial}"), denial.to_string().contains(says))
}

pub(crate) async fn missing_scope() -> Outcome {
    denied(SCENARIOS[2].question, LIMITED, "missing_scope", "ticket:create").await
}

/// The rig's server offers `drop_all_tables`; the policy has no rule for it.
pub(crate) async fn tool_without_rule() -> Outcome {
    denied("Drop all tables.", FULL, "no_rule", "drop_all_tables").await
}

pub(crate) async fn unknown_tool() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let answer = ask(&bench.open(FULL)?, "Drop all tables.").await?;
    equal("kind of denial", only_denial(&bench, &answer)?.kind(), "unknown_tool")
}

pub(crate) async fn unfit_arguments() -> Outcome {
    denied("Send invalid arguments.", FULL, "arguments", "/customer_id").await?;
    denied("Send garbled arguments.", FULL, "arguments", "JSON").await
}

/// Lets a client do its discovery with a good token that soon expires, then makes every new token bad.
async fn bad_token(spoil: impl FnOnce(&OAuthControls)) -> Outcome {
    let settings =
        RigSettings::demo().with_oauth(OAuthSettings::default().with_lifetime(Duration::from_secs(1)));
    let bench = Bench::start(settings).await?;
    let full = bench.open(FULL)?;
    full.tools().await.map_err(|error| error.to_string())?;
    spoil(bench.rig.oauth().controls());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let answer = ask(&full, SCENARIOS[1].question).await?;
    equal("kind of denial", only_denial(&bench, &answer)?.kind(), "no_token")
}

pub(crate) async fn forged_token() -> Outcome {
    bad_token(|oauth| oauth.forge_tokens(true)).await
}

pub(crate) async fn wrong_audience() -> Outcome {
    bad_token(|oauth| oauth.wrong_audience(true)).await
}

pub(crate) async fn expired_token() -> Outcome {
    bad_token(|oauth| oauth.expire_tokens(true)).await
}

/// Fails before the first request to the MCP server: nothing at all is sent there.
async fn stopped(bench: &Bench, config: toolgate::Config, says: &str) -> Outcome {
    let error = ask(&open(config)?, SCENARIOS[1].question).await.err().ok_or("there is an answer")?;
    equal("requests to the MCP server", bench.rig.mcp().controls().requests(), 0)?;
    holds(format_args!("the error does not say {says:?}: {error}"), error.contains(says))
}

pub(crate) async fn keys_unreachable() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    bench.rig.oauth().controls().set_jwks_outage(Outage::Unavailable);
    stopped(&bench, bench.config(FULL), "/jwks").await
}

pub(crate) async fn untrusted_ca() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let mut config = bench.config(FULL);
    config.tls.ca_file = None;
    stopped(&bench, config, "TLS_CA_CERT_PATH").await?;
    equal("token requests", bench.rig.oauth().controls().token_requests(), 0)
}

/// What the authorization server does not know.
pub(crate) const WRONG_SECRET: &str = "not-the-secret";

pub(crate) async fn wrong_secret() -> Outcome {
    let bench = Bench::start(RigSettings::demo()).await?;
    let mut config = bench.config(FULL);
    config.oauth.client_secret = Some(toolgate::Secret::new(WRONG_SECRET));
    stopped(&bench, config, "invalid_client").await
}
