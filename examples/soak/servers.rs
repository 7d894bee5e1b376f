//! What goes wrong with the servers.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use toolgate_testkit::models::Dialect;
use toolgate_testkit::{OAuthSettings, Outage, Rig, RigSettings, TokenShape};

pub(crate) const TOKEN_LIFETIME: Duration = Duration::from_secs(5);
/// How long a model thinks, so that thousands of conversations are open without a processor for each.
const THINKING: Duration = Duration::from_secs(1);
/// For this part of each second, an endpoint is out of order: one request in a hundred.
const OUTAGE: Duration = Duration::from_millis(10);
/// Of a model's requests, one in so many fails.
const FAILING: usize = 100;
const MODELS: [(Dialect, u16); 3] =
    [(Dialect::OpenAi, 503), (Dialect::Anthropic, 529), (Dialect::Gemini, 500)];

pub(crate) async fn start() -> Rig {
    // Plain tokens name no key, which leaves it open whose they are while there are two.
    let settings = OAuthSettings::default().with_lifetime(TOKEN_LIFETIME).with_shape(TokenShape::Modern);
    let rig = Rig::start(RigSettings::default().with_oauth(settings)).await;
    for (dialect, _) in MODELS {
        rig.models().controls().delay(dialect, THINKING);
    }
    rig
}

/// One accident after the other, for ever: every second each endpoint is out of order for a moment and some of the
/// models' requests fail, and by turns keys rotate, tokens are revoked, sessions are lost and the MCP server starts anew.
pub(crate) async fn misbehave(mut rig: Rig) -> Infallible {
    let started = Instant::now();
    let (mut second, mut failed) = (0_u64, [0; MODELS.len()]);
    loop {
        second += 1;
        sleep_until(started + Duration::from_secs(second)).await;
        fail_models(&rig, &mut failed);
        break_off(&rig, second).await;
        // A key is published before it signs alone, and more seldom than key sets are fetched anew for an unknown one.
        match second % 40 {
            20 => rig.oauth().controls().add_key(),
            30 => rig.oauth().controls().retire_keys(),
            _ => {}
        }
        if second.is_multiple_of(11) {
            rig.mcp().controls().revoke_seen_tokens();
        }
        if second.is_multiple_of(13) {
            rig.mcp().controls().drop_sessions().await;
        }
        if second.is_multiple_of(30) {
            rig = rig.with_mcp_restarted().await;
        }
    }
}

/// Lets as many requests fail as are a hundredth of those of the last second, and of all seconds.
fn fail_models(rig: &Rig, failed: &mut [usize; MODELS.len()]) {
    let controls = rig.models().controls();
    for ((dialect, status), failed) in MODELS.into_iter().zip(failed) {
        let due = controls.requests(dialect) / FAILING;
        controls.fail_next(dialect, due - *failed, status);
        *failed = due;
    }
}

async fn break_off(rig: &Rig, second: u64) {
    let outage = if second.is_multiple_of(2) { Outage::Disconnect } else { Outage::Unavailable };
    for outage in [outage, Outage::None] {
        rig.oauth().controls().set_token_outage(outage);
        rig.oauth().controls().set_jwks_outage(outage);
        rig.mcp().controls().set_outage(outage);
        tokio::time::sleep(OUTAGE).await;
    }
}
